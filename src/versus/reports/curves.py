"""The learning curves: what they show in a few numbers, and drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from versus.figures.learning_curves import mean_curve
from versus.lint.rules.training import FEWEST_EPOCHS, LOSS_OF_GENERALITY
from versus.reports.numbers import known, percent, plain, plural
from versus.studies.result import StudyResult

if TYPE_CHECKING:
    import pandas as pd

Histories = Mapping[str, Sequence["pd.DataFrame"]]


@dataclass(frozen=True)
class CurveReading:
    """What the curves of one variant show, means over its seeds.

    Attributes:
        name: of the variant.
        seeds: how many curves there are.
        epochs: that every seed reached; 0 without a curve.
        training, validation: accuracy after the last of these, 0 to 1; None if not recorded.
        lowest_epoch: at which validation loss is lowest; None without validation.
        lowest_loss: validation loss there.
        last_loss: validation loss after the last epoch.
        onset: the epoch after which it overfits, None where it does not.
    """

    name: str
    seeds: int
    epochs: int
    training: float | None
    validation: float | None
    lowest_epoch: int | None
    lowest_loss: float | None
    last_loss: float | None
    onset: int | None = None

    def sentence(self) -> str:
        """Return the reading in words."""
        if not self.epochs:
            return "no finished run, so no curve."
        parts = [f"after {plural(self.epochs, 'epoch')}, {percent(self.training)} of training"]
        if self.validation is not None:
            parts.append(f" and {percent(self.validation)} of validation")
        parts.append(" pictures are right")
        if self.lowest_epoch is not None:
            parts.append(f"; validation loss is lowest at epoch {self.lowest_epoch}")
            parts.append(f" ({plain(self.lowest_loss, 3)})")
            if self.lowest_epoch < self.epochs:
                parts.append(f" and ends at {plain(self.last_loss, 3)}")
        if self.onset is not None:
            parts.append(f"; it overfits after epoch {self.onset}")
        return "".join(parts) + "."


def histories(result: StudyResult) -> dict[str, list["pd.DataFrame"]]:
    """Return the curves of each variant, one table a finished run."""
    return {v.name: list(result.histories(v.name).values()) for v in result.study.variants}


def curve_readings(curves: Histories) -> list[CurveReading]:
    """Return what the curves of each variant show."""
    return [_reading(name, frames) for name, frames in curves.items()]


def _reading(name: str, frames: Sequence["pd.DataFrame"]) -> CurveReading:
    training, validation = (_last(frames, key) for key in ("accuracy", "val_accuracy"))
    loss = mean_curve(frames, "val_loss").dropna()
    lowest = None if loss.empty else int(loss.idxmin())  # pyright: ignore[reportArgumentType]
    return CurveReading(
        name=name,
        seeds=len(frames),
        epochs=min((len(frame) for frame in frames), default=0),
        training=training,
        validation=validation,
        lowest_epoch=lowest,
        lowest_loss=None if lowest is None else float(loss.loc[lowest]),
        last_loss=None if loss.empty else float(loss.iloc[-1]),
        onset=overfitting_onset(frames),
    )


def overfitting_onset(frames: Sequence["pd.DataFrame"]) -> int | None:
    """Return the epoch of the lowest mean validation loss, if overfitting follows; else None.

    The rule is that of the lint's VS402, so that page and findings never disagree: over the last
    quarter of the epochs validation loss lies 5 % above its lowest, while training loss fell on.
    Source: L. Prechelt 1998, "Early stopping - but when?".
    """
    training, validation = mean_curve(frames, "loss"), mean_curve(frames, "val_loss").dropna()
    if len(validation) < FEWEST_EPOCHS or training.empty:
        return None
    best = int(validation.idxmin())  # pyright: ignore[reportArgumentType]
    lowest = float(validation.loc[best])
    end = float(validation.iloc[-max(len(validation) // 4, 2) :].mean())
    falling = float(training.iloc[-1]) < float(training.loc[best])
    return best if 0 < lowest * (1 + LOSS_OF_GENERALITY) < end and falling else None


def _last(frames: Sequence["pd.DataFrame"], key: str) -> float | None:
    mean = mean_curve(frames, key)
    return None if mean.empty else known(float(mean.iloc[-1]))
