"""Training by Keras's own `fit`: slow, and by definition right. The oracle of every faster way."""

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

from versus import seeding
from versus.backend import isolated, keras
from versus.data.dataset import Split
from versus.errors import TrainingError
from versus.training.batches import Batches
from versus.training.compilation import make_loss, make_optimizer, targets
from versus.training.history import History
from versus.training.recipe import Recipe

# How many validation pictures go through the model at once; no result depends on it but speed.
VALIDATION_BATCH = 500


def fit(
    model: keras.Model,
    recipe: Recipe,
    train: Split,
    validation: Split | None,
    *,
    seed: int,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    verbose: int | str = 0,
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

    Raises:
        ConfigurationError: Keras refuses an option of the recipe.
        TrainingError: the loss of an epoch is not finite.
    """
    classes = int(model.output_shape[-1])
    wanted = targets(train.labels, classes, recipe.loss)
    batches = Batches(train, wanted, recipe.batch_size, seed)
    watch = _Watch(batches)
    with isolated(seeding.integer(seed, "training")):
        _seed_layers(model, seed)
        model.compile(make_optimizer(recipe), make_loss(recipe), metrics=["accuracy"])
        start = time.perf_counter()
        fitted = model.fit(
            batches,
            epochs=recipe.epochs,
            shuffle=False,  # Batches draws its own order
            validation_data=_arrays(validation, classes, recipe.loss),
            validation_batch_size=VALIDATION_BATCH,
            callbacks=[watch, *_early_stopping(recipe), *callbacks],
            verbose=verbose,  # pyright: ignore[reportArgumentType]
        )
        seconds = time.perf_counter() - start
    history = {key: [float(value) for value in values] for key, values in fitted.history.items()}
    return History(history, list(fitted.epoch), watch.seconds, seconds)


class _Watch(keras.callbacks.Callback):
    """Orders and times each epoch, and ends a training whose loss is no number any more."""

    def __init__(self, batches: Batches) -> None:
        super().__init__()
        self._batches = batches
        self.seconds: list[float] = []
        self._start = 0.0

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._batches.start_epoch(epoch)
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        self.seconds.append(time.perf_counter() - self._start)
        loss = float((logs or {}).get("loss", 0.0))
        if not math.isfinite(loss):
            raise TrainingError(
                f"the training loss became {loss} in epoch {epoch + 1}: "
                "try a smaller learning rate, and look at the scale of the input"
            )


def _seed_layers(model: keras.Model, seed: int) -> None:
    """Start each random layer of `model` (dropout, augmentation) from a stream of its own."""
    states = [v for v in model.variables if v.path.endswith("seed_generator_state")]
    for number, state in enumerate(states):
        state.assign([seeding.integer(seed, "dropout", number), 0])


def _arrays(split: Split | None, classes: int, loss: str) -> tuple[Any, Any] | None:
    return None if split is None else (split.images, targets(split.labels, classes, loss))


def _early_stopping(recipe: Recipe) -> list[keras.callbacks.Callback]:
    rule = recipe.early_stopping
    return [keras.callbacks.EarlyStopping(**rule.to_dict())] if rule else []
