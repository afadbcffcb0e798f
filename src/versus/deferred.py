"""Modules that Keras imports for features that few processes use, imported when one is used.

Importing Keras brings matplotlib and scikit-learn, if they are there: 90 MB and half a second in
each process that trains, for a gallery of pictures and two wrappers.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import PathFinder
from types import ModuleType
from typing import Any


class _Deferred(ModuleType):
    """Stands for a module that nobody has asked anything of."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what Python itself asks of any module
            raise AttributeError(name)
        return getattr(self._module(), name)

    def __dir__(self) -> list[str]:
        return dir(self._module())

    def _module(self) -> ModuleType:
        if sys.modules.get(self.__name__) is self:  # asked while it still stands there
            del sys.modules[self.__name__]
        return importlib.import_module(self.__name__)


@contextmanager
def deferred(*names: str) -> Iterator[None]:
    """Let what is imported inside the block import these modules only when it uses them.

    A module that is not installed, or is there already, is imported as ever. Outside the block
    everybody gets the real one.

    Args:
        names: of modules, a package before what is in it.
    """
    stands = {name: stand for name in names if (stand := _stand(name)) is not None}
    sys.modules.update(stands)
    for name, stand in stands.items():
        package, _, inner = name.rpartition(".")
        if package in stands:
            setattr(stands[package], inner, stand)
    try:
        yield
    finally:
        for name, stand in stands.items():
            if sys.modules.get(name) is stand:
                del sys.modules[name]


def _stand(name: str) -> ModuleType | None:
    if name in sys.modules or name.rpartition(".")[0] in sys.modules:
        return None  # a package that is there would be told of a module that is none
    spec, where, so_far = None, None, ""
    for part in name.split("."):
        so_far = f"{so_far}.{part}" if so_far else part
        spec = PathFinder.find_spec(so_far, where)
        if spec is None:
            return None
        where = spec.submodule_search_locations
    stand = _Deferred(name)
    stand.__spec__ = spec
    return stand
