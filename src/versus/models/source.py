"""The source text that a builder depends on, as one hash."""

import functools
import hashlib
import inspect
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

# Installed packages and Python itself: their versions are recorded, not their text.
_LIBRARIES = tuple(
    str(Path(sysconfig.get_path(name)).resolve())
    for name in ("stdlib", "platstdlib", "purelib", "platlib")
)
_PLAIN = (str, bytes, int, float, complex, bool, tuple, list, dict, set, frozenset, type(None))


def source_sha256(function: Any) -> str:
    """Return the SHA-256 of the source text that `function` depends on.

    That is its own text, the text of every function and class of the user's own that it names,
    directly or through others (a custom layer, a helper, also in another file), the values of the
    plain constants they name, and whole modules where one is named. Other lines of the same file
    do not count: a study file may change its question. "" where no text can be read.
    """
    parts = sorted(set(_texts(function, set())))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest() if parts else ""


def _texts(value: Any, seen: set[int]) -> Iterator[str]:
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, functools.partial):
        for part in (value.func, *value.args, *value.keywords.values()):
            yield from _texts(part, seen)
    elif isinstance(value, (FunctionType, type)):
        if not _is_library(value):
            yield _source(value)
            for name in _named_by(value):
                yield from _texts(name, seen)
    elif isinstance(value, ModuleType):
        if not _is_library(value) and getattr(value, "__file__", None):
            yield Path(str(value.__file__)).read_text()
    elif isinstance(value, _PLAIN):
        yield repr(value)


def _named_by(value: Any) -> Iterator[Any]:
    """Yield what a function, or each method of a class, takes from outside itself."""
    functions = [value] if isinstance(value, FunctionType) else list(vars(value).values())
    if isinstance(value, type):
        yield from value.__bases__
    for function in functions:
        if not isinstance(function, FunctionType):
            continue
        for cell in function.__closure__ or ():
            yield cell.cell_contents
        for name in _names(function.__code__):
            if name in function.__globals__:
                yield function.__globals__[name]


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _source(value: Any) -> str:
    try:
        return inspect.getsource(value)
    except (OSError, TypeError):
        return ""


def _is_library(value: Any) -> bool:
    """Whether a function, class or module belongs to an installed package or to Python."""
    if isinstance(value, ModuleType):
        path = getattr(value, "__file__", None)
    else:
        try:
            path = inspect.getfile(value)
        except (OSError, TypeError):
            return getattr(value, "__module__", "") == "builtins"
    return path is None or str(Path(path).resolve()).startswith(_LIBRARIES)
