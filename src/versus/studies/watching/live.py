"""The live table on a terminal: how the study stands, drawn anew twice a second."""

import atexit
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.live import Live

from versus.evaluation.looks import Looks
from versus.evaluation.verdict import Verdict
from versus.results.contract import Damage
from versus.results.memory import MemoryStore
from versus.results.record import RunRecord
from versus.studies.description import describe_study
from versus.studies.observer import Observer
from versus.studies.plan import Plan, PlannedRun
from versus.studies.result import StudyResult
from versus.studies.watching.board import Board
from versus.studies.watching.board_curves import Losses
from versus.studies.watching.duration import clock as shown
from versus.studies.watching.status import RunStatus, StudyStatus, ended, state_of
from versus.studies.watching.time_left import seconds_left
from versus.studies.watching.words import (
    counts,
    ending,
    look,
    moved,
    one_by_one,
    opening,
    retried,
    waiting,
)
from versus.training.beat import Beat

PER_SECOND = 2
RECENT = 8
# Verdicts over many seeds take long to make: at most this share of the time goes into them.
COST = 0.02


class LiveProgress(Observer):
    """One table for the whole study, in the terminal's last lines; gone when the study ends.

    What is told only changes values; a thread of rich draws them, so that a terminal that is
    stopped (Ctrl-S) never holds a training up.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        """Draw on `console`.

        Args:
            console: on a terminal.
            clock: monotonic, in seconds.
        """
        self._console, self._clock = console, clock
        self._lock = threading.Lock()
        self._live: Live | None = None
        self._runs: dict[tuple[str, int], RunStatus] = {}
        self._recent: list[tuple[str, int]] = []
        self._losses: dict[tuple[str, int], Losses] = {}
        self._records: list[RunRecord] = []
        self._verdicts: tuple[Verdict, ...] = ()
        self._judged = 0
        self._judge_at = self._started = clock()

    def run_set_aside(self, damage: Damage, place: Path) -> None:
        """Say what is wrong, and what became of it."""
        self._print(moved(damage, place))

    def study_started(self, plan: Plan) -> None:
        """Say what is reused, and start to draw."""
        if plan.finished:  # the table says the rest
            self._print(opening(plan))
        self._plan, self._started = plan, self._clock()
        self._description = plan.record or describe_study(plan, None, Path(), "")
        self._records, self._judged = list(plan.others), 0
        self._runs = {
            (run.variant.name, run.seed): RunStatus(variant=run.variant.name, seed=run.seed)
            for run in plan.runs
        }
        for record in plan.finished:
            self._end(record)
        self._recent.clear()
        self._judge()
        self._reused = len(self._records)
        if plan.missing:
            self._live = Live(
                console=self._console,
                get_renderable=self._board,
                refresh_per_second=PER_SECOND,
                transient=True,
                vertical_overflow="crop",
            )
            # Whatever ends this process by an exception, the terminal gets its cursor back.
            atexit.register(self._stop)
            self._live.start()

    def run_started(self, run: PlannedRun) -> None:
        """Give the run a row."""
        beat = Beat(stage="preparing", epochs=run.epochs or 0)
        self.progressed(run, beat)

    def progressed(self, run: PlannedRun, beat: Beat) -> None:
        """Show where the run is."""
        key = run.variant.name, run.seed
        with self._lock:
            self._runs[key] = RunStatus(
                variant=run.variant.name, seed=run.seed, state="running", progress=beat
            )
        self._judge()

    def epoch_ended(self, run: PlannedRun, epoch: int, values: Mapping[str, float]) -> None:
        """Lengthen the run's curves."""
        training, validation = (values.get(key, math.nan) for key in ("loss", "val_loss"))
        key = run.variant.name, run.seed
        with self._lock:
            so_far = self._losses.get(key, Losses()) if epoch else Losses()
            self._losses[key] = so_far.longer(training, validation)

    def run_ended(self, record: RunRecord) -> None:
        """Show how the run ended, and what all of them say together so far."""
        with self._lock:
            self._end(record)
        self._judge()

    def run_made_elsewhere(self, record: RunRecord) -> None:
        """Show how a run of another command ended."""
        self.run_ended(record)

    def one_at_a_time(self, reason: str) -> None:
        """Say why."""
        self._print(one_by_one(reason))

    def run_retried(self, run: PlannedRun, reason: str, attempt: int) -> None:
        """Say why."""
        self._print(retried(run, reason, attempt))

    def waiting_for_others(self, runs: Mapping[tuple[str, int], str]) -> None:
        """Say for whom."""
        self._print(waiting(runs))

    def study_ended(self) -> None:
        """Take the table away; leave a line for each run that failed, and one for the whole."""
        self._stop()
        if not self._plan.missing:
            return
        for record in self._records[self._reused :]:
            if record.status != "finished":
                self._print(ending(record))
        elapsed = shown(self._clock() - self._started)
        self._print(f"{counts(tuple(self._runs.values()))}; {elapsed} elapsed")

    def look_taken(self, looks: Looks, number: int, verdicts: Sequence[Verdict]) -> None:
        """Say how many pairs are decided."""
        self._print(look(looks, number, verdicts))

    def status(self) -> StudyStatus:
        """Return how the study stands now."""
        with self._lock:
            runs = tuple(self._runs.values())
        plan = self._plan
        costs = {run.variant.name: float(run.cost.multiply_adds) for run in plan.runs}
        epochs = {run.variant.name: run.epochs or 0 for run in plan.runs}
        return StudyStatus(
            name=plan.study.name,
            question=plan.study.question,
            data=plan.data.name,
            variants=tuple(variant.name for variant in plan.study.variants),
            seeds=plan.study.seed_list,
            state=state_of(runs),
            runs=runs,
            seconds_left=seconds_left(runs, costs, epochs),
            verdicts=self._verdicts,
        )

    def _board(self) -> Board:
        elapsed = self._clock() - self._started
        with self._lock:
            losses = dict(self._losses)
        return Board(self.status(), elapsed=elapsed, recent=tuple(self._recent), losses=losses)

    def _end(self, record: RunRecord) -> None:
        key = record.variant, record.seed
        self._runs[key] = ended(record)
        self._recent = [key, *(other for other in self._recent if other != key)][:RECENT]
        self._records.append(record)

    def _judge(self) -> None:
        """Ask what the finished runs say, by the rule that also says it in the end."""
        now = self._clock()
        if self._judged == len(self._records) or now < self._judge_at:
            return
        result = StudyResult(self._description, tuple(self._records), MemoryStore())
        self._verdicts, self._judged = tuple(result.verdicts), len(self._records)
        self._judge_at = now + (self._clock() - now) / COST

    def _print(self, line: str) -> None:
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def _stop(self) -> None:
        atexit.unregister(self._stop)
        if self._live is not None:
            self._live.stop()
            self._live = None
