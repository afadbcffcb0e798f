"""A printed learning curve, held against the curves of our runs epoch by epoch."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from versus.evaluation.intervals import Interval, mean_sd
from versus.library.published.figures import Metric, Printed, Split
from versus.library.reproduction.measured import Runs
from versus.library.reproduction.outcome import Word, judge, lies_in

MOST_NAMED = 4
"""Numbers outside that are told one by one."""


@dataclass(frozen=True)
class EpochRow:
    """One number printed of one epoch.

    Attributes:
        epoch, split, metric: of which it is.
        printed: as printed.
        mean, sd, n: of our runs that reached the epoch.
        lowest, highest: of these runs.
        low, high: the 99 % interval for one more run.
        outcome: the word for this number.
    """

    epoch: int
    split: Split
    metric: Metric
    printed: str
    mean: float | None
    sd: float | None
    n: int
    lowest: float | None
    highest: float | None
    low: float | None
    high: float | None
    outcome: Word

    @property
    def name(self) -> str:
        """What was measured, in words."""
        return self._number.name

    @property
    def rounding(self) -> float:
        """Half a unit of the last decimal printed."""
        return self._number.rounding

    @property
    def inside(self) -> bool:
        """Whether the number lies in the interval, also where no word is given for it."""
        if self.low is None or self.high is None:
            return False
        return lies_in(self._number, Interval(self.low, self.high))

    @property
    def _number(self) -> Printed:
        return Printed(self.split, self.metric, self.printed, self.epoch)


def epoch_rows(
    curve: Sequence[Printed], runs: Runs, variant: str, *, checked: bool
) -> tuple[EpochRow, ...]:
    """Hold each number of a printed curve against the runs of a variant.

    Args:
        curve: numbers that each have an epoch.
        runs: of the study that trains it.
        variant: of that study.
        checked: False where what was trained is not known to be the document's system.
    """
    return tuple(_row(printed, runs, variant, checked) for printed in curve)


def _row(printed: Printed, runs: Runs, variant: str, checked: bool) -> EpochRow:
    values = list(runs.values(variant, printed).values())
    found, outcome = mean_sd(values), judge(printed, values)
    return EpochRow(
        epoch=printed.epoch or 0,
        split=printed.split,
        metric=printed.metric,
        printed=printed.text,
        mean=found.mean,
        sd=found.sd,
        n=found.n,
        lowest=min(values, default=None),
        highest=max(values, default=None),
        low=outcome.interval.low if outcome.interval else None,
        high=outcome.interval.high if outcome.interval else None,
        outcome=outcome.word if checked else "cannot be checked",
    )


def said_of_epochs(curve: Sequence[EpochRow]) -> str:
    """Return how many of a printed curve's numbers lie in their intervals; "" before three runs."""
    held = [row for row in curve if row.low is not None]
    if not held:
        return ""
    outside = [row for row in held if not row.inside]
    said = (
        f"Epoch by epoch, {len(held) - len(outside)} of {len(held)} printed numbers lie in the "
        "99 % interval for one more run"
    )
    if not outside:
        return f"{said}."
    if len(outside) <= MOST_NAMED:
        named = "; ".join(
            f"{row.name}, printed {row.printed}, {row.low:.4f} to {row.high:.4f}" for row in outside
        )
        return f"{said}. Outside: {named}."
    splits = Counter(f"{row.split} {row.metric}" for row in outside)
    return f"{said}. Outside: {', '.join(f'{n} of {name}' for name, n in splits.most_common())}."


def one_epoch_alone(curve: Sequence[EpochRow], figure: Printed) -> str:
    """Return that a printed number is its last epoch's excursion, where the curve shows just that.

    It does if nine in ten of the curve's other numbers lie in their intervals, nine in ten of train
    and the same quantity an epoch earlier too. "" otherwise.

    Args:
        curve: of the system, validated on the test set where `figure` is of the test set.
        figure: of the end of training, outside its own interval.
    """
    same = [row for row in curve if (row.split, row.metric) == ("validation", figure.metric)]
    if len(same) < 2 or abs(float(same[-1].printed) - figure.value) > figure.rounding:
        return ""
    last, before = same[-1], same[-2]
    others = [row for row in curve if row is not last and row.low is not None]
    inside = [row for row in others if row.inside]
    train = [row.inside for row in others if row.split == "train"]
    most = len(inside) >= 0.9 * len(others) and sum(train) >= 0.9 * len(train)
    if last.inside or not before.inside or not most:
        return ""
    late = [row for row in same if row.epoch > last.epoch // 2]
    highest = max(row.highest for row in late if row.highest is not None)
    return (
        f"an excursion of epoch {last.epoch} alone. Of the {len(others)} other numbers printed of "
        f"its epochs {len(inside)} are reproduced, {sum(train)} of {len(train)} of train, and "
        f"{figure.metric} an epoch earlier ({before.printed}); in epochs {late[0].epoch} to "
        f"{last.epoch} of {last.n} runs of ours it was never above {highest:.4f}"
    )
