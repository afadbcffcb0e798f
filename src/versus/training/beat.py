"""Beat: where a training is, at one moment; plain values, so that any process can show them."""

from typing import Literal

from versus.schema import Schema

Stage = Literal["preparing", "training", "validating", "testing"]


class Beat(Schema):
    """Where a training is.

    Attributes:
        stage: "preparing" before the first step, "testing" after the last.
        epoch: the one under way, from 0; `epochs` once all are trained.
        epochs: how many there are at most; 0 where the clock ends the training.
        step: how many steps of the epoch are done.
        steps: of an epoch; 0 while that is not known.
        pictures: trained on in this epoch so far.
        loss, accuracy: of training, over the pictures of the epoch so far; None where there is no
            finite one.
        val_loss, val_accuracy: after the last whole epoch.
        pictures_per_second: of training, about the last five seconds.
        seconds: since this process began to train.
        seconds_left: until the training ends if all epochs are trained at the speed so far,
            validation included; None while too little is known.
    """

    stage: Stage = "training"
    epoch: int = 0
    epochs: int
    step: int = 0
    steps: int = 0
    pictures: int = 0
    loss: float | None = None
    accuracy: float | None = None
    val_loss: float | None = None
    val_accuracy: float | None = None
    pictures_per_second: float | None = None
    seconds: float = 0.0
    seconds_left: float | None = None

    @property
    def place(self) -> str:
        """The epoch under way, from 1, and of how many: "3/20"."""
        if not self.epochs:
            return str(self.epoch + 1)
        return f"{min(self.epoch + 1, self.epochs)}/{self.epochs}"

    @property
    def done(self) -> float:
        """How much of the training is done, 0 to 1."""
        if not self.epochs and self.seconds_left is not None:  # the clock ends it
            whole = self.seconds + self.seconds_left
            return self.seconds / whole if whole else 1.0
        return fraction(self.epoch, self.epochs, self.step, self.steps)


def fraction(epoch: int, epochs: int, step: int, steps: int) -> float:
    """Return how much of a training is done, 0 to 1."""
    part = step / steps if steps else 0.0
    return min(1.0, (epoch + part) / epochs) if epochs else 0.0
