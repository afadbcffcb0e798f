"""Refusal: a request that is not answered, with its HTTP status and the reason."""

from versus.errors import VersusError


class RefusalError(VersusError):
    """A request that is not answered; it is told as `{"error": reason}`, as the v2 protocol does.

    Attributes:
        status: of the HTTP answer.
        retry_after: seconds after which it may be tried again; None where that would not help.
    """

    def __init__(self, status: int, reason: str, retry_after: int | None = None) -> None:
        """Say why."""
        self.status, self.retry_after = status, retry_after
        super().__init__(reason)


def overloaded(reason: str) -> RefusalError:
    """Return a refusal for now: the same request may be answered a second later."""
    return RefusalError(503, f"{reason}: try again later", retry_after=1)
