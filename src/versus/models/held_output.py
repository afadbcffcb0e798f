"""A stream that passes announcements on only when something follows them."""

import io
from typing import TextIO


class HeldOutput(io.TextIOBase):
    """Holds announcements back until progress is shown, which begins with a control character.

    Keras announces a download before it tries it, and shows its progress once bytes arrive. So a
    download that never begins leaves no line, and one of minutes is not silent.
    """

    def __init__(self, stream: TextIO) -> None:
        """Take the stream that shows what is passed on."""
        super().__init__()
        self._stream, self._held = stream, ""

    def write(self, text: str, /) -> int:
        """Hold an announcement; pass on everything else, after what was held."""
        if text[:1].isalpha():
            self._held += text
        else:
            self._stream.write(self._held + text)
            self._held = ""
        return len(text)

    def isatty(self) -> bool:
        """Whether the stream below is a terminal, where progress is drawn over itself."""
        return self._stream.isatty()

    def flush(self) -> None:
        """Flush the stream below."""
        self._stream.flush()
