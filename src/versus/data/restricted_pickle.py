"""A pickle read without running anything of it: arrays, lists, dicts, strings and numbers.

A pickle is a program: the one behind `numpy.load(..., allow_pickle=True)` may run anything. Here
every name that it asks for is answered by a stand-in of ours, so that not even numpy's own code for
unpickling runs: a dtype with false flags would let it take numbers for addresses. Nor can it take
time or memory out of proportion to its size: each step is about as much work as its bytes are.
Source: https://docs.python.org/3/library/pickle.html#restricting-globals
"""
# What a pickle holds has no type before it is checked.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportPrivateUsage=false

import io
import pickle
import struct
from collections.abc import Callable
from typing import Any, ClassVar, NoReturn

from versus.data.pickle_stand_ins import (
    ANSWERS,
    Room,
    StandInArray,
    StandInDtype,
    fill,
    kind,
    shortened,
)
from versus.errors import DataFormatError

MOST_OBJECTS = 2**24
"""Lists, tuples, dicts and the like that a pickle may make: each takes 100 bytes for one of its."""

_MOST_ARGUMENTS = 16  # a call or a state of an array or a dtype has nine or fewer
_LONGEST_PLACE = 11  # the digits of 32 bits, and the end of the line


def read_restricted(file: io.BytesIO) -> Any:
    """Return what the pickle that begins at `file`'s place holds.

    Raises:
        DataFormatError: it asks for anything but arrays and plain containers, for more of them
            than its bytes can hold, or it is no pickle.
    """
    room = Room(file.getbuffer().nbytes - file.tell())
    try:
        return _Real(room).of(_Restricted(file, room).load())
    except DataFormatError:
        raise
    except EOFError as cause:
        raise DataFormatError("not a pickle that can be read: it ends too early") from cause
    except Exception as cause:  # a pickle can fail in any way
        raise DataFormatError(
            f"not a pickle that can be read: {type(cause).__name__}: {shortened(str(cause))}"
        ) from cause


_Unpickler: Any = pickle._Unpickler  # noqa: SLF001  # pyright: ignore[reportAttributeAccessIssue]


def _counted(load: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return a step of the unpickler that counts what it makes."""

    def load_one_more(self: Any) -> None:
        self.made += 1
        if self.made > MOST_OBJECTS:
            raise DataFormatError(f"it makes more than {MOST_OBJECTS:,} objects")
        load(self)

    return load_one_more


class _Restricted(_Unpickler):
    """Python's own unpickler, whose every way to a name or to an attribute ends here.

    The one in C grows its memory to whatever number a file names.
    """

    dispatch: ClassVar[dict[int, Any]] = dict(_Unpickler.dispatch)

    def __init__(self, file: io.BytesIO, room: Room) -> None:
        super().__init__(file)
        self.room, self.made = room, 0

    def find_class(self, module: str, name: str) -> Any:
        """Return the stand-in for a name, or refuse it."""
        try:
            return ANSWERS[f"{module}.{name}"]
        except KeyError:
            raise DataFormatError(f"it asks to run {shortened(f'{module}.{name}')}") from None

    def get_extension(self, code: int) -> NoReturn:
        """Refuse: the registry may hold what another program has put there."""
        raise DataFormatError(f"it asks to run extension {code}")

    def persistent_load(self, pid: Any) -> NoReturn:
        """Refuse: there is nothing outside the file."""
        raise DataFormatError("it asks for an object outside the file")

    def _refuse(self) -> NoReturn:
        raise DataFormatError("it holds a set")

    def _refuse_object(self) -> NoReturn:
        raise DataFormatError("it holds an object that is neither an array nor plain")

    def _instantiate(self, klass: Any, args: Any) -> None:
        """Call a stand-in, for every opcode that calls.

        Arguments may lie in the file once and be given to many calls, so they are paid for.
        """
        if not any(klass is answer for answer in ANSWERS.values()):
            raise DataFormatError(f"it calls a {kind(klass)}")
        if not isinstance(args, (tuple, list)) or len(args) > _MOST_ARGUMENTS:
            raise DataFormatError("it calls with what are no arguments")
        long = (str, bytes, bytearray, list, tuple, dict)
        self.room.take(sum(len(each) for each in args if isinstance(each, long)))
        self.append(klass(*args))

    def load_reduce(self) -> None:
        """Call a stand-in."""
        arguments, function = self.stack.pop(), self.stack.pop()
        self._instantiate(function, arguments)

    def load_put(self) -> None:
        """Keep what is on the stack; places without bounds could be chosen to hash alike."""
        line = self.readline()
        if len(line) > _LONGEST_PLACE or not line[:-1].isdigit():
            raise DataFormatError("it keeps an object at a place that is none")
        self.memo[int(line)] = self.stack[-1]

    def load_setitem(self) -> None:
        """Put one item into a dict."""
        value, key = self.stack.pop(), self.stack.pop()
        fill(self.stack[-1], [key, value])

    def load_setitems(self) -> None:
        """Put items into a dict."""
        items = self.pop_mark()
        fill(self.stack[-1], items)

    def load_dict(self) -> None:
        """Make a dict."""
        made: dict[Any, Any] = {}
        fill(made, self.pop_mark())
        self.append(made)

    def load_bytearray8(self) -> None:
        """Read bytes; Python's own first makes room for as many as the file says."""
        (size,) = struct.unpack("<Q", self.read(8))
        self.append(self.read(size))

    def load_build(self) -> None:
        """Give a stand-in its state; Python's own also sets attributes of whatever it is given."""
        state = self.stack.pop()
        target = self.stack[-1]
        if not isinstance(target, (StandInArray, StandInDtype)):
            raise DataFormatError(f"it sets attributes of a {kind(target)}")
        if not isinstance(state, tuple) or len(state) > _MOST_ARGUMENTS:
            raise DataFormatError(f"it gives a {kind(target)} a state that is none")
        target.set_state(state)

    dispatch.update(
        {
            pickle.REDUCE[0]: load_reduce,
            pickle.NEWOBJ[0]: _refuse_object,
            pickle.NEWOBJ_EX[0]: _refuse_object,
            pickle.PUT[0]: load_put,
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
    # MARK begins a stack of its own, and MEMOIZE of one byte makes an entry in a dict.
    _makers = (
        *(pickle.EMPTY_LIST, pickle.EMPTY_DICT, pickle.LIST, pickle.DICT, pickle.REDUCE),
        *(pickle.TUPLE, pickle.TUPLE1, pickle.TUPLE2, pickle.TUPLE3),
        *(pickle.MARK, pickle.MEMOIZE, pickle.INST, pickle.OBJ, pickle.READONLY_BUFFER),
    )
    for _code in _makers:
        dispatch[_code[0]] = _counted(dispatch[_code[0]])


class _Real:
    """Makes values with arrays for their stand-ins; what is there twice is made once."""

    def __init__(self, room: Room) -> None:
        self.room, self.seen = room, dict[int, Any]()

    def of(self, value: Any) -> Any:
        """Return a value with arrays for their stand-ins."""
        if value is None or isinstance(value, (bool, int, float, complex, str, bytes)):
            return value
        if id(value) in self.seen:
            return self.seen[id(value)]
        if isinstance(value, StandInArray):
            return self._array(value)
        if isinstance(value, dict):
            self.seen[id(value)] = found = {}
            found.update({key: self.of(item) for key, item in value.items()})
            return found
        if isinstance(value, list):
            self.seen[id(value)] = listed = []
            listed += [self.of(item) for item in value]
            return listed
        if isinstance(value, tuple):
            self.seen[id(value)] = made = tuple([self.of(item) for item in value])
            return made
        raise DataFormatError(f"it holds a {kind(value)}")

    def _array(self, value: StandInArray) -> Any:
        made, objects = value.real(self.room)
        self.seen[id(value)] = made
        flat: Any = made.base
        for number, each in enumerate(objects or ()):
            flat[number] = self.of(each)
        return made
