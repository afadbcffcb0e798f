"""The numbers behind each figure, as small tables in long form: one row a mark that is drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from versus.evaluation.verdict import Verdict
from versus.figures.learning_curves import Quantity
from versus.figures.paired_differences import PairedDifferences
from versus.figures.pareto import CostPoint
from versus.figures.reliability import ReliabilityBin
from versus.figures.seed_dots import SeedRow
from versus.reports.curves import Histories

if TYPE_CHECKING:
    import pandas as pd


def difference_table(
    rows: Sequence[PairedDifferences], verdicts: Sequence[Verdict]
) -> "pd.DataFrame":
    """Return one row a pair and seed: B minus A, beside the pair's mean and interval."""
    return _frame(
        {
            "a": row.a,
            "b": row.b,
            "seed": seed,
            "difference": value,
            "mean": row.mean,
            "low": row.low,
            "high": row.high,
        }
        for row, verdict in zip(rows, verdicts, strict=True)
        for seed, value in zip(verdict.seeds, row.differences, strict=True)
    )


def seed_table(rows: Sequence[SeedRow], seeds: Mapping[str, Sequence[int]]) -> "pd.DataFrame":
    """Return one row a run: its value, beside mean and spread of its variant."""
    return _frame(
        {"variant": row.name, "seed": seed, "value": value, "mean": row.mean, "sd": row.sd}
        for row in rows
        for seed, value in zip(seeds[row.name], row.values, strict=True)
    )


def curve_table(
    curves: Histories, seeds: Mapping[str, Sequence[int]], quantity: Quantity
) -> "pd.DataFrame":
    """Return one row a variant, seed and epoch: training and validation."""
    return _frame(
        {
            "variant": name,
            "seed": seed,
            "epoch": epoch,
            "training": row.get(quantity),
            "validation": row.get(f"val_{quantity}"),
        }
        for name, frames in curves.items()
        for seed, frame in zip(seeds[name], frames, strict=True)
        for epoch, row in frame.to_dict("index").items()
    )


def cost_table(points: Sequence[CostPoint]) -> "pd.DataFrame":
    """Return one row a variant: cost and quality with their spreads."""
    return _frame(asdict(point) for point in points)


def reliability_table(bins: Mapping[str, Sequence[ReliabilityBin]]) -> "pd.DataFrame":
    """Return one row a variant and bin: expected and observed share of wrong answers."""
    return _frame({"variant": name, **asdict(each)} for name, own in bins.items() for each in own)


def confusion_table(counts: npt.NDArray[np.integer], classes: Sequence[str]) -> "pd.DataFrame":
    """Return one row a cell: the true class, what was said, and how often."""
    return _frame(
        {"true": truth, "predicted": said, "count": int(counts[row, column])}
        for row, truth in enumerate(classes)
        for column, said in enumerate(classes)
    )


def _frame(rows: object) -> "pd.DataFrame":
    import pandas as pd  # slow to import

    return pd.DataFrame(list(rows))  # pyright: ignore[reportArgumentType]
