"""The losses of the runs under way, epoch after epoch, in a line each."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rich.text import Text

from versus.figures.sparkline import MOST, sparkline
from versus.studies.watching.board_cells import Signs, decimals, fit_name
from versus.studies.watching.status import RunStatus

# A shorter curve says nothing.
LEAST = 6
LABELS = ("loss", "validation")


class Losses(NamedTuple):
    """After each epoch of one run: training and validation loss, NaN where there is none."""

    training: tuple[float, ...] = ()
    validation: tuple[float, ...] = ()

    def longer(self, training: float, validation: float) -> "Losses":
        """Return these with one epoch more."""
        return Losses((*self.training, training), (*self.validation, validation))


def curve_rows(
    runs: Sequence[RunStatus],
    losses: Mapping[tuple[str, int], Losses],
    width: int,
    signs: Signs,
) -> list[Text]:
    """Return a line for each run of at least two epochs; none where the width is too small.

    A run's two curves share their scale, so that they can be compared; where only one fits, it is
    the validation's.
    """
    shown = [run for run in runs if len(losses.get((run.variant, run.seed), Losses()).training) > 1]
    if not shown:
        return []
    wide = min(max(len(run.name) for run in shown), max(8, width // 4))
    for labels in (LABELS, LABELS[1:]):
        fixed = sum(len(label) + 18 for label in labels)  # two numbers, and spaces
        room = min(MOST, (width - wide - fixed) // len(labels))
        if room >= LEAST:
            break
    else:
        return []
    found = [losses[run.variant, run.seed] for run in shown]
    room = min(room, max(len(of.training) for of in found))
    return [_row(run, of, labels, wide, room, signs) for run, of in zip(shown, found, strict=True)]


def _row(
    run: RunStatus,
    losses: Losses,
    labels: Sequence[str],
    wide: int,
    room: int,
    signs: Signs,
) -> Text:
    line = Text(fit_name(run, wide, signs).ljust(wide))
    every = [value for value in (*losses.training, *losses.validation) if math.isfinite(value)]
    low, high = min(every, default=0.0), max(every, default=1.0)
    for label in labels:
        values = losses.training if label == "loss" else losses.validation
        if all(map(math.isnan, values)):
            continue
        drawn = sparkline(values, low, high, most=room, levels=signs.levels)
        line.append(f"  {label} ", style="dim").append(decimals(values[0]))
        line.append(f" {drawn.ljust(room)} ", style="cyan").append(decimals(values[-1]))
    return line
