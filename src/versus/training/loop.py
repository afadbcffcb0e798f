"""The loop: Keras's training, step by step, over the lowered model."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from versus import seeding
from versus.backend import device_name, keras, products, torch
from versus.data.dataset import Split
from versus.training.batches import epoch_order
from versus.training.features import Features
from versus.training.forward import Forward
from versus.training.hooks import BatchHooks
from versus.training.inference import batch_rows
from versus.training.losses import penalties
from versus.training.lowering.native import Source
from versus.training.lowering.program import Program, lower
from versus.training.optimizers import Updater, find_updater
from versus.training.recipe import Recipe
from versus.training.recorder import RECORDERS
from versus.training.replay import Replay
from versus.training.residence import fetch, place
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
        self._device = device_name()
        self._train, self._read = place(train, self._device)
        self._validation, self._read_validation = (
            (None, self._read) if validation is None else place(validation, self._device)
        )
        self.masks = mask_source(seed)
        program: Program = lower(model, self.masks)
        pictures = None if self._validation is None else self._validation[0]
        self.features = Features(program, self._train[0], pictures, recipe.precision)
        self._forward = Forward(self.features, program, recipe)
        self._update: Updater | None = None
        self._replay: Replay | None = None
        if self._device in RECORDERS:
            recorder = RECORDERS[self._device]()
            self._replay = Replay(
                self._forward, self._train[1], self.masks, recipe.batch_size, recorder, self._step
            )
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
            with products(self._recipe.precision):
                self._epoch(listeners, keeper)
            self.logs = self.sums.logs()
            if self._validation is not None:
                keeper.before_validation(self)
                with products("float32"):
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
        update = self._update = find_updater(self.model, self.epoch, self._update)
        hooks = BatchHooks(listeners.callbacks, "train")
        # Who may change anything between two steps has them made one by one.
        replay = None if hooks.meddling else self._replay
        if replay is not None:
            replay.begin(update, self.sums)
        for rows in self._batches(self.epoch)[self.step :]:
            if self.step and self.model.stop_training:
                break
            hooks.begin(self.step)
            if hooks.meddling:
                latest = find_updater(self.model, self.epoch, update)
                if latest is not update:  # a layer under the features may have been thawed
                    update = self._update = latest
                    self.features.refresh(1)
                self.features.check()
            if replay is None:
                self._step(rows, self.step, update)
            else:
                replay.step(rows, self.step)
            hooks.end(self.step, self._logs)
            self.step += 1
            keeper.after_step(self)
        self.settle()

    def _step(self, rows: torch.Tensor, number: int, update: Updater) -> None:
        """Make one step, and look at its loss before it changes anything."""
        images, labels = fetch(self.features.train, self._train[1], rows, self._device)
        self._read.read(images.nbytes)
        loss, outputs = self._forward.to_learn(images, labels, update)
        value = float(loss.detach())
        check_finite(value, self.epoch, number)
        if update.weights:
            scaled = self.model.optimizer.scale_loss(loss)
            update(torch.autograd.grad(scaled, update.weights, allow_unused=True))
        self.sums.add(value, outputs, labels)

    def settle(self) -> None:
        """Bring `sums` up to date where steps are made without a look at each.

        Raises:
            DivergedError: the loss of one of them was no number.
        """
        if self._replay is not None:
            self._replay.settle()

    def _logs(self) -> dict[str, float]:
        self.settle()
        return self.sums.logs()

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
        some = labels[:0].to(self._device)
        with torch.no_grad():
            at_once = VALIDATION_BATCH if hooks else batch_rows(self.features.program, some)
        variables = self.model.trainable_variables
        for number, rows in enumerate(torch.arange(len(labels)).split(at_once)):
            part = slice(int(rows[0]), int(rows[-1]) + 1)
            hooks.begin(number)
            self.features.check()
            images = self.features.validation
            assert images is not None  # noqa: S101
            with torch.no_grad():
                extra = penalties(variables)
                seen, wanted = images[part].to(self._device), labels[part].to(self._device)
                loss, outputs = self._forward(seen, wanted, training=False)
                value = float(loss if extra is None else loss + extra)
                sums.add(value, outputs, wanted)
            self._read_validation.read(seen.nbytes)
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
