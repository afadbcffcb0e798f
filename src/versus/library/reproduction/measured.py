"""Reading from finished runs what a document prints."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from versus.data.named_sets import NAMED_SETS
from versus.errors import ResultsError
from versus.evaluation.intervals import MeanSd, mean_sd
from versus.library.published.figures import Printed
from versus.library.reproduction.nets import net, pretrained
from versus.results.record import RunRecord
from versus.results.view import read_history
from versus.studies.result import StudyResult, read_result
from versus.studies.study import Study

if TYPE_CHECKING:
    import pandas as pd


ACCURACY, LOSS = Printed("test", "accuracy", "0"), Printed("test", "loss", "0")


@dataclass(frozen=True)
class Measured:
    """Mean, sample standard deviation and number of runs of a variant, and each by its seed."""

    mean: float | None
    sd: float | None
    n: int
    by_seed: dict[int, float]


@dataclass
class Runs:
    """What there is of one study.

    Attributes:
        study: as it is asked for.
        result: what its folder holds; None where there is none.
        problem: why it could not be run or read, or is another than asked for; "" if all is well.
    """

    study: Study
    result: StudyResult | None = None
    problem: str = ""
    _seen: dict[tuple[str, Printed], dict[int, float]] = field(
        default_factory=dict[tuple[str, Printed], dict[int, float]]
    )
    _curves: dict[tuple[str, int], "pd.DataFrame"] = field(
        default_factory=dict[tuple[str, int], "pd.DataFrame"]
    )

    def finished(self, variant: str) -> Sequence[RunRecord]:
        """Return the finished runs of a variant, none where something is amiss."""
        return [] if self.result is None or self.problem else self.result.finished(variant)

    def values(self, variant: str, printed: Printed) -> dict[int, float]:
        """Return by seed what `printed` names, of the finished runs in which it is finite."""
        if (variant, printed) not in self._seen:
            found = {run.seed: self._value(run, printed) for run in self.finished(variant)}
            finite = {s: v for s, v in found.items() if v is not None and math.isfinite(v)}
            self._seen[variant, printed] = finite
        return self._seen[variant, printed]

    def _value(self, run: RunRecord, printed: Printed) -> float | None:
        if printed.epoch is None and printed.split != "train":
            return run.metrics.get(printed.split, {}).get(printed.metric)
        assert self.result is not None  # noqa: S101  (there is a run, so there is a result)
        curve = self._curves.get((run.variant, run.seed))
        if curve is None:
            curve = read_history(self.result.store, run)
            self._curves[run.variant, run.seed] = curve
        column = f"val_{printed.metric}" if printed.split == "validation" else printed.metric
        epoch = printed.epoch or int(curve.index[-1])
        return float(curve.loc[epoch, column]) if epoch in curve.index else None  # pyright: ignore


AllRuns = dict[str, Runs]


def read_runs(study: Study, folder: Path) -> Runs:
    """Return the runs of `study` in `folder`; what is amiss with them is said, not raised."""
    if not folder.is_dir():
        return Runs(study)
    try:
        result = read_result(folder)
    except ResultsError as error:
        return Runs(study, problem=str(error))
    return Runs(study, result, _amiss(study, result, folder))


def measured(runs: Runs, variant: str, printed: Printed) -> Measured:
    """Return what `printed` names, over all runs of a variant."""
    return summed(runs.values(variant, printed))


def summed(values: dict[int, float]) -> Measured:
    """Return mean, standard deviation and count of values by seed."""
    found: MeanSd = mean_sd(values.values())
    return Measured(found.mean, found.sd, found.n, dict(values))


def _amiss(study: Study, result: StudyResult, folder: Path) -> str:
    """Return in what the study in `folder` is not the one that is asked for; "" if it is."""
    there = {variant.name: variant for variant in result.study.variants}
    # Data read from a path have a name of their own; what they are is not known from the path.
    known = not isinstance(study.data, str) or study.data in NAMED_SETS
    differing = [
        f"{name}: {after}, expected {before}"
        for name, before, after in (
            *([("data", study.data_name, result.study.data.name)] if known else []),
            ("protocol", study.protocol.to_dict(), result.study.protocol),
            *(
                (v.name, v.recipe.describe(), there[v.name].recipe_text)
                for v in study.variants
                if v.name in there and v.recipe.to_dict() != there[v.name].recipe
            ),
        )
        if before != after
    ]
    differing += _other_weights(study, result)
    return f"{folder} holds other runs ({differing[0]})" if differing else ""


def _other_weights(study: Study, result: StudyResult) -> list[str]:
    """Return the variants whose runs began with random weights in place of those of others."""
    found = []
    for variant in study.variants:
        finished = result.finished(variant.name)
        if not finished or not pretrained(study, variant.name):
            continue
        from versus.models.build import architecture_sha256  # Keras and torch take seconds

        expected = net(study, variant.name)
        hashes = {run.config.architecture_sha256 for run in finished}
        if expected is not None and hashes != {architecture_sha256(expected)}:
            found.append(f"{variant.name}: another network, such as one of random weights")
    return found
