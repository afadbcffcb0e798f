"""Which engine trains a model: versus's own, or Keras's `fit` where only that keeps the meaning."""

import logging
from collections.abc import Sequence
from typing import Literal

from versus.backend import keras
from versus.data.dataset import Split
from versus.training import engine as versus_engine
from versus.training import estimators, reference
from versus.training.checkpoint import Checkpoint
from versus.training.compilation import make_optimizer
from versus.training.groups import group_layers
from versus.training.history import History
from versus.training.lowering.graph import why_not
from versus.training.recipe import Recipe

EngineName = Literal["versus", "keras"]
Trainer = Literal["versus", "keras", "scikit-learn"]
logger = logging.getLogger("versus")


def choose_engine(
    model: keras.Model, asked: Trainer = "versus", recipe: Recipe | None = None
) -> tuple[Trainer, str]:
    """Return the engine that trains `model` as `recipe` says, and why it is not the one asked for.

    The reason is "" if it is, and for a model that scikit-learn learns: no other could.

    Raises:
        ConfigurationError: the recipe is for models of another kind.
    """
    if estimators.is_estimator(model, recipe):
        return "scikit-learn", ""
    reason = ""
    if asked == "versus":
        weighted = recipe is not None and recipe.class_weight is not None
        reason = why_not(model) or ("the recipe has class weights" if weighted else "")
    return ("keras", reason) if reason else (asked, "")


def check_recipe(model: keras.Model, recipe: Recipe) -> None:
    """Raise VersusError unless `recipe` can train `model`, as far as can be told before it does."""
    if not estimators.is_estimator(model, recipe):
        make_optimizer(recipe)
        group_layers(model, recipe)


def train(
    model: keras.Model,
    recipe: Recipe,
    data: Split,
    validation: Split | None,
    *,
    seed: int,
    engine: Trainer = "versus",
    callbacks: Sequence[keras.callbacks.Callback] = (),
    verbose: int | str = 0,
    checkpoint: Checkpoint | None = None,
) -> History:
    """Train `model` in place with the engine asked for, or with Keras's own where that must be.

    Arguments as `reference.fit`; a model or recipe that the engine cannot train is said aloud, as
    a warning of the logger "versus".
    """
    name, reason = choose_engine(model, engine, recipe)
    if reason:
        logger.warning("%s is trained by Keras's own fit: %s", model.name, reason)
    if name == "scikit-learn":
        return estimators.fit(model, recipe, data, validation, seed=seed, callbacks=callbacks)
    unsaved = reference.why_not_saved(model) if name == "keras" else ""
    if checkpoint is not None and unsaved:
        logger.warning("%s is not saved on the way (%s): it starts anew", model.name, unsaved)
        checkpoint = None
    fit = versus_engine.fit if name == "versus" else reference.fit
    return fit(
        model,
        recipe,
        data,
        validation,
        seed=seed,
        callbacks=callbacks,
        verbose=verbose,
        checkpoint=checkpoint,
    )
