"""The five-class guess: which pictures, which split, what is mirrored."""

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from versus.data.catalogue import load
from versus.data.dataset import Dataset
from versus.data.fashion_tops import fashion_tops

FINGERPRINT = "sha256:1e5ca24ed1b2a83050623a7ffbe0bed69ae7fcb8f70d53656503bda5d8476022"
NAMES = [f"garment {number}" for number in range(10)]


@pytest.fixture(scope="module")
def whole():
    """400 pictures, 40 of each class, that hold their own row number and label."""
    rows = np.arange(400)
    images = np.zeros((400, 2, 3, 1), dtype=np.uint8)
    images[:, 0, 0, 0], images[:, 0, 1, 0] = rows // 256, rows % 256
    labels = rows % 10
    images[:, 1, 0, 0] = labels
    return Dataset.from_arrays((images, labels), (images[:10], labels[:10]), classes=NAMES)


def row_of(images):
    return images[:, 0, 0, 0].astype(int) * 256 + images[:, 0, 1, 0]


def test_the_split_is_that_of_two_calls_of_train_test_split(whole):
    data = fashion_tops(whole, "tops", "a guess")
    kept = [row for row in range(400) if row % 10 in (0, 2, 3, 4, 6)]
    train, rest = train_test_split(kept, test_size=0.10, random_state=0)
    test, validation = train_test_split(rest, test_size=0.50, random_state=0)
    assert row_of(data.train.images[:180]).tolist() == train
    assert row_of(data.test.images).tolist() == test
    assert data.validation is not None
    assert row_of(data.validation.images).tolist() == validation


def test_labels_are_counted_anew(whole):
    data = fashion_tops(whole, "tops", "a guess")
    assert data.classes == tuple(NAMES[label] for label in (0, 2, 3, 4, 6))
    for split in data.splits.values():
        old = np.array([0, 2, 3, 4, 6])[split.labels]
        stored = np.maximum(split.images[:, 1, 0, 0], split.images[:, 1, 2, 0])
        assert np.array_equal(old, stored)


def test_only_train_is_mirrored_left_to_right(whole):
    data = fashion_tops(whole, "tops", "a guess")
    once, mirrored = np.split(data.train.images, 2)
    assert np.array_equal(mirrored, np.flip(once, axis=2))
    assert np.array_equal(*np.split(data.train.labels, 2))
    assert [len(split) for split in data.splits.values()] == [360, 10, 10]


@pytest.mark.real_data
def test_the_real_one(real_data):
    data = load("fashion-mnist-tops")
    assert [len(split) for split in data.splits.values()] == [54_000, 1_500, 1_500]
    assert data.classes == ("T-shirt/top", "Pullover", "Dress", "Coat", "Shirt")
    assert "our guess" in data.source
    assert data.fingerprint == FINGERPRINT
