"""The numbers that describe a Dataset, and its own table and drawing."""

import json

import numpy as np
import pytest
from matplotlib.figure import Figure

from versus.data.dataset import Dataset
from versus.data.description import Description, describe
from versus.errors import ConfigurationError, DataError, UnknownNameError


@pytest.fixture
def data():
    images = np.arange(5 * 2 * 3, dtype=np.uint8).reshape(5, 2, 3)
    return Dataset.from_arrays(
        (images, [1, 0, 1, 1, 2]),
        (images[:2] + 100, [0, 1]),
        validation=(images[3:], [1, 1]),
        name="tiny",
        classes=["cat", "dog", "gnu"],
        source="made up",
    )


def test_description_holds_the_numbers(data):
    found = describe(data)
    assert list(found.splits) == ["train", "validation", "test"]
    train, test = found.splits["train"], found.splits["test"]
    assert train.images.model_dump() == {
        "dims": 4, "shape": (5, 2, 3, 1), "dtype": "uint8", "min": 0, "max": 29,
    }  # fmt: skip
    assert train.labels.model_dump() == {
        "dims": 1, "shape": (5,), "dtype": "int64", "min": 0, "max": 2,
    }  # fmt: skip
    assert (test.images.min, test.images.max) == (100, 111)
    assert train.counts == {"cat": 1, "dog": 3, "gnu": 1}
    assert found.splits["validation"].counts == {"cat": 0, "dog": 2, "gnu": 0}
    assert (found.first_label, found.first_one_hot) == (1, (0, 1, 0))
    assert (found.fingerprint, found.source) == (data.fingerprint, "made up")


def test_description_survives_json(data):
    found = describe(data)
    assert Description.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_description_as_a_table(data):
    frame = describe(data).frame()
    assert list(frame.columns) == ["dims", "shape", "dtype", "min", "max"]
    assert list(frame.index)[:3] == ["train images", "train labels", "validation images"]
    assert frame.loc["test images", "shape"] == (2, 2, 3, 1)
    assert frame.loc["train images", "max"] == 29


def test_dataset_frame_counts_per_class_and_split(data):
    frame = data.frame()
    assert frame.index.name == "class"
    assert frame.to_dict("list") == {
        "train": [1, 3, 1],
        "validation": [0, 2, 0],
        "test": [1, 1, 0],
    }
    assert list(frame.index) == ["cat", "dog", "gnu"]


def test_dataset_plot_draws_a_split(data):
    figure = data.plot("test", columns=3)
    assert isinstance(figure, Figure)
    assert figure.axes[0].get_title("left") == "tiny, test"


def test_dataset_plot_refuses_what_cannot_be_drawn(data):
    with pytest.raises(UnknownNameError, match="no split is called 'tset': did you mean 'test'"):
        data.plot("tset")
    with pytest.raises(ConfigurationError, match="one column of pictures or more; got 0"):
        data.plot(columns=0)
    two = (np.zeros((2, 4, 4, 2), dtype=np.uint8), [0, 1])
    with pytest.raises(DataError, match=r"only grey and RGB .* 2 channels"):
        Dataset.from_arrays(two, two).plot()
