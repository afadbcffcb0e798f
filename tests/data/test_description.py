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


def test_dataset_plot_draws_any_pictures_with_the_label_over_each(data):
    first = data.plot(rows=1, columns=3)
    assert first.get_suptitle() == "tiny, train"
    labels = [data.classes[label] for label in data.train.labels[:3]]
    assert [axes.get_title() for axes in first.axes] == labels


def test_dataset_plot_draws_a_random_choice_by_its_seed():
    images = np.arange(60, dtype=np.uint8).reshape(60, 1, 1, 1) * np.ones((1, 4, 4, 1), np.uint8)
    data = Dataset.from_arrays((images, np.arange(60) % 6), (images[:2], [0, 1]))

    def drawn(seed, **form):
        figure = data.plot(seed=seed, **form)
        rows = [int(axes.images[0].get_array()[0, 0, 0]) for axes in figure.axes]
        assert [axes.get_title() for axes in figure.axes] == [str(row % 6) for row in rows]
        return rows

    assert drawn(3) == drawn(3)
    assert drawn(3) != drawn(4)
    assert len(set(drawn(3))) == 40  # 4 x 10, none twice
    assert drawn(3, rows=1, columns=5) == drawn(3)[:5]
    assert sorted(drawn(0, rows=20)) == list(range(60))  # there are no more


def test_dataset_plot_refuses_a_form_that_is_none(data):
    with pytest.raises(ConfigurationError, match="one row of pictures or more; got 0"):
        data.plot(rows=0)
    with pytest.raises(ConfigurationError, match=r"400 labelled pictures or fewer; .* 1,000"):
        data.plot(rows=100, seed=0)
    with pytest.raises(ConfigurationError, match="a seed is a whole number"):
        data.plot(seed=-1)


def test_dataset_plot_refuses_what_cannot_be_drawn(data):
    with pytest.raises(UnknownNameError, match="no split is called 'tset': did you mean 'test'"):
        data.plot("tset")
    with pytest.raises(ConfigurationError, match="one column of pictures or more; got 0"):
        data.plot(columns=0)
    two = (np.zeros((2, 4, 4, 2), dtype=np.uint8), [0, 1])
    with pytest.raises(DataError, match=r"only grey and RGB .* 2 channels"):
        Dataset.from_arrays(two, two).plot()
