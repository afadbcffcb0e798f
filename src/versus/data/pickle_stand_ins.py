"""What answers the names in a pickle of arrays: stand-ins of ours, which run nothing of numpy's.

A file may hold one long text and ask for it ten thousand times over. So whatever makes a copy is
paid for out of a Room as large as the file: an honest pickle holds each byte that it makes.
"""
# What a pickle holds has no type before it is checked.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from versus.errors import DataFormatError

_CODE = re.compile(r"b1|[iu][1248]|f[248]|c8|c16|[SU][0-9]{1,6}|O8?")
# Numbers of the same dtype that a pickle may say it holds: more is no file of pictures.
_MOST = 2**34
_LONGEST = 80
_LARGEST_KEY = 2**31


class Room:
    """How much more a pickle may make."""

    def __init__(self, size: int) -> None:
        """Make room for what `size` bytes of a pickle hold.

        A byte is copied once where it is decoded and once into its array; the rest is for small
        things that many objects share, as the name of a dtype.
        """
        self._left = 4 * size + 4096

    def take(self, count: int) -> None:
        """Use room for `count` bytes, numbers or objects.

        Raises:
            DataFormatError: there is none left.
        """
        self._left -= count
        if self._left < 0:
            raise DataFormatError("it makes more out of its bytes than they hold")


class StandInDtype:
    """Stands in for `numpy.dtype`."""

    __slots__ = ("code", "order")

    def __init__(self, code: Any, *_flags: Any) -> None:
        """Take what a pickle calls `numpy.dtype` with."""
        self.code, self.order = code, "<"

    def set_state(self, state: tuple[Any, ...]) -> None:
        """Take the state that a pickle gives a dtype.

        Raises:
            DataFormatError: the dtype is of several parts.
        """
        _, order, sub, names, fields, *_ = state
        if order not in ("<", ">", "|", "=") or (sub, names, fields) != (None, None, None):
            raise DataFormatError("holds arrays of a compound type")
        self.order = order

    def real(self) -> np.dtype[Any]:
        """Return the dtype.

        Raises:
            DataFormatError: it is none of numbers, text or objects.
        """
        if not isinstance(self.code, str) or not _CODE.fullmatch(self.code):
            raise DataFormatError(f"holds arrays of type {shown(self.code)}")
        return np.dtype(self.code).newbyteorder(self.order)  # pyright: ignore[reportArgumentType]


class StandInArray:
    """Stands in for `numpy.ndarray`: what its pickle says, and the array that this makes."""

    __slots__ = ("_state",)

    def __init__(self) -> None:
        """Begin with nothing; the state comes later."""
        self._state: tuple[Any, ...] = ((), None, "C", b"")

    def set_state(self, state: tuple[Any, ...]) -> None:
        """Take the state that a pickle gives an array."""
        _, shape, dtype, fortran, content = state
        self._state = shape, dtype, "F" if fortran else "C", content

    def real(self, room: Room) -> tuple[npt.NDArray[Any], list[Any] | None]:
        """Return the array; where it is of objects, an empty one and what is to fill it.

        Its base is then flat, in the order of what is to fill it.

        Raises:
            DataFormatError: shape, dtype and content do not fit each other.
        """
        shape, stand_in, order, content = self._state
        if not isinstance(stand_in, StandInDtype) or not _is_shape(shape):
            raise DataFormatError("holds an array without a shape or a type")
        dtype, count = stand_in.real(), math.prod(shape)
        if dtype.hasobject:
            if not isinstance(content, list) or len(content) != count:
                raise DataFormatError(f"holds an array of {count} objects without them")
            room.take(count)
            return np.empty(count, dtype=object).reshape(shape, order=order), content
        size = count * dtype.itemsize
        if not isinstance(content, (bytes, bytearray)) or len(content) != size:
            raise DataFormatError(f"holds an array of {count} numbers without their bytes")
        room.take(size)
        return np.frombuffer(content, dtype).reshape(shape, order=order).copy(), None


def _is_shape(shape: Any) -> bool:
    return (
        isinstance(shape, tuple)
        and len(shape) <= 32
        and all(type(size) is int and 0 <= size < _MOST for size in shape)
        and math.prod(shape) < _MOST
    )


def fill(target: Any, items: list[Any]) -> None:
    """Put keys and values, by turns, into a dict.

    Keys are plain: a tuple within tuples takes for ever to hash, and whole numbers, if they may be
    large, can be chosen so that all of them hash alike.

    Raises:
        DataFormatError: `target` is no dict, or a key is of another kind.
    """
    if type(target) is not dict:
        raise DataFormatError(f"it puts items into a {kind(target)}")
    for key, value in zip(items[::2], items[1::2], strict=True):
        if isinstance(key, int) and abs(key) >= _LARGEST_KEY:
            raise DataFormatError("it has a number of more than 31 bits as a key")
        if not isinstance(key, (str, bytes, int)):
            raise DataFormatError(f"it has a {kind(key)} as a key")
        target[key] = value


def _reconstruct(*_arguments: Any) -> StandInArray:
    return StandInArray()


def _from_buffer(content: Any, dtype: Any, shape: Any, order: Any) -> StandInArray:
    made = StandInArray()
    made.set_state((1, shape, dtype, order == "F", content))
    return made


def _scalar(dtype: Any, content: Any) -> StandInArray:
    return _from_buffer(content, dtype, (), "C")


def _encode(text: Any, encoding: Any = "latin1") -> bytes:
    """How pickles of Python 2 and of protocol 2 write bytes."""
    if not isinstance(text, str) or encoding != "latin1":
        raise DataFormatError(f"asks for the encoding {shown(encoding)}")
    return text.encode("latin1")


def _ordered(pairs: Any = ()) -> dict[Any, Any]:
    """Make a dict; Python 2 gives its OrderedDict the items as a list of lists of two."""
    made: dict[Any, Any] = {}
    for pair in pairs:
        fill(made, list(pair) if isinstance(pair, (list, tuple)) and len(pair) == 2 else [pair])
    return made


ANSWERS: Mapping[str, Any] = {
    **{
        f"numpy.{core}.{name}": answer
        for core in ("core", "_core")
        for name, answer in (
            ("multiarray._reconstruct", _reconstruct),
            ("multiarray.scalar", _scalar),
            ("numeric._frombuffer", _from_buffer),
        )
    },
    "numpy.ndarray": StandInArray,
    "numpy.dtype": StandInDtype,
    "_codecs.encode": _encode,
    "collections.OrderedDict": _ordered,
}
"""The stand-in for each name that a pickle of arrays asks for."""


def shortened(text: str) -> str:
    """Return text that fits a message: its beginning, where it is long."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def shown(value: Any) -> str:
    """Return text in quotes, its beginning where it is long; of anything else its kind.

    A list that holds one list many times, and so on, would take for ever to write out.
    """
    return repr(shortened(value)) if isinstance(value, str) else f"a {kind(value)}"


def few(words: Sequence[str], most: int = 10) -> str:
    """Return words in one line: the first of them and how many there are, where they are many."""
    if len(words) <= most:
        return ", ".join(words)
    return f"{', '.join(words[:most])}, ... ({len(words):,} in all)"


def kind(value: Any) -> str:
    """Return the name of a value's type, of a stand-in the one that it stands for."""
    return type(value).__name__.removeprefix("StandIn")
