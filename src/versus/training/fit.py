"""`versus.fit`: train a Keras model on a Dataset as a Recipe says."""

from collections.abc import Sequence
from pathlib import Path

import numpy.typing as npt

from versus import seeding
from versus.backend import keras
from versus.data import splits
from versus.data.dataset import Dataset
from versus.errors import ConfigurationError, DataError
from versus.models.build import check_model
from versus.training.checkpoint import Checkpoint
from versus.training.engines import EngineName, train
from versus.training.history import History
from versus.training.recipe import Recipe


def fit(  # noqa: PLR0913  (each is what a Keras user looks for)
    model: keras.Model,
    data: Dataset,
    recipe: Recipe | None = None,
    *,
    seed: int = 0,
    validation_split: float = 0.2,
    validation_data: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    engine: EngineName = "versus",
    verbose: int | str = "auto",
    checkpoint: Checkpoint | Path | str | None = None,
) -> History:
    """Train `model` in place on the train split of `data`; the test split is not touched.

    Args:
        model: a Keras model that takes the pictures as they are, 0 to 255: scaling is a layer.
        data: what to learn from.
        recipe: loss, optimizer, batch size, epochs; `Recipe()` where None.
        seed: decides the order of the pictures and what dropout drops.
        validation_split: the fraction at the end of train that is only measured, not trained on,
            as Keras has it; 0 for none. Not used where `data` sets validation pictures apart
            itself, or with `validation_data`.
        validation_data: (images uint8, labels) to measure after each epoch instead.
        callbacks: Keras callbacks.
        engine: "versus" trains with versus's own engine, and with Keras's `fit` (saying so) where
            only that keeps the model's meaning; "keras" always with Keras's `fit`.
        verbose: what Keras prints: 0, 1, 2 or "auto".
        checkpoint: a folder in which the training's state is kept every 30 s and on Ctrl-C, so
            that the same call goes on there and ends with the same bits; a `Checkpoint` says how
            often. It stays when the training has ended, so that the same call gives the same back.

    Returns:
        History with Keras's keys: loss, accuracy, val_loss, val_accuracy.

    Raises:
        DataError: `validation_data` does not fit `data`.
        ModelError: the model does not fit the data.
        ConfigurationError: a value of the recipe, the seed or the fraction cannot be; or something
            in the recipe would never act: early stopping on validation pictures that are not there,
            a group of layers that begins after the last epoch.
        DivergedError: the loss is not finite any more.
        TrainingError: the checkpoint is of another training. Weights are not compared: those of
            the checkpoint take the place of the model's, so that a model goes on after Ctrl-C.

    Example:
        >>> data = versus.load("digits")
        >>> history = versus.fit(model, data, versus.Recipe(epochs=5), seed=1)
        >>> history.frame()
    """
    check_fits(model, data)
    part, validation = data.train, data.validation
    if validation_data is not None:
        given = Dataset.from_arrays(validation_data, validation_data, classes=data.classes)
        if given.input_shape != data.input_shape:
            theirs, ours = ("x".join(map(str, d.input_shape)) for d in (given, data))
            raise DataError(
                f"validation_data: expected pictures of {ours}, as {data.name} has; got {theirs}"
            )
        validation = given.train
    elif validation is None and validation_split != 0:
        if not 0 < validation_split < 1:
            raise ConfigurationError(
                f"validation_split: expected a fraction from 0 to below 1; got {validation_split}"
            )
        kept, held_out = splits.tail(len(part), validation_split)
        part, validation = part.take(kept), part.take(held_out)
    recipe = recipe or Recipe()
    _check_acts(recipe, validated=validation is not None)
    return train(
        model,
        recipe,
        part,
        validation,
        seed=seeding.check_seed(seed),
        engine=engine,
        callbacks=callbacks,
        verbose=verbose,
        checkpoint=_checkpoint(checkpoint),
    )


def _check_acts(recipe: Recipe, *, validated: bool) -> None:
    """Raise ConfigurationError where something in the recipe would silently do nothing."""
    stop = recipe.early_stopping
    if stop is not None and stop.monitor.startswith("val_") and not validated:
        raise ConfigurationError(
            f"early_stopping watches {stop.monitor}, but no validation pictures are set apart: "
            "give validation_split or validation_data, or monitor 'loss'"
        )
    for group in recipe.groups or ():
        if group.after >= recipe.epochs:
            raise ConfigurationError(
                f"groups: the layers '{group.layers}' would never train: they begin after "
                f"{group.after} epochs, and epochs is {recipe.epochs}"
            )


def _checkpoint(given: Checkpoint | Path | str | None) -> Checkpoint | None:
    return given if given is None or isinstance(given, Checkpoint) else Checkpoint(given)


def check_fits(model: keras.Model, data: Dataset) -> None:
    """Raise DataError unless `data` is a Dataset, ModelError unless `model` is a model for it."""
    if not isinstance(data, Dataset):
        raise DataError(
            f"expected a Dataset (versus.load, Dataset.from_arrays); got {type(data).__name__}"
        )
    name = getattr(model, "name", type(model).__name__)
    check_model(model, data.input_shape, len(data.classes), name)
