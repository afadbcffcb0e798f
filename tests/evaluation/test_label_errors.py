"""Suspected labels: those that were changed on purpose are found, by predictions out of fold."""

import numpy as np
import pytest

from versus.data.dataset import Dataset, Split
from versus.errors import ConfigurationError, DataError
from versus.evaluation.label_errors import find_label_errors
from versus.evaluation.out_of_fold import deal, out_of_fold, together
from versus.training.recipe import Recipe

RECIPE = Recipe(epochs=6, batch_size=8, learning_rate=0.01)


@pytest.fixture(scope="module")
def changed(tiny):
    """The tiny set with three labels of train and one of test changed."""
    pytest.importorskip("cleanlab")
    train, test = np.array(tiny.train.labels), np.array(tiny.test.labels)
    for labels, rows in ((train, (5, 40, 77)), (test, (11,))):
        labels[list(rows)] = (labels[list(rows)] + 1) % 3
    splits = Split(tiny.train.images, train), Split(tiny.test.images, test)
    return Dataset("changed", tiny.classes, *splits)


@pytest.fixture(scope="module")
def probabilities(changed):
    return out_of_fold(changed, folds=3, recipe=RECIPE)


def test_changed_labels_are_found_the_most_suspect_first(changed, probabilities, tiny):
    found = find_label_errors(changed, probabilities)
    places = {(suspect.split, suspect.row) for suspect in found.suspects}
    assert places == {("train", 5), ("train", 40), ("train", 77), ("test", 11)}
    assert found.counts == {"train": 3, "test": 1}
    qualities = [suspect.quality for suspect in found.suspects]
    assert qualities == sorted(qualities)
    for suspect in found.suspects:
        right = tiny.splits[suspect.split].labels[suspect.row]
        assert suspect.suggested == tiny.classes[right]
        assert suspect.given == changed.classes[changed.splits[suspect.split].labels[suspect.row]]


def test_the_same_seed_gives_the_same_bits(changed, probabilities):
    told = []
    again = out_of_fold(changed, folds=3, recipe=RECIPE, ended=lambda *at: told.append(at))
    assert np.array_equal(again, probabilities)
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_no_picture_is_predicted_by_a_model_that_saw_it(changed, monkeypatch):
    seen, asked = [], []
    monkeypatch.setattr(
        "versus.evaluation.out_of_fold.train",
        lambda net, recipe, data, validation, seed: seen.append(data.images.tobytes()),
    )
    from versus.evaluation import out_of_fold as module

    measure = module.measure

    def measured(net, split, *rest):
        asked.append(split.images)
        return measure(net, split, *rest)

    monkeypatch.setattr(module, "measure", measured)
    out_of_fold(changed, folds=4)
    assert sum(map(len, asked)) == len(together(changed))
    for trained, pictures in zip(seen, asked, strict=True):
        assert not any(picture.tobytes() in trained for picture in pictures)


def test_each_class_is_dealt_out_evenly():
    labels = np.repeat([0, 1, 2], [50, 11, 7])
    fold = deal(labels, 5, 0, ("a", "b", "c"))
    for label in range(3):
        counts = np.bincount(fold[labels == label], minlength=5)
        assert counts.max() - counts.min() <= 1
    assert not np.array_equal(fold, deal(labels, 5, 1, ("a", "b", "c")))


def test_a_class_of_a_single_picture_is_refused():
    with pytest.raises(DataError, match="class b has a single picture"):
        deal(np.array([0, 0, 1]), 2, 0, ("a", "b"))
    with pytest.raises(ConfigurationError, match="folds: expected two or more; got 1"):
        deal(np.array([0, 0]), 1, 0, ("a", "b"))


def test_a_class_without_pictures_does_no_harm(changed, probabilities):
    classes = (*changed.classes, "none")
    wider = Dataset("wider", classes, changed.train, changed.test)
    more = np.concatenate([probabilities * 0.99, np.full((len(probabilities), 1), 0.01)], axis=1)
    assert len(find_label_errors(wider, more.astype(np.float32)).suspects) == 4
