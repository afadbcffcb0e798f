"""Replay: training steps captured once as a graph, then repeated without looking at the device.

A small net's step is a hundred short kernels, and starting each from Python takes longer than it
runs. A graph starts all of them at once. It holds addresses: batches, learning rate and sums have
tensors of their own, which stay where they are, and weights are where Keras keeps them. What the
graph took from Python (dropout rates, what is trainable, the optimizer's constants) is compared at
the start of each epoch, and captured anew where it has changed.

Whether every loss was a number is looked up once in `CHECK` steps. If one was not, weights and
random streams go back to the last look, and the steps from there are made one by one: the training
ends at the same step, with the same weights, as if each had been looked at.
"""

import copy
import logging
from collections.abc import Callable
from typing import Any

from versus.backend import keras, torch
from versus.training.capturable import constants, why_not_captured
from versus.training.filling import Filling
from versus.training.forward import Forward
from versus.training.kept import Kept
from versus.training.lowering.native import Source
from versus.training.optimizers import Updater
from versus.training.readings import readings
from versus.training.recorder import Recorder
from versus.training.residence import fetch
from versus.training.sums import Sums, right

Tensor = torch.Tensor
# Steps between two looks at the device: the weights are copied once in as many.
CHECK = 50
# Steps made as they will be captured, before they are; the last of them is watched.
WARM = 3
logger = logging.getLogger("versus")


class Replay:
    """Makes the steps of a training's epochs on one device.

    Attributes:
        reason: why steps are made one by one now; "" where they are captured.
    """

    def __init__(
        self,
        forward: Forward,
        labels: Tensor,
        masks: Source,
        batch_size: int,
        recorder: Recorder,
        one_by_one: Callable[[Tensor, int, Updater], None],
    ) -> None:
        """Capture nothing yet.

        Args:
            forward: gives loss and outputs.
            labels: int64 `[n]`.
            masks: what dropout draws from.
            batch_size: of all steps but an epoch's last, maybe.
            recorder: of the device.
            one_by_one: makes one step the ordinary way: rows, number in its epoch, updater.
        """
        self._forward, self._labels, self._masks = forward, labels, masks
        self._size, self._recorder, self._one_by_one = batch_size, recorder, one_by_one
        self.reason = ""
        self._known: Any = None
        self._graph: Callable[[], None] | None = None
        self._warmed = 0
        self._pending: list[tuple[Tensor, int]] = []  # since the weights were last kept
        self._seen = 0  # of those, how many are known to be of finite loss

    def begin(self, update: Updater, sums: Sums) -> None:
        """Make ready for the steps of an epoch.

        Args:
            update: of its weights.
            sums: of its steps so far; taken over by `settle` from then on.
        """
        self._update, self._sums, self._pending, self._seen = update, sums, [], 0
        self._done = int(update.optimizer.iterations.value)
        train = self._forward.features.train
        program = self._forward.features.program
        why = why_not_captured(program.graph, update)
        taken = why or constants(program.graph, update)
        now = update, program, train.data_ptr(), train.shape, taken
        if now != self._known:
            self._known, self._graph, self._warmed = now, None, 0
            self._say(why)
            self._make_buffers(train)
        if not self.reason:
            self._take_over(sums)

    def step(self, rows: Tensor, number: int) -> None:
        """Make one step, or start it.

        Args:
            rows: int64, of its pictures.
            number: of the step in its epoch, from 0.

        Raises:
            DivergedError: the loss of this step or of one since the last look is no number.
        """
        if self.reason:
            self._one_by_one(rows, number, self._update)
            return
        self._pending.append((rows, number))
        self._set_rate()
        if len(rows) != self._size:
            self._learn(*self._fetch(rows))
        else:
            self._fill(rows)
            self._whole_step()
        self._sums.count += len(rows)
        self._done += 1
        if len(self._pending) >= CHECK or self.reason:
            self.settle()

    def settle(self) -> None:
        """Wait for the device, and bring the sums up to date.

        Raises:
            DivergedError: the loss of a step was no number; the weights are those before it.
        """
        if len(self._pending) == self._seen:
            return
        self._seen = len(self._pending)
        loss, correct, bad = self._totals.tolist()
        if bad:
            self._repeat()
            return
        self._sums.loss, self._sums.correct = loss, int(correct)
        if self._seen >= CHECK:
            self._keep()

    def _whole_step(self) -> None:
        def learn() -> None:
            self._learn(self._images, self._wanted)

        if self._graph is not None:
            self._graph()
            return
        self._warmed += 1
        if self._warmed < WARM:
            self._recorder.warm(learn)
        elif self._warmed == WARM:
            with readings(self._totals.device.type) as found:
                self._recorder.warm(learn)
            self._say(f"a step asks the device on its way ({found[0]})" if found else "")
        else:
            try:
                self._graph = self._recorder.capture(learn, self._masks)
                self._graph()
            except RuntimeError as cause:
                self._say(f"it cannot be captured ({str(cause).strip().splitlines()[0]})")
                learn()

    def _learn(self, images: Tensor, labels: Tensor) -> None:
        """What is captured: forward, backward, sums, update."""
        update = self._update
        with Filling():
            loss, outputs = self._forward.to_learn(images, labels, update)
            scaled = update.optimizer.scale_loss(loss)
            gradients = torch.autograd.grad(scaled, update.weights, allow_unused=True)
            update(gradients, self._rate)
        if any(gradient is None for gradient in gradients):
            self._say("a trained weight plays no part in the loss")
        value = loss.detach().double()
        bad = torch.logical_not(torch.isfinite(value)).double()
        correct = right(outputs, labels).double()
        self._totals.add_(torch.stack([value * len(labels), correct, bad]))

    def _make_buffers(self, train: Tensor) -> None:
        device = self._update.weights[0].device if self._update.weights else train.device
        self._images = torch.empty((self._size, *train.shape[1:]), dtype=train.dtype, device=device)
        self._wanted = torch.empty(self._size, dtype=torch.int64, device=device)
        self._totals = torch.zeros(3, dtype=torch.float64, device=device)
        rate = self._update.optimizer._learning_rate  # noqa: SLF001  (the public one computes)
        self._schedule = None if isinstance(rate, keras.Variable) else rate
        # A variable is read by the graph itself, so a callback's change is seen.
        self._rate = torch.zeros((), device=device) if self._schedule else rate.value

    def _set_rate(self) -> None:
        if self._schedule is not None:
            with keras.device("cpu"):  # a number that is known here: nothing to wait for
                self._rate.fill_(float(self._schedule(self._done)))

    def _fill(self, rows: Tensor) -> None:
        train = self._forward.features.train
        if train.device == self._images.device == rows.device:
            torch.index_select(train, 0, rows, out=self._images)
            torch.index_select(self._labels, 0, rows, out=self._wanted)
            return
        images, labels = self._fetch(rows)
        self._images.copy_(images)
        self._wanted.copy_(labels)

    def _fetch(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        device = self._totals.device.type
        return fetch(self._forward.features.train, self._labels, rows, device)

    def _take_over(self, sums: Sums) -> None:
        """Go on from sums that were made elsewhere, and from the weights as they are."""
        start = [sums.loss, float(sums.correct), 0.0]
        self._totals.copy_(torch.tensor(start, dtype=torch.float64))
        # The first step may move an optimizer's state in memory: what is kept is found anew.
        self._keep()

    def _live(self) -> list[Tensor]:
        """Return what a step changes, but for the random stream."""
        model = self._update.variables, self._forward.features.program.graph.steps
        layers = [step.operation for step in model[1] if hasattr(step.operation, "variables")]
        variables = [v for layer in layers for v in layer.variables] + list(model[0])
        variables += self._update.optimizer.variables
        unique = {id(variable): variable.value for variable in variables}
        return [*unique.values(), self._totals]

    def _keep(self) -> None:
        """Remember where the training is: every loss so far was a number."""
        self._kept = Kept(self._live(), self._masks), copy.copy(self._sums)
        self._pending, self._seen = [], 0

    def _repeat(self) -> None:
        """Go back to the last look, and make the steps since then one by one."""
        kept, sums = self._kept
        kept.restore()
        vars(self._sums).update(vars(sums))
        for rows, number in self._pending:
            self._one_by_one(rows, number, self._update)
        # A card may add in another order the second time, and then all of them may be numbers.
        self._take_over(self._sums)

    def _say(self, reason: str) -> None:
        """Set why steps are made one by one, and say so the first time."""
        if reason and reason != self.reason:
            logger.warning("steps are made one by one, not as one CUDA graph: %s", reason)
        self.reason = reason
