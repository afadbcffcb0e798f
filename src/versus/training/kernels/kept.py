"""Compiled kernels on disk, where processes that compile at the same time leave each other's alone.

numba numbers the files of a function's signatures one after the other. Two processes that compile
two signatures at once take the same number, and whoever reads next finds the machine code of one
under the name of the other, from then on: at best it refuses its arguments, each time.
"""

from collections.abc import Callable
from glob import escape
from pathlib import Path
from typing import Any
from uuid import uuid4

from numba.core.caching import FunctionCache, IndexDataCacheFile


class _Files(IndexDataCacheFile):
    """The index of a function's signatures, and a file for each whose name nobody else takes."""

    def save(self, key: object, data: object) -> None:
        """Keep the machine code of a signature; what is in no index any more is removed."""
        super().save(key, data)
        named = set(self._load_index().values())
        for file in Path(self._cache_path).glob(f"{escape(self._stem)}.*.nbc"):
            if file.name not in named:
                file.unlink(missing_ok=True)

    def _data_name(self, number: int) -> str:
        return f"{self._stem}.{uuid4().hex}.nbc"

    @property
    def _stem(self) -> str:
        return self._index_name.removesuffix(".nbi")


class KernelCache(FunctionCache):
    """Where the machine code of a function is kept.

    What one process wrote may be missing in another's index and is compiled again then; what is
    in the index is what it says.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        """Find the place for a function's code.

        Raises:
            RuntimeError: nothing can be written beside its source or in the user's cache.
        """
        super().__init__(function)
        stamp = self._impl.locator.get_source_stamp()
        self._cache_file = _Files(self._cache_path, self._impl.filename_base, stamp)
