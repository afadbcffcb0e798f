"""`versus serve`."""


def serve() -> None:
    """Serve bundles."""
