"""How a study stands, from the files in its folder alone: any process may ask, at any time."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from versus.errors import DamagedError, ResultsError
from versus.evaluation.verdict import Verdict
from versus.filesystem.leftovers import lives
from versus.results.contract import STUDY, Store
from versus.results.opening import read_openings
from versus.results.progress import progress_path, read_progress
from versus.results.record import RunRecord
from versus.results.store import DirectoryStore
from versus.results.study_record import StudyRecord
from versus.studies.result import StudyResult
from versus.studies.tested import opened_runs
from versus.studies.watching.status import (
    ENDED,
    RunStatus,
    Saved,
    StudyStatus,
    Worker,
    ended,
    state_of,
)
from versus.studies.watching.time_left import seconds_left
from versus.training.checkpoint import Checkpoint

REPORT = "report.html"
# Verdicts over many seeds take long: they may take at most this share of the time.
COST = 0.05


class StatusReader:
    """Reads how a study stands, as often as asked; finished runs are read once."""

    def __init__(self, folder: Path | str, clock: Callable[[], float] = time.time) -> None:
        """Nothing is read yet.

        Args:
            folder: DIR of the study.
            clock: of the files, in seconds since 1970.
        """
        self._store: Store = DirectoryStore(folder)
        self._clock = clock
        self._finished: dict[tuple[str, int], RunRecord] = {}
        self._verdicts: tuple[Verdict, ...] = ()
        self._caveats: tuple[str, ...] = ()
        self._tested: dict[tuple[str, int], RunRecord] = {}
        self._judged: object = None
        self._judge_next = 0.0

    def read(self) -> StudyStatus:
        """Return how the study stands now.

        Raises:
            ResultsError: there is no study, or what it is cannot be read.
        """
        study = self._store.read_study()
        if study is None:
            raise ResultsError(
                f"{self._store.root}: no study here: expected a folder holding {STUDY}, "
                "as `versus run` and `versus compare` write it"
            )
        names = tuple(variant.name for variant in study.variants)
        runs = tuple(self._run(name, seed) for seed in study.seeds for name in names)
        state = state_of(runs)
        final = state == "finished"
        verdicts = self._judge(study, final=final)
        report = self._store.root / REPORT
        return StudyStatus(
            folder=str(self._store.root),
            name=study.name,
            question=study.question,
            data=study.data.name,
            command=study.command,
            variants=names,
            seeds=tuple(study.seeds),
            state=state,
            runs=tuple(self._as_judged(run) for run in runs),
            seconds_left=seconds_left(
                runs,
                self._costs(),
                # Under a budget of something else, recipes do not say how many epochs there are.
                {
                    v.name: 0 if "budget_amount" in study.protocol else int(v.recipe["epochs"])
                    for v in study.variants
                    if "epochs" in v.recipe
                },
            ),
            verdicts=verdicts,
            caveats=self._caveats,
            final=final,
            report=str(report) if final and report.is_file() else None,
        )

    def _run(self, variant: str, seed: int) -> RunStatus:
        """Return how one run stands; the record of a finished run counts before all."""
        if (variant, seed) in self._finished:
            return ended(self._finished[variant, seed])
        # Asked for before the record: a run that ends just now has its record by then.
        said = self._said(variant, seed)
        try:
            record = self._store.read(variant, seed)
        except ResultsError as error:
            state = "damaged" if isinstance(error, DamagedError) else "unreadable"
            found = RunStatus(variant=variant, seed=seed, state=state, reason=str(error))
        else:
            found = ended(record) if record else RunStatus(variant=variant, seed=seed)
            if record is not None and record.status == "finished":
                self._finished[variant, seed] = record
                return found
        folder = self._store.checkpoint_folder(variant, seed)
        saved = Checkpoint(folder).position() if folder and found.state not in ENDED else None
        kept = {"checkpoint": saved and Saved(epoch=saved[0], step=saved[1])}
        return found.model_copy(update={**kept, **said})

    def _as_judged(self, run: RunStatus) -> RunStatus:
        """Return a finished run with what the verdicts are about: the test, once it is opened."""
        tested = self._tested.get((run.variant, run.seed)) if run.state == "finished" else None
        return run if tested is None else ended(tested)

    def _said(self, variant: str, seed: int) -> dict[str, Any]:
        """Return what the run's process says of it; nothing where there is none."""
        folder = self._store.checkpoint_folder(variant, seed)
        path = None if folder is None else progress_path(folder, seed)
        found, age = (read_progress(path), self._age(path)) if path else (None, None)
        if found is None or age is None:
            return {}
        alive = lives(found.process)
        return {
            "state": "stopped" if alive is False else "running",
            "progress": found.beat,
            "worker": Worker(pid=found.pid, host=found.host, alive=alive, silent_seconds=age),
            "reason": None,
        }

    def _age(self, path: Path) -> float | None:
        """Return the seconds since a file was written: 0 where a clock was set back since."""
        try:
            return max(0.0, self._clock() - path.stat().st_mtime)
        except OSError:
            return None

    def _costs(self) -> dict[str, float]:
        """Return the multiply-adds that the plan counted, by variant."""
        try:
            plan = self._store.read_study_file("plan.json")
        except ResultsError:
            return {}
        found = plan.get("multiply_adds") if isinstance(plan, dict) else None
        return found if isinstance(found, dict) else {}

    def _judge(self, study: StudyRecord, *, final: bool) -> tuple[Verdict, ...]:
        """Return the verdicts of the finished runs, made again when there are more of them."""
        now = time.monotonic()
        seen = frozenset(self._finished), read_openings(self._store)
        if self._judged == seen or (now < self._judge_next and not final):
            return self._verdicts
        found = opened_runs(self._store, tuple(self._finished.values()))
        opened = found.damaged, found.openings, found.untested
        result = StudyResult(study, found.records, self._store, *opened)
        self._verdicts, self._caveats = tuple(result.verdicts), tuple(result.caveats)
        self._judged = seen
        self._tested = {(r.variant, r.seed): r for r in found.records if r.status == "finished"}
        self._judge_next = now + (time.monotonic() - now) / COST
        return self._verdicts
