"""Which engine trains a model: versus's own, or Keras's `fit` where only that keeps the meaning."""

import logging
from collections.abc import Sequence
from typing import Literal

from versus.backend import keras
from versus.data.dataset import Split
from versus.training import engine as versus_engine
from versus.training import reference
from versus.training.checkpoint import Checkpoint
from versus.training.history import History
from versus.training.lowering.graph import why_not
from versus.training.recipe import Recipe

EngineName = Literal["versus", "keras"]
logger = logging.getLogger("versus")


def choose_engine(
    model: keras.Model, asked: EngineName = "versus", recipe: Recipe | None = None
) -> tuple[EngineName, str]:
    """Return the engine that trains `model` as `recipe` says, and why it is not the one asked for.

    The reason is "" if it is.
    """
    reason = ""
    if asked == "versus":
        weighted = recipe is not None and recipe.class_weight is not None
        reason = why_not(model) or ("the recipe has class weights" if weighted else "")
    return ("keras", reason) if reason else (asked, "")


def train(
    model: keras.Model,
    recipe: Recipe,
    data: Split,
    validation: Split | None,
    *,
    seed: int,
    engine: EngineName = "versus",
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
