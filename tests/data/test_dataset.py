"""What a Dataset refuses, what it fills in, and what its fingerprint depends on."""

import numpy as np
import pytest

from versus.data.dataset import Dataset, Split
from versus.errors import DataError

IMAGES = np.arange(4 * 2 * 3, dtype=np.uint8).reshape(4, 2, 3)
LABELS = np.array([0, 1, 2, 1], dtype=np.uint8)


def make(train=(IMAGES, LABELS), test=(IMAGES[:2], LABELS[:2]), **options):
    return Dataset.from_arrays(train, test, **{"name": "set", **options})


def test_arrays_as_keras_gives_them():
    data = make(train=(IMAGES, LABELS[:, np.newaxis]))
    assert data.classes == ("0", "1", "2")
    assert data.input_shape == (2, 3, 1)
    assert data.train.labels.shape == (4,)
    assert data.train.labels.dtype == np.int64
    assert list(data.splits) == ["train", "test"]
    assert len(data.train) == 4


def test_arrays_cannot_be_written_to():
    data = make()
    for split in (data.train, data.test, data.train.take(np.array([1, 0]))):
        assert not split.images.flags.writeable
        assert not split.labels.flags.writeable


def test_take_keeps_the_order_asked_for():
    taken = make().train.take(np.array([2, 0]))
    assert isinstance(taken, Split)
    assert taken.labels.tolist() == [2, 0]
    assert np.array_equal(taken.images[..., 0], IMAGES[[2, 0]])


def test_fingerprint_depends_on_every_pixel_label_name_and_split():
    data = make(classes=["a", "b", "c"])
    other_pixel = IMAGES.copy()
    other_pixel[3, 1, 2] ^= 1
    others = [
        make(train=(other_pixel, LABELS), classes=["a", "b", "c"]),
        make(train=(IMAGES, [0, 1, 2, 2]), classes=["a", "b", "c"]),
        make(test=(IMAGES[:2], [0, 2]), classes=["a", "b", "c"]),
        make(train=(IMAGES.reshape(4, 3, 2), LABELS), test=(IMAGES[:2].reshape(2, 3, 2), [0, 1]),
             classes=["a", "b", "c"]),
        make(classes=["a", "b", "d"]),
        make(classes=["a", "b", "c"], validation=(IMAGES[:1], [0])),
    ]  # fmt: skip
    assert len({data.fingerprint, *(other.fingerprint for other in others)}) == 7
    same = make(train=(np.asfortranarray(IMAGES), LABELS.astype(">i4")), classes=["a", "b", "c"])
    assert same.fingerprint == data.fingerprint


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"train": (IMAGES / 255, LABELS)},
            r"set, train: expected pictures as uint8.*got float64; scaling .* Rescaling",
        ),
        ({"train": (IMAGES.astype(np.int16), LABELS)}, "got int16"),
        ({"train": (IMAGES[0], LABELS)}, r"expected pictures as \[n, .*got shape \(2, 3\)"),
        ({"test": (IMAGES[:0], LABELS[:0])}, r"set, test: .*none of them 0; got shape \(0, 2"),
        ({"test": (IMAGES[:3], LABELS[:2])}, r"set, test: 3 pictures but labels of shape \(2,\)"),
        (
            {"test": (IMAGES[:2, :1], LABELS[:2])},
            r"test: expected pictures of shape \(2, 3, 1\) as in train; got \(1, 3, 1\)",
        ),
        (
            {"test": (IMAGES[:2], [0, 3])},
            r"set, test: label 3 at row 1 is outside 0 to 2 \(3 classes, 1 such labels\)$",
        ),
        ({"train": (IMAGES, [0, -1, 2, 1])}, "label -1 at row 1 is outside 0 to 2"),
        (
            {"train": (IMAGES, [1, 2, 3, 1]), "classes": ["a", "b", "c"]},
            "label 3 at row 2 .*counted from 1: subtract 1",
        ),
        ({"train": (IMAGES, np.eye(4))}, "one-hot labels become numbers with argmax"),
        ({"train": (IMAGES, [0.0, 1.0, 2.0, 1.0])}, "expected whole numbers as labels; got float"),
        ({"classes": ["a", "b", "a"]}, "two or more classes of different names"),
        ({"train": (IMAGES, [0] * 4)}, r"two or more classes of different names; got \['0'\]"),
        ({"train": (IMAGES, [0, 1, 2, 2_000_000_000])}, "would make 2000000001 classes: check"),
        ({"validation": (IMAGES[:1], [5])}, "set, validation: label 5 at row 0"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(options, message):
    with pytest.raises(DataError, match=message):
        make(**options)
