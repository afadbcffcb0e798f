"""The engine: Keras's training loop over the lowered model, in one process, on one device."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from versus import seeding
from versus.backend import device_name, isolated, keras, torch
from versus.data.dataset import Split
from versus.errors import ConfigurationError, TrainingError
from versus.training.batches import epoch_order
from versus.training.compilation import make_loss, make_optimizer
from versus.training.features import Features
from versus.training.history import History
from versus.training.inference import batch_rows
from versus.training.losses import (
    Loss,
    SoftmaxCrossentropy,
    crossentropy,
    loss_function,
    penalties,
)
from versus.training.lowering.native import Source
from versus.training.lowering.program import Program, lower
from versus.training.memory import keep_memory
from versus.training.optimizers import Updater
from versus.training.recipe import Recipe
from versus.training.watch import Watch, early_stopping, seed_layers


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
    """Train `model` in place as `recipe` says; arguments and meaning as `reference.fit`.

    Dropout masks come from a faster generator than Keras's, so two trainings agree in
    distribution, not bit by bit; without dropout they agree up to rounding.

    Raises:
        ConfigurationError: Keras refuses an option of the recipe, or it has class weights.
        TrainingError: the loss of a step is not finite.
    """
    if recipe.class_weight is not None:
        raise ConfigurationError(
            "Recipe.class_weight is for Keras's own fit (engine='keras'); versus's engine weighs "
            "all classes the same"
        )
    keep_memory()
    with isolated(seeding.integer(seed, "training")):
        seed_layers(model, seed)
        model.compile(make_optimizer(recipe), make_loss(recipe), metrics=["accuracy"])
        loop = _Loop(model, recipe, train, validation, seed)
        watch = Watch()
        listeners = keras.callbacks.CallbackList(
            [watch, *early_stopping(recipe), *callbacks],
            add_history=True,
            add_progbar=verbose != 0,
            model=model,
            verbose=1 if verbose == "auto" else verbose,
            epochs=recipe.epochs,
            steps=loop.steps,
        )
        start = time.perf_counter()
        loop.run(listeners)
        seconds = time.perf_counter() - start
    return History.from_keras(model.history, watch.seconds, seconds)


@dataclass
class _Sums:
    """Loss and correct answers summed over pictures."""

    count: int = 0
    loss: float = 0.0
    correct: Any = 0

    def add(self, loss: float, outputs: torch.Tensor, labels: torch.Tensor) -> None:
        self.count += len(labels)
        self.loss += loss * len(labels)
        self.correct = self.correct + (outputs.argmax(dim=1) == labels).sum()

    def logs(self, prefix: str = "") -> dict[str, float]:
        return {
            f"{prefix}accuracy": float(self.correct) / self.count,
            f"{prefix}loss": self.loss / self.count,
        }


class _Loop:
    def __init__(
        self,
        model: keras.Model,
        recipe: Recipe,
        train: Split,
        validation: Split | None,
        seed: int,
    ) -> None:
        self._model, self._recipe, self._seed = model, recipe, seed
        self._train = _tensors(train)
        self._validation = None if validation is None else _tensors(validation)
        program: Program = lower(model, _mask_source(seed))
        pictures = None if self._validation is None else self._validation[0]
        self._features = Features(program, self._train[0], pictures, recipe.precision)
        self._loss: Loss = loss_function(recipe)
        self._fused = self._loss is crossentropy and program.ends_in_softmax
        self.steps = -(-len(train) // recipe.batch_size)

    def run(self, listeners: Any) -> None:
        """Train all epochs, or until a callback says stop."""
        model = self._model
        model.stop_training = False
        logs: dict[str, float] = {}
        listeners.on_train_begin()
        for epoch in range(self._recipe.epochs):
            listeners.on_epoch_begin(epoch)
            logs = self._epoch(epoch, listeners).logs()
            if self._validation is not None:
                listeners.on_test_begin()
                logs |= self._validate().logs("val_")
                listeners.on_test_end(logs)
            listeners.on_epoch_end(epoch, logs)
            if model.stop_training:
                break
        listeners.on_train_end(logs)

    def _epoch(self, epoch: int, listeners: Any) -> _Sums:
        # A callback may have frozen or thawed layers since the last epoch.
        self._features.refresh(self._recipe.epochs - epoch)
        variables = self._model.trainable_variables
        weights = [variable.value for variable in variables]
        update = Updater(self._model.optimizer, variables)
        penalised = [variable for variable in variables if variable.regularizer is not None]
        told = [cb for cb in listeners.callbacks if _wants_batches(cb)]
        sums = _Sums()
        for number, rows in enumerate(self._batches(epoch)):
            for callback in told:
                callback.on_train_batch_begin(number)
                self._features.check()
            images = self._features.train.index_select(0, rows)
            labels = self._train[1].index_select(0, rows)
            loss, outputs = self._forward(images, labels, training=True)
            extra = penalties(penalised)
            loss = loss if extra is None else loss + extra
            value = float(loss.detach())
            _check_finite(value, epoch, number)
            if weights:
                update(torch.autograd.grad(loss, weights))
            sums.add(value, outputs, labels)
            for callback in told:
                callback.on_train_batch_end(number, sums.logs())
            if self._model.stop_training:
                break
        return sums

    def _forward(
        self, images: torch.Tensor, labels: torch.Tensor, *, training: bool
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the loss and the outputs of a batch, as float32 whatever it computes in.

        A program may write over what it is given: `images` is a copy of its own.
        """
        if not images.is_floating_point():  # features are floats already, maybe of half the width
            images = images.to(_float())
        reduced = training and self._recipe.precision == "bfloat16"
        with torch.autocast(images.device.type, dtype=torch.bfloat16, enabled=reduced):
            (found,) = self._features.program([images], training=training, logits=self._fused)
        if reduced:
            found = found.to(_float())
        if self._fused:
            return SoftmaxCrossentropy.apply(labels, found)
        return self._loss(labels, found), found

    def _batches(self, epoch: int) -> Sequence[torch.Tensor]:
        """Return the row numbers of each batch of an epoch."""
        order = torch.from_numpy(epoch_order(self._seed, epoch, len(self._train[1])))
        return order.to(self._train[1].device).split(self._recipe.batch_size)

    def _validate(self) -> _Sums:
        self._features.check()
        images = self._features.validation
        assert images is not None and self._validation is not None  # noqa: S101, PT018
        labels = self._validation[1]
        sums = _Sums()
        with torch.no_grad():
            extra = penalties(self._model.trainable_variables)
            at_once = batch_rows(self._features.program.graph)
            for start in range(0, len(labels), at_once):
                rows = slice(start, start + at_once)
                loss, outputs = self._forward(images[rows].clone(), labels[rows], training=False)
                value = float(loss if extra is None else loss + extra)
                sums.add(value, outputs, labels[rows])
        return sums


def _check_finite(value: float, epoch: int, step: int) -> None:
    """End a training before a loss that is no number gets into the weights."""
    if not math.isfinite(value):
        raise TrainingError(
            f"the training loss became {value} in epoch {epoch + 1}, step {step + 1}: "
            "try a smaller learning rate, and look at the scale of the input "
            "(the weights are those of the step before)"
        )


def _mask_source(seed: int) -> Source:
    """Return what dropout masks are drawn from: on the CPU numpy's generator, which is faster."""
    number = seeding.integer(seed, "masks")
    if device_name() == "cpu":
        return np.random.Generator(np.random.SFC64(number))
    return torch.Generator(device_name()).manual_seed(number)


def _tensors(split: Split) -> tuple[torch.Tensor, torch.Tensor]:
    """Return images and labels, all of them, on the device where Keras keeps the weights."""
    images, labels = torch.from_numpy(np.array(split.images)), np.array(split.labels)
    return images.to(device_name()), torch.from_numpy(labels).to(device_name())


def _float() -> torch.dtype:
    return getattr(torch, keras.config.floatx())


def _wants_batches(callback: keras.callbacks.Callback) -> bool:
    """Whether a callback has a batch hook of its own."""
    base = keras.callbacks.Callback
    hooks = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")
    return any(getattr(type(callback), hook) is not getattr(base, hook) for hook in hooks)
