"""Print the versions installed in this environment as a pip constraints file."""

import sys
from importlib.metadata import distributions

HEADER = """\
# Every version that `make quickstart` and `make test` install. Written by `make constraints`.
# The local part of a version ("+cpu") is left out, so that any build of that release will do."""
NOT_PINNED = {"pip", "versus-ml"}


def main() -> None:
    """Write one `name==version` a line, sorted by name."""
    found = {d.metadata["Name"].lower(): d.version.partition("+")[0] for d in distributions()}
    lines = [f"{name}=={found[name]}" for name in sorted(found) if name not in NOT_PINNED]
    sys.stdout.write("\n".join([HEADER, *lines]) + "\n")


if __name__ == "__main__":
    main()
