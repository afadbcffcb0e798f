"""A pickle read without running anything of it: arrays, lists, dicts, strings and numbers.

A pickle is a program: the one behind `numpy.load(..., allow_pickle=True)` may run anything. Here
every name that it asks for is answered by a stand-in of ours, so that not even numpy's own code for
unpickling runs: a dtype with false flags would let it take numbers for addresses.
Source: https://docs.python.org/3/library/pickle.html#restricting-globals
"""
# What a pickle holds has no type before it is checked.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportPrivateUsage=false

import io
import math
import pickle
import re
import struct
from collections.abc import Mapping
from typing import Any, ClassVar, NoReturn

import numpy as np
import numpy.typing as npt

from versus.errors import DataFormatError

_CODE = re.compile(r"b1|[iu][1248]|f[248]|c8|c16|[SU]\d{1,6}|O8?")
# Numbers of the same dtype that a pickle may say it holds: more is no file of pictures.
_MOST = 2**34


def read_restricted(file: io.BytesIO) -> Any:
    """Return what the pickle that begins at `file`'s place holds.

    Raises:
        DataFormatError: it asks for anything but arrays and plain containers.
        Exception: it is no pickle; it can fail in any way.
    """
    return _real(_Restricted(file).load(), {})


class _Dtype:
    """Stands in for `numpy.dtype`."""

    def __init__(self, code: Any, *_flags: Any) -> None:
        self.code, self.order = code, "<"

    def __setstate__(self, state: Any) -> None:
        _, order, sub, names, fields, *_ = state
        if order not in ("<", ">", "|", "=") or (sub, names, fields) != (None, None, None):
            raise DataFormatError("holds arrays of a compound type")
        self.order = order

    def real(self) -> np.dtype[Any]:
        if not isinstance(self.code, str) or not _CODE.fullmatch(self.code):
            raise DataFormatError(f"holds arrays of type {self.code!r}")
        return np.dtype(self.code).newbyteorder(self.order)  # pyright: ignore[reportArgumentType]


class _Array:
    """Stands in for `numpy.ndarray`: what its pickle says, and the array that this makes."""

    def __init__(self) -> None:
        self.state: tuple[Any, ...] | None = None

    def __setstate__(self, state: Any) -> None:
        _, shape, dtype, fortran, content = state
        self.state = shape, dtype, "F" if fortran else "C", content

    def real(self, seen: dict[int, Any]) -> npt.NDArray[Any]:
        nothing: tuple[Any, ...] = ((), None, "C", b"")
        shape, stand_in, order, content = self.state or nothing
        if not isinstance(stand_in, _Dtype) or not _is_shape(shape):
            raise DataFormatError("holds an array without a shape or a type")
        dtype, count = stand_in.real(), math.prod(shape)
        if not dtype.hasobject:
            if not isinstance(content, (bytes, bytearray)) or (
                len(content) != count * dtype.itemsize
            ):
                raise DataFormatError(f"holds an array of {count} numbers without their bytes")
            return np.frombuffer(content, dtype).reshape(shape, order=order).copy()
        if not isinstance(content, list) or len(content) != count:
            raise DataFormatError(f"holds an array of {count} objects without them")
        found = np.empty(count, dtype=object)
        for number, value in enumerate(content):
            found[number] = _real(value, seen)
        return found.reshape(shape, order=order)


def _is_shape(shape: Any) -> bool:
    return (
        isinstance(shape, tuple)
        and len(shape) <= 32
        and all(type(size) is int and 0 <= size < _MOST for size in shape)
        and math.prod(shape) < _MOST
    )


def _reconstruct(*_arguments: Any) -> _Array:
    return _Array()


def _from_buffer(content: Any, dtype: Any, shape: Any, order: Any) -> _Array:
    made = _Array()
    made.__setstate__((1, shape, dtype, order == "F", content))
    return made


def _scalar(dtype: Any, content: Any) -> _Array:
    return _from_buffer(content, dtype, (), "C")


def _encode(text: Any, encoding: Any = "latin1") -> bytes:
    """How pickles of Python 2 and of protocol 2 write bytes."""
    if not isinstance(text, str) or encoding != "latin1":
        raise DataFormatError(f"asks for the encoding {encoding!r}")
    return text.encode("latin1")


_ANSWERS: Mapping[str, Any] = {
    **{
        f"numpy.{core}.{name}": answer
        for core in ("core", "_core")
        for name, answer in (
            ("multiarray._reconstruct", _reconstruct),
            ("multiarray.scalar", _scalar),
            ("numeric._frombuffer", _from_buffer),
        )
    },
    "numpy.ndarray": _Array,
    "numpy.dtype": _Dtype,
    "_codecs.encode": _encode,
    "collections.OrderedDict": dict,
}


_Unpickler: Any = pickle._Unpickler  # noqa: SLF001  # pyright: ignore[reportAttributeAccessIssue]


class _Restricted(_Unpickler):
    """Python's own unpickler, whose every way to a name or to an attribute ends here.

    The one in C grows its memory to whatever number a file names.
    """

    dispatch: ClassVar[dict[int, Any]] = dict(_Unpickler.dispatch)

    def find_class(self, module: str, name: str) -> Any:
        """Return the stand-in for a name, or refuse it."""
        try:
            return _ANSWERS[f"{module}.{name}"]
        except KeyError:
            raise DataFormatError(f"it asks to run {module}.{name}") from None

    def get_extension(self, code: int) -> NoReturn:
        """Refuse: the registry may hold what another program has put there."""
        raise DataFormatError(f"it asks to run extension {code}")

    def persistent_load(self, pid: Any) -> NoReturn:
        """Refuse: there is nothing outside the file."""
        raise DataFormatError("it asks for an object outside the file")

    def _refuse(self) -> NoReturn:
        raise DataFormatError("it holds a set")

    def load_setitem(self) -> None:
        """Put one item into a dict."""
        value, key = self.stack.pop(), self.stack.pop()
        _fill(self.stack[-1], [key, value])

    def load_setitems(self) -> None:
        """Put items into a dict."""
        items = self.pop_mark()
        _fill(self.stack[-1], items)

    def load_dict(self) -> None:
        """Make a dict."""
        made: dict[Any, Any] = {}
        _fill(made, self.pop_mark())
        self.append(made)

    def load_bytearray8(self) -> None:
        """Read bytes; Python's own first makes room for as many as the file says."""
        (size,) = struct.unpack("<Q", self.read(8))
        self.append(self.read(size))

    def load_build(self) -> None:
        """Give a stand-in its state; Python's own also sets attributes of whatever it is given."""
        state = self.stack.pop()
        target = self.stack[-1]
        if not isinstance(target, (_Array, _Dtype)):
            raise DataFormatError(f"it sets attributes of a {type(target).__name__}")
        target.__setstate__(state)

    dispatch.update(
        {
            pickle.BUILD[0]: load_build,
            pickle.SETITEM[0]: load_setitem,
            pickle.SETITEMS[0]: load_setitems,
            pickle.DICT[0]: load_dict,
            pickle.BYTEARRAY8[0]: load_bytearray8,
            pickle.EMPTY_SET[0]: _refuse,
            pickle.ADDITEMS[0]: _refuse,
            pickle.FROZENSET[0]: _refuse,
        }
    )


def _fill(target: Any, items: list[Any]) -> None:
    """Put keys and values into a dict; keys are plain, as others may take for ever to hash."""
    if type(target) is not dict:
        raise DataFormatError(f"it puts items into a {type(target).__name__}")
    for key, value in zip(items[::2], items[1::2], strict=True):
        if not isinstance(key, (str, bytes, int, float)):
            raise DataFormatError(f"it has a {type(key).__name__.strip('_')} as a key")
        target[key] = value


def _real(value: Any, seen: dict[int, Any]) -> Any:
    """Return a value with arrays for their stand-ins; what is there twice is made once."""
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes)):
        return value
    if id(value) in seen:
        return seen[id(value)]
    if isinstance(value, _Array):
        made = value.real(seen)
        seen[id(value)] = made
        return made
    if isinstance(value, dict):
        seen[id(value)] = found = {}
        found.update({key: _real(item, seen) for key, item in value.items()})
        return found
    if isinstance(value, list):
        seen[id(value)] = listed = []
        listed += [_real(item, seen) for item in value]
        return listed
    if isinstance(value, tuple):
        seen[id(value)] = made = tuple(_real(item, seen) for item in value)
        return made
    raise DataFormatError(f"it holds a {type(value).__name__.strip('_')}")
