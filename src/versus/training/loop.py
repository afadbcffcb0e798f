"""The loop: Keras's training, step by step, over the lowered model."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from versus import seeding
from versus.backend import device_name, keras, torch
from versus.data.dataset import Split
from versus.data.memory_map import Reader, writable
from versus.training.batches import epoch_order
from versus.training.features import Features
from versus.training.hooks import BatchHooks
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
from versus.training.optimizers import Updater, find_updater
from versus.training.recipe import Recipe
from versus.training.sums import Sums, check_finite
from versus.training.watch import VALIDATION_BATCH


class Keeper:
    """Sees a training between its steps; this one does nothing."""

    def begin(self, loop: "Loop") -> None:
        """Before the first step."""

    def after_epoch_begin(self, loop: "Loop") -> None:
        """Before the first step of an epoch, after its callbacks."""

    def after_step(self, loop: "Loop") -> None:
        """After a step and its callbacks."""

    def before_validation(self, loop: "Loop") -> None:
        """After the last step of an epoch, before the validation pictures are measured."""

    def after_test_batch(self, loop: "Loop") -> None:
        """After a batch of validation pictures and its callbacks."""

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
        self._train, self._read = _tensors(train)
        self._validation, self._read_validation = (
            (None, self._read) if validation is None else _tensors(validation)
        )
        self.masks = mask_source(seed)
        program: Program = lower(model, self.masks)
        pictures = None if self._validation is None else self._validation[0]
        self.features = Features(program, self._train[0], pictures, recipe.precision)
        self._loss: Loss = loss_function(recipe)
        self._fused = self._loss is crossentropy and program.ends_in_softmax
        self.steps = -(-len(train) // recipe.batch_size)

    @property
    def ended(self) -> bool:
        """Whether no epoch is left to train."""
        return self.stopped or self.epoch >= self._recipe.epochs

    def run(self, listeners: Any, keeper: Keeper) -> None:
        """Train what is left of all epochs, or until a callback says stop.

        Args:
            listeners: Keras's list of callbacks.
            keeper: may set the state of the training before its first step, and see it after each.
        """
        # As Keras does, before a callback may freeze anything: what is thawed again later has its
        # place in the optimizer.
        if not self.model.optimizer.built:
            self.model.optimizer.build(self.model.trainable_variables)
        self.model.stop_training = False
        listeners.on_train_begin()
        keeper.begin(self)
        while not self.ended:
            listeners.on_epoch_begin(self.epoch)
            keeper.after_epoch_begin(self)
            self._epoch(listeners, keeper)
            self.logs = self.sums.logs()
            if self._validation is not None:
                keeper.before_validation(self)
                self.logs |= self._validate(listeners, keeper).logs("val_")
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
        update = find_updater(self.model, self.epoch)
        hooks = BatchHooks(listeners.callbacks, "train")
        for rows in self._batches(self.epoch)[self.step :]:
            if self.step and self.model.stop_training:
                break
            hooks.begin(self.step)
            if hooks.meddling:
                latest = find_updater(self.model, self.epoch, update)
                if latest is not update:  # a layer under the features may have been thawed
                    update = latest
                    self.features.refresh(1)
                self.features.check()
            self._step(rows, update)
            hooks.end(self.step, self.sums.logs)
            self.step += 1
            keeper.after_step(self)

    def _step(self, rows: torch.Tensor, update: Updater) -> None:
        images = self.features.train.index_select(0, rows)
        self._read.read(images.nbytes)
        labels = self._train[1].index_select(0, rows)
        loss, outputs = self._forward(images, labels, training=True)
        extra = penalties(update.variables)
        loss = loss if extra is None else loss + extra
        value = float(loss.detach())
        check_finite(value, self.epoch, self.step)
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

    def _validate(self, listeners: Any, keeper: Keeper) -> Sums:
        assert self._validation is not None  # noqa: S101
        labels, sums = self._validation[1], Sums()
        hooks = BatchHooks(listeners.callbacks, "test")
        self.model.stop_evaluating = False
        listeners.on_test_begin()
        # Hooks see the batches that Keras would make.
        at_once = VALIDATION_BATCH if hooks else batch_rows(self.features.program.graph)
        variables = self.model.trainable_variables
        for number, rows in enumerate(torch.arange(len(labels)).split(at_once)):
            part = slice(int(rows[0]), int(rows[-1]) + 1)
            hooks.begin(number)
            self.features.check()
            images = self.features.validation
            assert images is not None  # noqa: S101
            with torch.no_grad():
                extra = penalties(variables)
                loss, outputs = self._forward(images[part], labels[part], training=False)
                value = float(loss if extra is None else loss + extra)
                sums.add(value, outputs, labels[part])
            self._read_validation.read(images[part].nbytes)
            hooks.end(number, sums.logs)
            keeper.after_test_batch(self)
            if self.model.stop_evaluating:
                break
        listeners.on_test_end(sums.logs())
        return sums


def mask_source(seed: int) -> Source:
    """Return what the dropout masks of a training are drawn from, on the device it runs on."""
    number, device = seeding.integer(seed, "masks"), device_name()
    if device == "cpu":
        return np.random.Generator(np.random.SFC64(number))
    return torch.Generator(device).manual_seed(number)


def _tensors(split: Split) -> tuple[tuple[torch.Tensor, torch.Tensor], Reader]:
    """Return images and labels, all of them, on the device where Keras keeps the weights.

    Pictures mapped from the cache stay mapped; the reader lets go of what was read of them.
    """
    pictures = writable(split.images)
    images, labels = torch.from_numpy(pictures), torch.from_numpy(np.array(split.labels))
    return (images.to(device_name()), labels.to(device_name())), Reader(pictures)


def _float() -> torch.dtype:
    return getattr(torch, keras.config.floatx())
