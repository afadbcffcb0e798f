"""Training of a model that scikit-learn learns in one go: an epoch without steps."""

import time
from collections.abc import Sequence
from typing import Any

from versus.backend import keras
from versus.data.dataset import Split
from versus.errors import ConfigurationError
from versus.models.cost import Cost, cost
from versus.models.estimator import Estimator
from versus.training.batches import epoch_order
from versus.training.compilation import make_loss, targets
from versus.training.history import History
from versus.training.inference import outputs
from versus.training.recipe import ESTIMATOR, Recipe
from versus.training.watch import Watch


def is_estimator(model: keras.Model, recipe: Recipe | None = None) -> bool:
    """Return whether scikit-learn learns `model`.

    Raises:
        ConfigurationError: the recipe is one of the other kind.
    """
    found = isinstance(model, Estimator)
    if recipe is not None and found != (recipe.optimizer == ESTIMATOR):
        raise ConfigurationError(
            f"model '{model.name}' is learned by scikit-learn, in one go: it needs "
            f"Recipe(optimizer='{ESTIMATOR}'); got {recipe.describe()}"
            if found
            else f"Recipe.optimizer {ESTIMATOR} is for models that scikit-learn learns, such as "
            f"svm; '{model.name}' is a Keras model: name a Keras optimizer"
        )
    return found


def learned(model: keras.Model) -> keras.Model:
    """Return the Keras model of what an Estimator has learned; any other model as it is."""
    return model.learned or model if isinstance(model, Estimator) else model


def settled(model: keras.Model) -> tuple[keras.Model, Cost]:
    """Return `learned`, and what it costs: that may be known only once it has learned."""
    found = learned(model)
    return found, cost(found)


def fit(
    model: keras.Model,
    recipe: Recipe,
    train: Split,
    validation: Split | None,
    *,
    seed: int,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> History:
    """Let an Estimator learn from all training pictures at once; arguments as `reference.fit`.

    The seed decides in which order it is given them. It cannot be saved on the way.
    """
    assert isinstance(model, Estimator)  # noqa: S101
    watch = Watch()
    model.stop_training = False
    listeners = keras.callbacks.CallbackList(
        [watch, *callbacks], add_history=True, model=model, epochs=1, steps=1
    )
    start = time.perf_counter()
    listeners.on_train_begin()
    listeners.on_epoch_begin(0)
    order = epoch_order(seed, 0, len(train))
    model.learn(train.images[order], train.labels[order])
    logs = _measure(model, recipe, train)
    if validation is not None:
        logs |= {f"val_{key}": value for key, value in _measure(model, recipe, validation).items()}
    listeners.on_epoch_end(0, logs)
    listeners.on_train_end(logs)
    return History.from_keras(model.history, watch.seconds, time.perf_counter() - start)


def _measure(model: keras.Model, recipe: Recipe, split: Split) -> dict[str, float]:
    found = outputs(learned(model), split.images)
    loss: Any = make_loss(recipe)(targets(split.labels, found.shape[1], recipe.loss), found)
    right = (found.argmax(axis=1) == split.labels).mean()
    return {"loss": float(loss), "accuracy": float(right)}
