"""How a study's progress is shown: live bars on a terminal, plain lines anywhere else."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column

from versus.results.contract import Damage
from versus.results.record import RunRecord
from versus.studies.observer import Observer
from versus.studies.plan import Plan, PlannedRun

# A plain line is written when a run ends, and in a long run this often; in seconds.
PLAIN_INTERVAL = 15.0
# Columns of the terminal below which values and elapsed time, or the bar too, make way.
WIDE, NARROW = 110, 50


def progress_on(stream: IO[str]) -> Observer:
    """Return what shows progress on `stream`: bars if it is a terminal, else plain lines."""
    console = Console(file=stream)
    return LiveProgress(console) if console.is_terminal else PlainProgress(stream)


class LiveProgress(Observer):
    """A bar for the epochs of the whole study, and one for each run that is going on."""

    def __init__(self, console: Console) -> None:
        """Draw on `console`."""
        self._progress = Progress(*_columns(console.width), console=console)
        self._bars: dict[tuple[str, int], TaskID] = {}

    def run_set_aside(self, damage: Damage, place: Path) -> None:
        """Say what is wrong, and what became of it."""
        self._progress.console.print(moved(damage, place), highlight=False, markup=False)

    def study_started(self, plan: Plan) -> None:
        """Say what is reused, and start the bars."""
        console = self._progress.console
        console.print(opening(plan), highlight=False)
        epochs = [run.variant.recipe.epochs for run in plan.missing]
        if epochs:
            self._progress.start()
            self._all = self._progress.add_task("all runs", total=sum(epochs), note="epochs")

    def run_started(self, run: PlannedRun) -> None:
        """Start the bar of a run."""
        name = f"{run.variant.name}, seed {run.seed}"
        bar = self._progress.add_task(name, total=run.variant.recipe.epochs, note="epochs")
        self._bars[run.variant.name, run.seed] = bar

    def epoch_ended(self, run: PlannedRun, epoch: int, values: Mapping[str, float]) -> None:
        """Move both bars on."""
        bar = self._bars[run.variant.name, run.seed]
        self._progress.update(bar, advance=1, note=_values(values))
        self._progress.update(self._all, advance=1)

    def run_ended(self, record: RunRecord) -> None:
        """Replace the bar of the run by one line; epochs that were not trained count as done."""
        bar = self._bars.pop((record.variant, record.seed), None)
        for task in [task for task in self._progress.tasks if task.id == bar]:
            self._progress.update(self._all, advance=(task.total or 0) - task.completed)
            self._progress.remove_task(task.id)
        self._progress.console.print(closing(record), highlight=False)

    def study_ended(self) -> None:
        """Take the bars away."""
        for task in list(self._progress.task_ids):
            self._progress.remove_task(task)
        self._progress.refresh()
        self._progress.stop()


def _columns(width: int) -> list[ProgressColumn]:
    """Return the columns that fit: the count always, values and times where there is room."""
    name = TextColumn("{task.description}", table_column=Column(no_wrap=True))
    values = TextColumn("{task.fields[note]}", table_column=Column(no_wrap=True))
    return [
        name,
        *([BarColumn(bar_width=24 if width >= WIDE else 12)] if width >= NARROW else []),
        MofNCompleteColumn(),
        *([values, TimeElapsedColumn()] if width >= WIDE else []),
        TimeRemainingColumn(compact=True),
    ]


class PlainProgress(Observer):
    """A line when a run ends, and every so often within a long one."""

    def __init__(self, stream: IO[str]) -> None:
        """Write to `stream`."""
        self._stream = stream
        self._last = time.monotonic()
        self._runs = self._ended = 0

    def run_set_aside(self, damage: Damage, place: Path) -> None:
        """Say what is wrong, and what became of it."""
        self._write(moved(damage, place))

    def study_started(self, plan: Plan) -> None:
        """Say how much there is to do."""
        self._runs = len(plan.missing)
        self._write(opening(plan))

    def epoch_ended(self, run: PlannedRun, epoch: int, values: Mapping[str, float]) -> None:
        """Write a line if the last one is long ago."""
        if time.monotonic() - self._last > PLAIN_INTERVAL:
            place = f"epoch {epoch + 1}/{run.variant.recipe.epochs}"
            self._write(f"  {run.variant.name}, seed {run.seed}: {place}, {_values(values)}")

    def run_ended(self, record: RunRecord) -> None:
        """Write how the run ended."""
        self._ended += 1
        self._write(f"[{self._ended}/{self._runs}] {closing(record)}")

    def _write(self, line: str) -> None:
        self._last = time.monotonic()
        self._stream.write(line + "\n")
        self._stream.flush()


def moved(damage: Damage, place: Path) -> str:
    """Return what became of a damaged run, in one line."""
    return f"{damage.reason}: moved to {place}; the run is made again"


def opening(plan: Plan) -> str:
    """Return what is about to happen, in one line."""
    variants, seeds = len(plan.study.variants), len(plan.study.seed_list)
    line = (
        f"{plan.study.name}: {variants} variant{'s'[: variants > 1]} x "
        f"{seeds} seed{'s'[: seeds > 1]} on {plan.data.name}"
    )
    reused = len(plan.finished)
    return f"{line}; {reused} of {len(plan.runs)} runs are there already" if reused else line


def closing(record: RunRecord) -> str:
    """Return how a run ended, in one line."""
    name = f"{record.variant}, seed {record.seed}"
    if record.status == "failed":
        return f"{name}: failed: {record.error}"
    split = "test" if "test" in record.metrics else "validation"
    values = record.metrics[split]
    return (
        f"{name}: {split} accuracy {values['accuracy']:.4f}, loss {values['loss']:.4f}, "
        f"{record.epochs} epochs in {record.seconds:.1f} s"
    )


def _values(values: Mapping[str, float]) -> str:
    shown = ("loss", "accuracy", "val_accuracy")
    return "  ".join(f"{key} {values[key]:.3f}" for key in shown if key in values)
