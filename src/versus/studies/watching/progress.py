"""How a study's progress is shown: a live table on a terminal, plain lines anywhere else."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from rich.console import Console

from versus.evaluation.looks import Looks
from versus.evaluation.verdict import Verdict
from versus.results.contract import Damage
from versus.results.record import RunRecord
from versus.studies.observer import Observer
from versus.studies.plan import Plan, PlannedRun
from versus.studies.watching.duration import about
from versus.studies.watching.live import LiveProgress
from versus.studies.watching.status import RunStatus, ended
from versus.studies.watching.time_left import seconds_left
from versus.studies.watching.words import (
    ending,
    going,
    look,
    made_elsewhere,
    moved,
    one_by_one,
    opening,
    retried,
    waiting,
)
from versus.training.beat import Beat

# A plain line is written when a run ends, and when nothing was written for so long; in seconds.
PLAIN_INTERVAL = 15.0
# The runs under way that get a line then.
PLAIN_RUNS = 4


def progress_on(stream: IO[str]) -> Observer:
    """Return what shows progress on `stream`: a table if it is a terminal, else plain lines."""
    console = Console(file=stream)
    # rich takes a pipe for a terminal where FORCE_COLOR is set; a table needs a real one.
    real = stream.isatty() and console.is_terminal and not console.is_dumb_terminal
    return LiveProgress(console) if real else PlainProgress(stream)


class PlainProgress(Observer):
    """A line when a run ends, and every so often a line for each run under way."""

    def __init__(self, stream: IO[str], clock: Callable[[], float] = time.monotonic) -> None:
        """Write to `stream`.

        Args:
            stream: of text.
            clock: monotonic, in seconds.
        """
        self._stream, self._clock = stream, clock
        self._last = clock()
        self._runs: dict[tuple[str, int], RunStatus] = {}
        self._missing = self._ended = 0

    def run_set_aside(self, damage: Damage, place: Path) -> None:
        """Say what is wrong, and what became of it."""
        self._write(moved(damage, place))

    def study_started(self, plan: Plan) -> None:
        """Say how much there is to do."""
        self._missing, self._ended = len(plan.missing), 0
        self._runs.clear()  # a study in looks starts more than once
        self._costs = {run.variant.name: float(run.cost.multiply_adds) for run in plan.runs}
        self._epochs = {run.variant.name: run.epochs or 0 for run in plan.runs}
        for run in plan.missing:
            self._runs[run.variant.name, run.seed] = RunStatus(
                variant=run.variant.name, seed=run.seed
            )
        self._write(opening(plan))

    def progressed(self, run: PlannedRun, beat: Beat) -> None:
        """Write where the runs under way are, if the last line is long ago."""
        key = run.variant.name, run.seed
        self._runs[key] = RunStatus(variant=key[0], seed=key[1], state="running", progress=beat)
        if self._clock() - self._last < PLAIN_INTERVAL:
            return
        running = [found for found in self._runs.values() if found.state == "running"]
        for found in running[:PLAIN_RUNS]:
            self._write(f"  {going(found)}")
        if len(running) > PLAIN_RUNS:
            self._write(f"  and {len(running) - PLAIN_RUNS} more runs")

    def run_ended(self, record: RunRecord) -> None:
        """Write how the run ended, and how long the rest may take."""
        self._ended += 1
        self._runs[record.variant, record.seed] = ended(record)
        left = about(seconds_left(list(self._runs.values()), self._costs, self._epochs))
        more = f"; {left}" if left and self._ended < self._missing else ""
        self._write(f"[{self._ended}/{self._missing}] {ending(record)}{more}")

    def run_made_elsewhere(self, record: RunRecord) -> None:
        """Write how a run of another command ended."""
        self._ended += 1
        self._runs[record.variant, record.seed] = ended(record)
        self._write(f"[{self._ended}/{self._missing}] {made_elsewhere(record)}")

    def one_at_a_time(self, reason: str) -> None:
        """Write why."""
        self._write(one_by_one(reason))

    def run_retried(self, run: PlannedRun, reason: str, attempt: int) -> None:
        """Write why."""
        self._write(retried(run, reason, attempt))

    def waiting_for_others(self, runs: Mapping[tuple[str, int], str]) -> None:
        """Write for whom."""
        self._write(waiting(runs))

    def look_taken(self, looks: Looks, number: int, verdicts: Sequence[Verdict]) -> None:
        """Write how many pairs are decided."""
        self._write(look(looks, number, verdicts))

    def _write(self, line: str) -> None:
        self._last = self._clock()
        self._stream.write(line + "\n")
        self._stream.flush()
