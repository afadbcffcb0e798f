"""A record as the bytes of its file, with a checksum over itself."""

import hashlib
import json
from typing import Any

from versus.errors import DamagedError, NewerFormatError
from versus.results.encoding import json_bytes

FORMAT = 3
"""Version of the layout. 1 had no checksum over the record itself; 1 and 2 no diverged runs."""

KEY = "sha256"


def seal(content: dict[str, Any]) -> bytes:
    """Return a record's JSON, with the SHA-256 of its values added under "sha256"."""
    return json_bytes({**content, KEY: _checksum(content)})


def unseal(data: bytes, place: str, newest: int = FORMAT, unsealed: int = 1) -> dict[str, Any]:
    """Return what was sealed, without its checksum.

    Args:
        data: of the file.
        place: where they are, for the message.
        newest: the format up to which this versus reads.
        unsealed: the format up to which there need not be a checksum.

    Raises:
        DamagedError: they are not what was written.
        NewerFormatError: a newer versus wrote them.
    """
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as cause:
        raise DamagedError(f"{place}: damaged: {cause or 'nested too deeply'}") from cause
    form = content.get("format") if isinstance(content, dict) else None
    if not isinstance(form, int) or isinstance(form, bool) or form < 1:
        raise DamagedError(f"{place}: damaged: expected a record with its format; got none")
    if form > newest:
        raise NewerFormatError(
            f"{place}: written by a newer versus in format {form}; this one reads up to format "
            f"{newest}: install a newer versus"
        )
    told = content.pop(KEY, None)
    # Where there is a checksum, it counts whatever the format says.
    if (told is not None or form > unsealed) and told != _checksum(content):
        raise DamagedError(f"{place}: damaged: its values are not those written (checksum differs)")
    return content


def _checksum(content: dict[str, Any]) -> str:
    """Return the SHA-256 of the values, however they are laid out in the file."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
