"""What else is found: odd pictures, small classes; what is kept of it, and what is told."""

import json

import numpy as np
import pytest
from pictures_drawn import dataset, drawn

from versus.data import catalogue
from versus.data.dataset import Dataset, Split
from versus.data.inspection import kept
from versus.data.inspection.inspection import Inspection, inspect_dataset
from versus.data.inspection.means import mean_pictures
from versus.data.inspection.oddities import find_oddities
from versus.data.inspection.small_classes import find_small_classes


def found_of(train, test=None):
    odd = find_oddities(dataset(train, drawn(40, seed=1) if test is None else test))
    return {(each.kind, each.split): each for each in odd}


def test_nothing_odd_in_a_plain_set():
    assert found_of(drawn(200)) == {}


def test_blank_pictures_are_found():
    train = drawn(100)
    train[[3, 50]] = 0
    train[60] = np.arange(28, dtype=np.uint8)[:, None] % 15 + 100  # almost of one value
    (found,) = found_of(train).values()
    assert (found.kind, found.split, found.count, found.rows) == ("blank", "train", 3, [3, 50, 60])


def test_inverted_pictures_are_found_in_either_kind_of_set():
    train, test = drawn(100), drawn(40, seed=1)
    test[[4, 7]] = 255 - test[[4, 7]]
    assert found_of(train, test)["inverted", "test"].rows == [4, 7]
    assert found_of(255 - train, 255 - test)["inverted", "test"].rows == [4, 7]


def test_an_object_that_fills_its_picture_is_not_inverted():
    train = drawn(100)
    train[7] = 240
    train[7, :4] = 0  # like a bag: dark above it
    assert ("inverted", "train") not in found_of(train)
    train[7, :4] = 240
    train[7, 8:20, 8:20] = 0
    assert found_of(train)["inverted", "train"].rows == [7]


def test_photographs_have_no_inverted_pictures():
    rng = np.random.default_rng(0)
    levels = rng.integers(0, 256, size=(100, 1, 1, 1), dtype=np.uint8)
    train = np.broadcast_to(levels, (100, 28, 28, 1)).copy()
    train[:, 8:20, 8:20] = 128
    assert not any(kind == "inverted" for kind, _ in found_of(train))


def test_off_centre_pictures_are_found_the_furthest_first():
    train = np.zeros((100, 28, 28, 1), np.uint8)
    train[:, 10:18, 10:18] = 200
    train[5], train[9] = np.roll(train[5], 4, axis=1), np.roll(train[9], 8, axis=0)
    found = found_of(train, train[20:40])["off-centre", "train"]
    assert (found.count, found.rows) == (2, [9, 5])
    train[9] = np.roll(train[9], -7, axis=0)  # one pixel is less than a tenth of the side
    assert found_of(train, train[20:40])["off-centre", "train"].rows == [5]


def test_small_classes_by_split():
    labels = np.repeat([0, 1, 2], [40, 19, 3])
    train = Split(drawn(len(labels)), labels)
    test = Split(drawn(60), np.repeat([0, 1], 30))
    small = find_small_classes(Dataset("few", ("a", "b", "c"), train, test))
    assert [(each.split, each.name, each.count) for each in small] == [
        ("train", "c", 3),
        ("train", "b", 19),
        ("test", "c", 0),
    ]


def test_means_are_those_of_each_class(tiny):
    means = mean_pictures(tiny.train, 4)
    for label in range(3):
        mean = tiny.train.images[tiny.train.labels == label].mean(axis=0)
        assert np.abs(means[label] - mean).max() <= 0.5 + 1e-9
    assert not means[3].any()


def spoiled() -> Dataset:
    train, test = drawn(100), drawn(60, seed=1)
    test[2], test[3], train[50] = train[8], (train[9] * 0.9).astype(np.uint8), 0
    return dataset(train, test)


def test_warnings_come_gravest_first_each_with_what_to_do():
    found = inspect_dataset(spoiled())
    told = [warned.what for warned in found.warnings()]
    assert told[0].startswith("1 test picture is in train too, byte for byte")
    assert told[1].startswith("1 test picture is nearly equal to one in train")
    assert "1 train picture is blank" in told[2]
    assert all(warned.mend.endswith(".") for warned in found.warnings())
    assert found.sentence() == "; ".join(told)
    assert Inspection.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_digits_have_nothing_to_tell():
    found = inspect_dataset(catalogue.load("digits"))
    assert found.warnings() == []
    assert found.sentence() == ""


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("VERSUS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "inspections"


@pytest.fixture
def looks(monkeypatch):
    """How often a data set was looked through."""
    made = []

    def inspect(data, *, within):
        made.append(within)
        return inspect_dataset(data, within=within)

    monkeypatch.setattr(kept, "inspect_dataset", inspect)
    return made


def test_the_same_pictures_are_looked_at_once(cache, looks):
    first = kept.inspected(spoiled(), within=False)
    assert kept.inspected(spoiled(), within=False) == first
    assert looks == [False]
    assert kept.inspected(spoiled()).looked == "all"
    other = spoiled()
    other = Dataset("other", other.classes, other.test, other.train)
    assert kept.inspected(other, within=False).near_equal[0].examples[0].a_row == 3
    assert looks == [False, True, False]
    assert len(list(cache.iterdir())) == 3


@pytest.mark.parametrize("content", ["", "[]", '{"method": 0}', "\udcff"])
def test_a_damaged_cache_is_looked_past(cache, looks, content):
    first = kept.inspected(spoiled())
    (place,) = cache.iterdir()
    place.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert kept.inspected(spoiled()) == first
    assert len(looks) == 2
    place.write_text(json.dumps({**first.to_dict(), "method": 0}))
    assert kept.inspected(spoiled()) == first
    assert len(looks) == 3


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path, monkeypatch, looks):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("VERSUS_CACHE", str(tmp_path / "file"))
    assert kept.inspected(spoiled()).equal
    assert kept.inspected(spoiled()).equal
    assert len(looks) == 2
