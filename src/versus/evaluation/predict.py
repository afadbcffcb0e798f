"""From a model and pictures to Predictions, and to the two numbers that Keras reports."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from versus.backend import keras
from versus.data.dataset import Dataset, Split
from versus.evaluation.metrics import accuracy
from versus.evaluation.predictions import Predictions
from versus.models.build import check_model
from versus.training.compilation import make_loss, targets
from versus.training.recipe import Recipe

if TYPE_CHECKING:
    import pandas as pd

# How many pictures go through the model at once.
BATCH = 500
QUIET: Any = 0  # Keras takes 0, but its annotation knows "auto" only


def predict_split(
    model: keras.Model,
    split: Split,
    classes: tuple[str, ...],
    *,
    indices: npt.NDArray[np.int64] | None = None,
    from_logits: bool = False,
) -> Predictions:
    """Run `model` over the pictures of `split`, in float32 and without dropout.

    Args:
        model: takes images `[n, height, width, channels]`, gives `[n, classes]`.
        split: pictures and labels.
        classes: one name a column.
        indices: of the pictures in the split they were taken from; 0 to n-1 where None.
        from_logits: the model ends without softmax, which is then applied here.

    Raises:
        ModelError: the outputs are no probabilities.
    """
    outputs = np.asarray(model.predict(split.images, batch_size=BATCH, verbose=QUIET))
    if from_logits:
        outputs = softmax(outputs.astype(np.float64), axis=1)
    if indices is None:
        indices = np.arange(len(split), dtype=np.int64)
    return Predictions(outputs.astype(np.float32), split.labels, indices, classes)


def objective(model: keras.Model, predictions: Predictions, recipe: Recipe) -> float:
    """Return the loss that Keras's `evaluate` reports: the recipe's loss plus weight penalties.

    Computed from the stored probabilities, so nothing runs twice.
    """
    # Probabilities have left the logits behind; the loss of the same name takes them as they are.
    loss: Any = make_loss(Recipe.from_dict({**recipe.to_dict(), "from_logits": False}))
    wanted = targets(predictions.labels, len(predictions.classes), recipe.loss)
    value = float(loss(wanted, predictions.probabilities))
    return value + sum(float(penalty.detach()) for penalty in model.losses)


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
    check_model(model, data.input_shape, len(data.classes), model.name)
    return predict_split(model, data.test, data.classes, from_logits=from_logits).frame()


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
    recipe = recipe or Recipe()
    check_model(model, data.input_shape, len(data.classes), model.name)
    found = predict_split(model, data.test, data.classes, from_logits=recipe.from_logits)
    return {"loss": objective(model, found, recipe), "accuracy": accuracy(found)}
