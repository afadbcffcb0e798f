"""History: what each epoch of a training gave, under Keras's own keys."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class History:
    """What each epoch gave.

    Attributes:
        history: one list of floats a key, one float an epoch: "loss", "accuracy", and with
            validation pictures "val_loss", "val_accuracy". Training values are means over the
            epoch's batches while the weights move; validation values are of the epoch's end.
        epoch: the numbers of the epochs, from 0, as Keras counts them.
        epoch_seconds: wall time of each epoch with its validation, in seconds.
        seconds: wall time of the whole training, in seconds.
    """

    history: dict[str, list[float]]
    epoch: list[int] = field(default_factory=list)
    epoch_seconds: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @classmethod
    def from_keras(cls, fitted: Any, epoch_seconds: list[float], seconds: float) -> "History":
        """Take over what Keras's own History callback kept, as plain floats."""
        values = {key: [float(value) for value in kept] for key, kept in fitted.history.items()}
        return cls(values, list(fitted.epoch), epoch_seconds, seconds)

    def __len__(self) -> int:
        return len(self.epoch)

    def frame(self) -> "pd.DataFrame":
        """Return a table of one row an epoch, counted from 1, and one column a key."""
        import pandas as pd  # slow to import

        index = pd.Index([number + 1 for number in self.epoch], name="epoch")
        return pd.DataFrame(self.history, index=index)

    def plot(self) -> "Figure":
        """Draw loss and accuracy against the epoch, of training and of validation."""
        from versus.figures.learning_curves import learning_curves  # matplotlib is slow to import

        return learning_curves({"": [self.frame()]})

    def _repr_html_(self) -> str:
        return str(self.frame().to_html())
