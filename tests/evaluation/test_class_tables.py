"""Confusion matrix and class scores from a table of predictions; grids of right and wrong."""

import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

import versus
from versus.data.dataset import Dataset
from versus.errors import ConfigurationError, DataError, UnknownNameError
from versus.evaluation.predictions import Predictions

CLASSES = ("cat", "dog", "label")


def some_data(channels=1):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, size=(30, 6, 6, channels), dtype=np.uint8)
    return Dataset.from_arrays((images, np.arange(30) % 3), (images, np.arange(30) % 3),
                               name="pets", classes=CLASSES)  # fmt: skip


def some_predictions(data, wrong=8):
    rng = np.random.default_rng(1)
    said = data.test.labels.copy()
    said[:wrong] = (said[:wrong] + rng.integers(1, 3, wrong)) % 3
    probabilities = np.full((30, 3), 0.1, np.float32)
    probabilities[np.arange(30), said] = 0.8
    return Predictions(probabilities, data.test.labels, np.arange(30), CLASSES).frame()


def test_a_confusion_table_is_scikit_learns():
    found = some_predictions(some_data())
    table = versus.confusion_table(found)
    assert (table.to_numpy() == confusion_matrix(found["label"], found["predicted"])).all()
    assert table.index.name == "true"
    assert table.columns.name == "predicted"
    assert list(table.index) == list(table.columns) == ["cat", "dog", "class label"]


def test_a_class_report_is_scikit_learns_also_of_a_sum_of_runs():
    data = some_data()
    runs = [some_predictions(data, wrong) for wrong in (3, 9)]
    report = versus.class_report(sum(versus.confusion_table(found) for found in runs))
    both = pd.concat(runs)
    expected = precision_recall_fscore_support(both["label"], both["predicted"])
    assert list(report.columns) == ["precision", "recall", "f1", "support"]
    np.testing.assert_allclose(report.to_numpy(), np.transpose(expected))
    sentence = versus.read_confusion(versus.confusion_table(runs[0]), CLASSES).sentence()
    assert "is recognised worst" in sentence


def test_a_class_that_is_never_said_has_no_precision():
    table = pd.DataFrame([[3, 0], [2, 0]], ["a", "b"], ["a", "b"])
    report = versus.class_report(table)
    assert report.loc["b"].to_list() == [0.0, 0.0, 0.0, 2.0]


def test_a_confusion_table_is_drawn():
    figure = versus.draw_confusion(versus.confusion_table(some_predictions(some_data())), width=3)
    assert isinstance(figure, Figure)
    figure.savefig(io.BytesIO())
    assert figure.axes[0].get_ylabel() == "true class"


@pytest.mark.parametrize("right", [True, False])
def test_pictures_are_those_that_were_told_so(right):
    data = some_data()
    found = some_predictions(data)
    figure = versus.draw_pictures(found, data, right=right, rows=2, columns=4)
    count = int((found["correct"] == right).sum())
    word = "right" if right else "wrong"
    assert figure.get_suptitle() == f"pets, test: {count} of 30 {word}"
    rows = found.index[found["correct"] == right][:8]
    assert len(figure.axes) == len(rows) == 8
    for axes, row in zip(figure.axes, rows, strict=True):
        assert (axes.images[0].get_array()[..., :1] == data.test.images[row]).all()
        names = [*CLASSES[:2], "class label"]
        truth, said = (names[found[key][row]] for key in ("label", "predicted"))
        answer = "right, " if right else f"as {said}\n"
        assert axes.get_xlabel() == f"{truth}\n{answer}80\u00a0%"


def test_no_wrong_picture_is_said_and_not_drawn():
    data = some_data()
    figure = versus.draw_pictures(some_predictions(data, wrong=0), data, right=False)
    assert figure.get_suptitle() == "pets, test: 0 of 30 wrong"
    assert not figure.axes
    figure.savefig(io.BytesIO())


def test_what_is_no_table_is_refused():
    with pytest.raises(DataError, match=r"expected a table of predictions.*got ndarray"):
        versus.confusion_table(np.eye(2))
    with pytest.raises(DataError, match="got columns cat, dog"):
        versus.confusion_table(pd.DataFrame({"cat": [1], "dog": [2]}))
    found = some_predictions(some_data())
    with pytest.raises(DataError, match="the table has no row"):
        versus.confusion_table(found[:0])
    with pytest.raises(DataError, match=r"expected counts, a row and a column a class.*\.\.\."):
        versus.class_report(found)
    with pytest.raises(DataError, match="at least one picture"):
        versus.draw_confusion(versus.confusion_table(found) * 0)


def test_pictures_of_other_data_are_refused():
    data, found = some_data(), some_predictions(some_data())
    moved = found.set_axis(np.arange(30) + 1)
    with pytest.raises(DataError, match="are not of pets, test"):
        versus.draw_pictures(moved, data, right=True)
    with pytest.raises(UnknownNameError, match="no split is called 'tets'"):
        versus.draw_pictures(found, data, right=True, split="tets")
    with pytest.raises(ConfigurationError, match="expected 1 to 400 pictures; got 0 rows of 3"):
        versus.draw_pictures(found, data, right=True, rows=0)
    with pytest.raises(DataError, match="these have 2 channels"):
        versus.draw_pictures(found, some_data(2), right=True)
