"""From a model and pictures to Predictions, and to the two numbers that Keras reports."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from versus.backend import keras
from versus.data.dataset import Dataset, Split
from versus.evaluation.metrics import accuracy
from versus.evaluation.predictions import Predictions
from versus.training.compilation import make_loss, targets
from versus.training.fit import check_fits
from versus.training.inference import outputs
from versus.training.recipe import Recipe

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Measured:
    """What a model says of some pictures.

    Attributes:
        predictions: its probabilities, with labels and indices.
        loss: what Keras's `evaluate` reports: the recipe's loss plus weight penalties.
    """

    predictions: Predictions
    loss: float


def measure(
    model: keras.Model,
    split: Split,
    classes: tuple[str, ...],
    recipe: Recipe,
    *,
    indices: npt.NDArray[np.int64] | None = None,
) -> Measured:
    """Run `model` over the pictures of `split`, in float32 and without dropout.

    By the engine's program where the model can be lowered, else by Keras's own `predict`.

    Args:
        model: takes images `[n, height, width, channels]`, gives `[n, classes]`.
        split: pictures and labels.
        classes: one name a column.
        recipe: names the loss, and says whether the model ends in logits.
        indices: of the pictures in the split they were taken from; 0 to n-1 where None.

    Raises:
        ModelError: the outputs are no probabilities, and the recipe does not call them logits.
    """
    found = outputs(model, split.images)
    if indices is None:
        indices = np.arange(len(split), dtype=np.int64)
    probabilities = softmax(found.astype(np.float64), axis=1) if recipe.from_logits else found
    predictions = Predictions(probabilities.astype(np.float32), split.labels, indices, classes)
    loss: Any = make_loss(recipe)
    wanted = targets(split.labels, len(classes), recipe.loss)
    penalty = sum(float(value.detach()) for value in model.losses)
    return Measured(predictions, float(loss(wanted, found)) + penalty)


def predict(model: keras.Model, data: Dataset, *, from_logits: bool = False) -> "pd.DataFrame":
    """Return the probability of every class for each test picture of `data`, and the argmax.

    Args:
        model: a trained Keras model.
        data: its test split is predicted.
        from_logits: the model ends without softmax, which is then applied.

    Returns:
        One row a picture; one column a class, float32; then `predicted` (the class of the largest
        probability, never rounded), `label` and `correct`.

    Raises:
        ModelError: the model does not fit the data, or its outputs are no probabilities.

    Example:
        >>> versus.predict(model, versus.load("digits")).head()
    """
    check_fits(model, data)
    recipe = Recipe(from_logits=from_logits)
    return measure(model, data.test, data.classes, recipe).predictions.frame()


def evaluate(model: keras.Model, data: Dataset, recipe: Recipe | None = None) -> dict[str, float]:
    """Return loss and accuracy on the test split of `data`, under Keras's keys.

    Args:
        model: a trained Keras model.
        data: its test split is used.
        recipe: names the loss; `Recipe()`, so categorical crossentropy, where None.

    Returns:
        {"loss": ..., "accuracy": ...}; the loss includes weight penalties, as in Keras.

    Raises:
        ModelError: the model does not fit the data, or its outputs are no probabilities.
    """
    check_fits(model, data)
    found = measure(model, data.test, data.classes, recipe or Recipe())
    return {"loss": found.loss, "accuracy": accuracy(found.predictions)}
