"""Out-of-fold predictions: every picture is predicted by a model that was not trained on it."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from versus import seeding
from versus.data.dataset import Dataset, Split, frozen
from versus.errors import ConfigurationError, DataError
from versus.evaluation.predict import measure
from versus.models.build import build
from versus.training.engines import train
from versus.training.recipe import Recipe

MODEL = "cnn-pool"
RECIPE = Recipe(epochs=5)
"""Few epochs on purpose: a model trained to the end has learned wrong labels by heart."""
FOLDS = 5

Ended = Callable[[int, int], None]


def out_of_fold(
    dataset: Dataset,
    *,
    folds: int = FOLDS,
    seed: int = 0,
    model: str = MODEL,
    recipe: Recipe = RECIPE,
    ended: Ended | None = None,
) -> npt.NDArray[np.float32]:
    """Return probabilities of every picture of all splits, by a model trained on other folds.

    The pictures of all splits are taken together, and each class is dealt out evenly.

    Args:
        dataset: its splits are taken in their order.
        folds: how many models are trained.
        seed: of the dealing ("folds") and of the training of each fold.
        model: a MODEL.
        recipe: how it is trained.
        ended: is told after each fold how many are done, and of how many.

    Returns:
        float32 `[n, classes]`, the splits one after the other.

    Raises:
        ConfigurationError: there are fewer than two folds.
        DataError: a class has fewer than two pictures in all.
    """
    whole = together(dataset)
    fold = deal(whole.labels, folds, seed, dataset.classes)
    found = np.empty((len(whole), len(dataset.classes)), np.float32)
    for number in range(folds):
        held_out = np.flatnonzero(fold == number)
        if len(held_out):
            net = build(model, dataset.input_shape, len(dataset.classes), seed)
            train(net, recipe, whole.take(np.flatnonzero(fold != number)), None, seed=seed)
            measured = measure(net, whole.take(held_out), dataset.classes, recipe)
            found[held_out] = measured.predictions.probabilities
        if ended is not None:
            ended(number + 1, folds)
    return found


def together(dataset: Dataset) -> Split:
    """Return the pictures of all splits as one, in their order."""
    splits = list(dataset.splits.values())
    return Split(
        frozen(np.concatenate([split.images for split in splits])),
        frozen(np.concatenate([split.labels for split in splits])),
    )


def deal(
    labels: npt.NDArray[np.int64], folds: int, seed: int, classes: tuple[str, ...]
) -> npt.NDArray[np.int64]:
    """Return the fold of each picture, each class dealt out evenly in an order drawn by `seed`.

    Raises:
        ConfigurationError: there are fewer than two folds.
        DataError: a class has a single picture, which no model could both learn and be asked.
    """
    if folds < 2:
        raise ConfigurationError(f"folds: expected two or more; got {folds}")
    counts = np.bincount(labels, minlength=len(classes))
    if (counts == 1).any():
        name = classes[int(np.flatnonzero(counts == 1)[0])]
        raise DataError(
            f"class {name} has a single picture: no model that has not seen it can know the class; "
            "give it more pictures, or leave the class out"
        )
    order = seeding.stream(seed, "folds").permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    fold = np.empty(len(labels), np.int64)
    fold[order] = np.arange(len(labels)) % folds
    return fold
