"""The loop: Keras's training, step by step, over the lowered model."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from versus import seeding
from versus.backend import device_name, keras, torch
from versus.data.dataset import Split
from versus.errors import TrainingError
from versus.training.batches import epoch_order
from versus.training.features import Features
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
from versus.training.optimizers import Updater
from versus.training.recipe import Recipe


@dataclass
class Sums:
    """Loss and correct answers summed over pictures."""

    count: int = 0
    loss: float = 0.0
    correct: Any = 0

    def add(self, loss: float, outputs: torch.Tensor, labels: torch.Tensor) -> None:
        """Add a batch: its mean loss, its outputs `[n, classes]` and its labels int64 `[n]`."""
        self.count += len(labels)
        self.loss += loss * len(labels)
        self.correct = self.correct + (outputs.argmax(dim=1) == labels).sum()

    def logs(self, prefix: str = "") -> dict[str, float]:
        """Return the means, under Keras's keys."""
        return {
            f"{prefix}accuracy": float(self.correct) / self.count,
            f"{prefix}loss": self.loss / self.count,
        }


class Keeper:
    """Sees a training between its steps; this one does nothing."""

    def begin(self, loop: "Loop") -> None:
        """Before the first step."""

    def after_epoch_begin(self, loop: "Loop") -> None:
        """Before the first step of an epoch, after its callbacks."""

    def after_step(self, loop: "Loop") -> None:
        """After a step and its callbacks."""

    def after_epoch(self, loop: "Loop") -> None:
        """After an epoch, its validation and its callbacks."""


class Loop:
    """A training that can be left after any step, and taken up there.

    Attributes:
        epoch: the one under way, from 0.
        step: how many steps of it are done.
        sums: over the pictures of these steps.
        logs: what the last whole epoch gave.
        stopped: a callback has ended the training.
    """

    def __init__(
        self,
        model: keras.Model,
        recipe: Recipe,
        train: Split,
        validation: Split | None,
        seed: int,
    ) -> None:
        """Lower the model, which must be compiled.

        Args:
            model: trained in place.
            recipe: how.
            train: pictures and labels to learn from.
            validation: to measure after each epoch; None for none.
            seed: of the run.
        """
        self.model, self._recipe, self._seed = model, recipe, seed
        self.epoch = self.step = 0
        self.sums = Sums()
        self.logs: dict[str, float] = {}
        self.stopped = False
        self.epochs_to_save = 0  # set by who takes a training up: see Resuming
        self._train = _tensors(train)
        self._validation = None if validation is None else _tensors(validation)
        self.masks = mask_source(seed)
        program: Program = lower(model, self.masks)
        pictures = None if self._validation is None else self._validation[0]
        self.features = Features(program, self._train[0], pictures, recipe.precision)
        self._loss: Loss = loss_function(recipe)
        self._fused = self._loss is crossentropy and program.ends_in_softmax
        self.steps = -(-len(train) // recipe.batch_size)

    def run(self, listeners: Any, keeper: Keeper) -> None:
        """Train what is left of all epochs, or until a callback says stop.

        Args:
            listeners: Keras's list of callbacks.
            keeper: may set the state of the training before its first step, and see it after each.
        """
        self.model.stop_training = False
        listeners.on_train_begin()
        keeper.begin(self)
        while self.epoch < self._recipe.epochs and not self.stopped:
            listeners.on_epoch_begin(self.epoch)
            keeper.after_epoch_begin(self)
            self._epoch(listeners, keeper)
            self.logs = self.sums.logs()
            if self._validation is not None:
                listeners.on_test_begin()
                self.logs |= self._validate().logs("val_")
                listeners.on_test_end(self.logs)
            listeners.on_epoch_end(self.epoch, self.logs)
            self.epoch, self.step, self.sums = self.epoch + 1, 0, Sums()
            self.stopped = bool(self.model.stop_training)
            keeper.after_epoch(self)
        self.model.optimizer.finalize_variable_values(self.model.trainable_variables)
        listeners.on_train_end(self.logs)

    def _epoch(self, listeners: Any, keeper: Keeper) -> None:
        # A callback may have frozen or thawed layers since the last epoch.
        self.features.refresh(self.epochs_to_save or self._recipe.epochs - self.epoch)
        self.epochs_to_save = 0
        variables = self.model.trainable_variables
        update = Updater(self.model.optimizer, variables)
        told = [cb for cb in listeners.callbacks if _wants_batches(cb)]
        for rows in self._batches(self.epoch)[self.step :]:
            for callback in told:
                callback.on_train_batch_begin(self.step)
                self.features.check()
            self._step(rows, update)
            for callback in told:
                callback.on_train_batch_end(self.step, self.sums.logs())
            self.step += 1
            if self.model.stop_training:
                break
            keeper.after_step(self)

    def _step(self, rows: torch.Tensor, update: Updater) -> None:
        images = self.features.train.index_select(0, rows)
        labels = self._train[1].index_select(0, rows)
        loss, outputs = self._forward(images, labels, training=True)
        extra = penalties(update.variables)
        loss = loss if extra is None else loss + extra
        value = float(loss.detach())
        _check_finite(value, self.epoch, self.step)
        if update.weights:
            scaled = self.model.optimizer.scale_loss(loss)
            update(torch.autograd.grad(scaled, update.weights, allow_unused=True))
        self.sums.add(value, outputs, labels)

    def _forward(
        self, images: torch.Tensor, labels: torch.Tensor, *, training: bool
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the loss and the outputs of a batch, as float32 whatever it computes in."""
        # Features are floats already, maybe of half the width.
        images = images if images.is_floating_point() else images.to(_float())
        reduced = training and self._recipe.precision == "bfloat16"
        with torch.autocast(images.device.type, dtype=torch.bfloat16, enabled=reduced):
            (found,) = self.features.program([images], training=training, logits=self._fused)
        found = found.to(_float()) if reduced else found
        if self._fused:
            return SoftmaxCrossentropy.apply(labels, found)
        return self._loss(labels, found), found

    def _batches(self, epoch: int) -> Sequence[torch.Tensor]:
        """Return the row numbers of each batch of an epoch."""
        order = torch.from_numpy(epoch_order(self._seed, epoch, len(self._train[1])))
        return order.to(self._train[1].device).split(self._recipe.batch_size)

    def _validate(self) -> Sums:
        self.features.check()
        images = self.features.validation
        assert images is not None and self._validation is not None  # noqa: S101, PT018
        labels = self._validation[1]
        sums = Sums()
        with torch.no_grad():
            extra = penalties(self.model.trainable_variables)
            at_once = batch_rows(self.features.program.graph)
            for start in range(0, len(labels), at_once):
                rows = slice(start, start + at_once)
                loss, outputs = self._forward(images[rows], labels[rows], training=False)
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


def mask_source(seed: int) -> Source:
    """Return what the dropout masks of a training are drawn from, on the device it runs on."""
    number, device = seeding.integer(seed, "masks"), device_name()
    if device == "cpu":
        return np.random.Generator(np.random.SFC64(number))
    return torch.Generator(device).manual_seed(number)


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
    # LambdaCallback sets its hooks on the object, not on the class.
    own = (getattr(getattr(callback, hook), "__func__", None) for hook in hooks)
    return any(found is not getattr(base, hook) for found, hook in zip(own, hooks, strict=True))
