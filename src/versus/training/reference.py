"""Training by Keras's own `fit`: slow, and by definition right. The oracle of every faster way."""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np

from versus import seeding
from versus.backend import isolated, keras
from versus.data.dataset import Split
from versus.errors import ConfigurationError
from versus.training.batches import Batches
from versus.training.checkpoint import Checkpoint
from versus.training.compilation import make_loss, make_optimizer, targets
from versus.training.groups import apply_groups
from versus.training.history import History
from versus.training.identity import identity
from versus.training.keras_resume import ResumableCallbacks
from versus.training.recipe import Recipe
from versus.training.saver import Saver
from versus.training.watch import VALIDATION_BATCH, Watch, early_stopping, seed_layers


def fit(
    model: keras.Model,
    recipe: Recipe,
    train: Split,
    validation: Split | None,
    *,
    seed: int,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    verbose: int | str = 0,
    checkpoint: Checkpoint | None = None,
) -> History:
    """Train `model` in place as `recipe` says, with Keras's own loop.

    The order of the pictures follows from (`seed`, epoch); dropout and whatever else a layer
    draws follow from `seed`; initial weights are those the model came with.

    Args:
        model: built; compiled here, so that whatever it was compiled with is replaced.
        recipe: optimizer, loss, batch size, epochs, early stopping.
        train: images uint8 `[n, height, width, channels]`, labels int64 `[n]`.
        validation: measured after each epoch, never trained on; None for no validation.
        seed: of the run.
        callbacks: Keras callbacks, called as Keras calls them.
        verbose: what Keras prints: 0, 1, 2 or "auto".
        checkpoint: where the training's state is kept, and taken up: see `why_not_saved`.

    Raises:
        ConfigurationError: Keras refuses an option of the recipe, its precision is not float32,
            or a class weight is of a class that the model has not.
        DivergedError: the loss of an epoch is not finite.
        TrainingError: the checkpoint cannot be taken up.
    """
    if recipe.precision != "float32":
        raise ConfigurationError(
            f"precision {recipe.precision} is for versus's engine; Keras's fit computes in the "
            "model's own dtype policy"
        )
    classes = int(model.output_shape[-1])
    unknown = [number for number in recipe.class_weight or {} if number >= classes]
    if unknown:
        raise ConfigurationError(
            f"Recipe.class_weight: expected classes 0 to {classes - 1}; got {unknown[0]}"
        )
    wanted = targets(train.labels, classes, recipe.loss)
    batches = Batches(train, wanted, recipe.batch_size, seed)
    watch = Watch()
    with isolated(seeding.integer(seed, "training")), ExitStack() as stack:
        seed_layers(model, seed)
        model.compile(make_optimizer(recipe), make_loss(recipe), metrics=["accuracy"])
        groups = apply_groups(model, recipe)
        given: Any = [_Order(batches), watch, *groups, *early_stopping(recipe), *callbacks]
        first = 0
        if checkpoint is not None:
            given.append(keras.callbacks.History())
            what = identity("keras", model, recipe, train, validation, seed)
            saver = stack.enter_context(Saver(checkpoint, what, given))
            given = _resumable(given, saver, model, recipe, batches, verbose)
            first = given.first_epoch
        start = time.perf_counter()
        fitted = model.fit(
            batches,
            epochs=recipe.epochs,
            initial_epoch=first,
            shuffle=False,  # Batches draws its own order
            validation_data=_arrays(validation, classes, recipe.loss),
            validation_batch_size=VALIDATION_BATCH,
            class_weight=recipe.class_weight,
            callbacks=given,
            verbose=verbose,  # pyright: ignore[reportArgumentType]
        )
        seconds = watch.before + time.perf_counter() - start
    return History.from_keras(fitted, watch.seconds, seconds)


def why_not_saved(model: keras.Model) -> str:
    """Return why a training of `model` by Keras's `fit` cannot be saved; "" if it can."""
    own = type(model).fit is not keras.Model.fit
    return "it has a fit of its own" if own else ""


def _resumable(
    callbacks: list[keras.callbacks.Callback],
    saver: Saver,
    model: keras.Model,
    recipe: Recipe,
    batches: Batches,
    verbose: int | str,
) -> ResumableCallbacks:
    """Return the list that Keras would make of these callbacks, able to save and to go on."""
    return ResumableCallbacks(
        callbacks,
        saver,
        saver.begin(),
        _example(batches, recipe),
        add_progbar=verbose != 0,
        model=model,
        verbose=1 if verbose == "auto" else verbose,
        epochs=recipe.epochs,
        steps=len(batches),
    )


def _example(batches: Batches, recipe: Recipe) -> list[Any]:
    """Return a batch as Keras gives it to a train_step: with a weight a picture, or without."""
    images, wanted = batches[0]
    weights = [] if recipe.class_weight is None else [np.ones(len(images), np.float32)]
    return [images, wanted, *weights]


class _Order(keras.callbacks.Callback):
    """Tells the batches which epoch begins."""

    def __init__(self, batches: Batches) -> None:
        super().__init__()
        self._batches = batches

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._batches.start_epoch(epoch)


def _arrays(split: Split | None, classes: int, loss: str) -> tuple[Any, Any] | None:
    return None if split is None else (split.images, targets(split.labels, classes, loss))
