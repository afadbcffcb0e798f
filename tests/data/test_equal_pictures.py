"""Equal pictures: against a comparison of every two, and in the real sets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from versus.data import catalogue, equal_pictures
from versus.data.dataset import Dataset, Split
from versus.data.equal_pictures import EqualPictures, find_equal_pictures


def split(values, labels=None) -> Split:
    """Pictures of 2 x 1, each of one value."""
    images = np.repeat(np.array(values, dtype=np.uint8), 2).reshape(-1, 2, 1, 1)
    return Split(images, np.array(labels or [0] * len(values), dtype=np.int64))


values = st.lists(st.integers(0, 6), min_size=1, max_size=30)


@given(values, values)
def test_between_two_splits_as_every_two_compared(a, b):
    found = equal_pictures.equal_pictures(split(a), split(b))
    assert found.dtype == np.int64
    assert found.tolist() == [[a.index(v), row] for row, v in enumerate(b) if v in a]


@given(values)
def test_within_a_split_each_but_the_first(a):
    one = split(a)
    found = equal_pictures.equal_pictures(one, one)
    assert found.tolist() == [[a.index(v), row] for row, v in enumerate(a) if v in a[:row]]


def test_pictures_of_one_hash_are_not_equal_for_that(monkeypatch):
    monkeypatch.setattr(equal_pictures, "_hash", lambda image: b"same")
    assert equal_pictures.equal_pictures(split([1, 2, 3]), split([3, 4])).tolist() == [[2, 0]]


def test_another_shape_is_another_picture():
    flat = Split(np.full((1, 1, 2, 1), 1, dtype=np.uint8), np.zeros(1, dtype=np.int64))
    assert equal_pictures.equal_pictures(split([1]), flat).shape == (0, 2)


def test_what_a_data_set_holds_is_told_with_its_conflicts():
    train, test = split([1, 2, 2, 3, 3], [0, 0, 1, 1, 1]), split([3, 2, 9], [1, 1, 0])
    data = Dataset("d", ("x", "y"), train, test)
    assert find_equal_pictures(data) == [
        EqualPictures(a="train", b="train", count=2, conflicts=1, examples=[(1, 2), (3, 4)]),
        EqualPictures(a="train", b="test", count=2, conflicts=1, examples=[(1, 1), (3, 0)]),
    ]
    within, between = (found.sentence() for found in find_equal_pictures(data))
    assert within == (
        "2 train pictures repeat an earlier one byte for byte, 1 of them with another label"
    )
    assert between == (
        "2 test pictures are in train too, byte for byte, 1 of them with another label"
    )


def test_one_picture_is_told_in_the_singular():
    one = EqualPictures(a="train", b="train", count=1, conflicts=0, examples=[(0, 1)])
    assert one.sentence() == "1 train picture repeats an earlier one byte for byte"


def test_nothing_equal_is_nothing_told(tiny):
    assert find_equal_pictures(tiny) == []


@pytest.mark.real_data
def test_the_real_sets(real_data):
    found = {
        name: [(e.a, e.b, e.count, e.conflicts) for e in find_equal_pictures(catalogue.load(name))]
        for name in ("mnist", "fashion-mnist")
    }
    assert found == {"mnist": [], "fashion-mnist": []}
