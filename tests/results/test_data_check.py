"""The data check of a study: kept once, read back, and done without where it is damaged."""

import pytest

from versus.data.inspection.inspection import inspect_dataset
from versus.results.data_check import NAME, keep_data_check, read_data_check
from versus.results.memory import MemoryStore


def test_it_comes_back_as_it_was(tiny):
    store, found = MemoryStore(), inspect_dataset(tiny, within=False)
    assert read_data_check(store) is None
    keep_data_check(store, found)
    assert read_data_check(store) == found


def test_the_same_is_not_written_again(tiny, monkeypatch):
    store, found = MemoryStore(), inspect_dataset(tiny)
    keep_data_check(store, found)

    def write(name, content):
        raise AssertionError(name)

    monkeypatch.setattr(store, "write_study_file", write)
    keep_data_check(store, found)
    with pytest.raises(AssertionError, match=NAME):
        keep_data_check(store, found.model_copy(update={"name": "other"}))


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"method": 1}'])
def test_a_damaged_one_is_done_without_and_replaced(tiny, content):
    store, found = MemoryStore(), inspect_dataset(tiny)
    store.files[NAME] = content
    assert read_data_check(store) is None
    keep_data_check(store, found)
    assert read_data_check(store) == found
