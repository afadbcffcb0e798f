"""From a Recipe's words to Keras's optimizer and loss objects."""

from typing import Any

import numpy as np
import numpy.typing as npt

from versus.backend import keras
from versus.errors import ConfigurationError
from versus.training.recipe import LOSSES, OPTIMIZERS, Recipe, Schedule


def make_optimizer(recipe: Recipe) -> keras.optimizers.Optimizer:
    """Return the Keras optimizer that `recipe` names.

    Raises:
        ConfigurationError: Keras does not take one of its options; its own words are passed on.
    """
    config: dict[str, Any] = dict(recipe.optimizer_options)
    rate = recipe.learning_rate
    try:
        if isinstance(rate, Schedule):
            config["learning_rate"] = getattr(keras.optimizers.schedules, rate.name)(**rate.options)
        elif rate is not None:
            config["learning_rate"] = rate
        return getattr(keras.optimizers, OPTIMIZERS[recipe.optimizer])(**config)
    except (TypeError, ValueError) as cause:
        message = str(cause).strip().splitlines()[0]
        raise ConfigurationError(f"Recipe.optimizer {recipe.optimizer}: {message}") from cause


def make_loss(recipe: Recipe) -> keras.losses.Loss:
    """Return the Keras loss that `recipe` names, mean over the batch."""
    options = {"from_logits": True} if recipe.from_logits else {}
    return getattr(keras.losses, LOSSES[recipe.loss])(**options)


def targets(labels: npt.NDArray[np.int64], classes: int, loss: str) -> npt.NDArray:
    """Return labels as `loss` wants them: int64 `[n]`, or one-hot float32 `[n, classes]`."""
    if loss.startswith("sparse_"):
        return labels
    return np.eye(classes, dtype=np.float32)[labels]


def build_metrics(model: keras.Model, recipe: Recipe) -> None:
    """Let a compiled model make its metrics, as Keras's `fit` does from its first batch.

    The engine counts by itself; but callbacks ask the metrics whether more or less is better.
    """
    classes = int(model.output_shape[-1])
    wanted = targets(np.zeros(1, np.int64), classes, recipe.loss)
    answer: Any = keras.ops.zeros((1, classes))
    model.compute_metrics(None, keras.ops.convert_to_tensor(wanted), answer)
    model.reset_metrics()
