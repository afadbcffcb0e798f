"""Machine code on disk: what several processes wrote at once is still under its own name."""

from functools import partial
from itertools import chain
from pathlib import Path
from types import FunctionType

import numpy as np
import pytest
from numba.core.caching import FunctionCache

from versus.training.kernels import compiled


def doubled(first, last, x):
    """Double each number."""
    for place in range(first, last):
        x[place] *= 2


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """The same kernel again and again, as each of several processes makes it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    source = tmp_path / "source.py"
    source.write_text("# where the kernel is thought to be written\n")
    code = doubled.__code__.replace(co_filename=str(source))

    def make():
        function = FunctionType(code, {"__name__": __name__}, "doubled")
        return compiled._kept(function, {"nogil": True})

    return make


def call(kernel, kind):
    x = np.arange(1, 5).astype(kind)
    kernel(0, 4, x)
    return x.tolist()


def files(kernel):
    return list(Path(kernel._cache.cache_path).glob("*.nbc"))


def at_the_same_time(kernel, monkeypatch):
    """Two processes compile two types: both saw an empty index, and the first writes last."""
    first, second = kernel(), kernel()
    for one in (first, second):
        file = one._cache._cache_file
        seen = chain([{}, {}], iter(file._load_index, None))  # to load from, and to write anew
        monkeypatch.setattr(file, "_load_index", partial(next, seen))
    late = []
    monkeypatch.setattr(
        first._cache._cache_file, "_save_data", lambda name, data: late.append((name, data))
    )
    assert call(first, np.float32) == call(second, np.int64) == [2, 4, 6, 8]
    monkeypatch.undo()
    for name, data in late:
        first._cache._cache_file._save_data(name, data)


def test_a_kernel_is_compiled_once_for_all_processes(kernel):
    assert call(kernel(), np.float32) == [2, 4, 6, 8]
    again = kernel()
    assert call(again, np.float32) == [2, 4, 6, 8]
    assert sum(again.stats.cache_hits.values()) == 1
    assert not again.stats.cache_misses


def test_two_that_compile_at_once_do_not_take_each_others_code(kernel, monkeypatch):
    at_the_same_time(kernel, monkeypatch)
    third = kernel()
    assert call(third, np.int64) == [2, 4, 6, 8]
    assert sum(third.stats.cache_hits.values()) == 1
    assert len(files(third)) == 2
    assert call(third, np.float32) == [2, 4, 6, 8]  # lost from the index: compiled again
    assert len(files(third)) == 2  # and the file that was lost is not there any more


def test_numbas_own_files_would_be_taken_for_each_other(kernel, monkeypatch):
    monkeypatch.setattr(compiled, "KernelCache", FunctionCache)
    at_the_same_time(kernel, monkeypatch)
    with pytest.raises(TypeError, match="unbox"):  # by luck: numbers of one size would be taken
        call(kernel(), np.int64)
