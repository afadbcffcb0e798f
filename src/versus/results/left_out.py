"""left-out.json: which files of a run were left out of a copy of it, on purpose.

It lies beside record.json, which stays as the run wrote it: so a file that is missing and listed
is no damage, and one that is missing and not listed still is.
"""

from collections.abc import Iterable

from versus.errors import DamagedError
from versus.results.seal import FORMAT, seal, unseal

LEFT_OUT = "left-out.json"


def left_out_bytes(names: Iterable[str]) -> bytes:
    """Return the bytes of left-out.json for files of these names."""
    return seal({"format": FORMAT, "files": sorted(names)})


def read_left_out(data: bytes | None, place: str) -> frozenset[str]:
    """Return the names in a left-out.json; none where there is no such file.

    Args:
        data: of the file; None where there is none.
        place: where it is, for the message.

    Raises:
        DamagedError: they are not what was written.
        NewerFormatError: a newer versus wrote them.
    """
    if data is None:
        return frozenset()
    # Without its checksum it would excuse any file that got lost.
    names = unseal(data, place, unsealed=0).get("files")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise DamagedError(f"{place}: damaged: expected a list of the files left out; got {names}")
    return frozenset(names)
