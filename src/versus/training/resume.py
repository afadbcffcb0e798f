"""Resuming the engine's loop where it was saved last."""

from versus.training.loop import Keeper, Loop
from versus.training.numbers import plain
from versus.training.saver import Saver
from versus.training.snapshot import Snapshot
from versus.training.sums import Sums


class Resuming(Keeper):
    """Keeps a loop's state by a Saver."""

    def __init__(self, saver: Saver) -> None:
        """Nothing is read before the loop begins."""
        self._saver = saver
        self._begun: Snapshot | None = None
        self._trained: Snapshot | None = None

    def begin(self, loop: Loop) -> None:
        """Go on from the checkpoint, if there is one."""
        found = self._saver.begin()
        if found is None:
            return
        self._restore(loop, found)
        # Callbacks begin an epoch that was begun already: what that changes is put back.
        self._begun = found if loop.step else None

    def after_epoch_begin(self, loop: Loop) -> None:
        """Put the state back once more where an epoch was taken up in its middle."""
        if self._begun is not None:
            self._restore(loop, self._begun)
            self._begun = None

    def after_step(self, loop: Loop) -> None:
        """Save if it is time, or if somebody wants to stop."""
        if self._saver.due():
            self._saver.save(self._take(loop))

    def before_validation(self, loop: Loop) -> None:
        """Keep the state of after the last step: validation may take long, and draw numbers."""
        self._trained = self._take(loop)

    def after_test_batch(self, loop: Loop) -> None:
        """Leave if somebody wants to; the epoch is then taken up before its validation."""
        if self._saver.asked:
            self._saver.save(self._trained)

    def after_epoch(self, loop: Loop) -> None:
        """Save if it is time, if every epoch is wanted, or if it was the last."""
        self._trained = None
        if self._saver.due(epoch_ended=True, ended=loop.ended):
            self._saver.save(self._take(loop))

    def _take(self, loop: Loop) -> Snapshot | None:
        loop.settle()
        return self._saver.take(
            loop.model,
            loop.masks,
            epoch=loop.epoch,
            step=loop.step,
            ended=loop.ended,
            sums=[loop.sums.count, loop.sums.loss, int(loop.sums.correct)],
            logs=plain(loop.logs),
            features=loop.features.used,
            stopped=loop.stopped,
        )

    def _restore(self, loop: Loop, snapshot: Snapshot) -> None:
        """Bring a loop that has not begun, and its callbacks, to where a snapshot was taken."""
        self._saver.restore(loop.model, loop.masks, snapshot)
        values = snapshot.values
        loop.epoch, loop.step = values["epoch"], values["step"]
        loop.sums = Sums(*values["sums"])
        loop.logs, loop.stopped = dict(values["logs"]), values["stopped"]
        # Features give other bits than pictures: an epoch goes on with what it had.
        if values["features"]:
            loop.epochs_to_save = 2
        elif loop.step:
            loop.epochs_to_save = 1
