"""A study that goes on until every pair is decided, at looks fixed before its first run."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from versus.errors import ConfigurationError, MismatchError
from versus.evaluation.looks import MOST_SEEDS, Looks, plan_looks
from versus.results.contract import Store
from versus.results.opening import read_openings
from versus.results.record import RunRecord
from versus.results.store import DirectoryStore
from versus.results.study_record import StudyRecord
from versus.studies.observer import Observer
from versus.studies.result import StudyResult, read_result
from versus.studies.runner import run_study
from versus.studies.study import Study
from versus.studies.watching.several import Several


class TimeIsUp(Exception):
    """Ends a study between two runs."""


def run_until_decided(
    study: Study,
    out: Path | str | Store,
    *,
    max_seeds: int | None = None,
    max_minutes: float | None = None,
    observer: Observer | None = None,
    jobs: int | None = 1,
    command: str = "",
) -> StudyResult:
    """Add paired seeds, 0 and up, until every pair of variants has its word, and return the result.

    Pairs are judged at a few looks only (`plan_looks`), each of which spends a part of alpha, so
    that false words stay as rare as with a fixed number of seeds. The looks are kept in study.json
    before the first run and never change; the same call goes on where another one stopped. A
    variant all of whose pairs are decided is not trained any further.

    Args:
        study: what to run; its own `seeds` are not used.
        out: DIR, or a store.
        max_seeds: seeds of the last look; those of the study in `out`, else 30, where None.
        max_minutes: no run starts after so many, and what is under way then keeps its state; the
            verdicts are those of the last look.
        observer: is told of each step.
        jobs: as in `run_study`.
        command: how the study is run again, for its record.

    Raises:
        MismatchError: `out` holds runs of a study with fixed seeds, or with other looks.
        ConfigurationError: fewer than two variants, or so few seeds or minutes that no pair can be
            decided.
        VersusError: as `run_study`.
    """
    store = out if isinstance(out, Store) else DirectoryStore(out)
    if max_minutes is not None and not max_minutes > 0:
        raise ConfigurationError(f"max_minutes: expected a number above 0; got {max_minutes:g}")
    looks = looks_of(study, store, max_seeds)
    study = replace(study, looks=looks)
    clock = _Clock(max_minutes)
    told = Several(observer or Observer(), clock)
    result = None if _with_runs(store) is None else read_result(store)
    for number, seeds in enumerate(looks.seeds):
        names = _undecided(result, study)
        wanted = _not_run(result, names, seeds)
        if not wanted:
            continue  # decided, or looked at by an earlier call
        if read_openings(store):
            raise MismatchError(
                f"{store.root}: its test set was opened, so no seeds can be added to its looks any "
                "more: give another folder with --out"
            )
        part = replace(study.with_changes(variants=names), seeds=wanted)
        try:
            result = run_study(part, store, observer=told, jobs=jobs, command=command)
            told.look_taken(looks, number, result.verdicts)
            clock.check()
        except TimeIsUp:
            break
    return read_result(store)


def looks_of(study: Study, store: Store, max_seeds: int | None = None) -> Looks:
    """Return the looks that the folder's study has, or new ones.

    Raises:
        MismatchError: the folder's study has looks at other seeds than `max_seeds`.
        ConfigurationError: fewer than two variants, or so few seeds that no pair can be decided.
    """
    earlier = _with_runs(store)
    if earlier is None or earlier.looks is None:
        # With runs of fixed seeds there, `run_study` says so before anything is trained.
        most = MOST_SEEDS if max_seeds is None else max_seeds
        return plan_looks(len(study.variants), most, margin=study.margin)
    if max_seeds not in (None, earlier.looks.most):
        raise MismatchError(
            f"{store.root} holds a study whose looks, at {_listed(earlier.looks)} seeds, were "
            f"fixed before its first run; at most {max_seeds} would change them: leave it out, "
            "or give another folder with --out"
        )
    return earlier.looks


def _with_runs(store: Store) -> StudyRecord | None:
    """Return what the folder holds, None while nothing has been run there."""
    study = store.read_study()
    survey = store.survey(files=False)
    return study if survey.records or survey.damaged or store.set_asides() else None


def _undecided(result: StudyResult | None, study: Study) -> list[str]:
    """Return the variants of which some pair has no word yet."""
    names = [variant.name for variant in study.variants]
    if result is None:
        return names
    open_pairs = [v for v in result.verdicts if v.word == "can't tell"]
    return [name for name in names if any(name in (v.a, v.b) for v in open_pairs)]


def _not_run(result: StudyResult | None, names: Sequence[str], seeds: int) -> list[int]:
    """Return the seeds that some of the variants has not run; a run that failed is not repeated."""
    if result is None:
        return list(range(seeds)) if names else []
    ended = {(record.variant, record.seed) for record in result.records}
    return [seed for seed in range(seeds) if any((name, seed) not in ended for name in names)]


def _listed(looks: Looks) -> str:
    return ", ".join(map(str, looks.seeds))


class _Clock(Observer):
    """Ends the study once the time is up."""

    def __init__(self, minutes: float | None) -> None:
        self._until = None if minutes is None else time.monotonic() + 60 * minutes

    def check(self) -> None:
        """Raise TimeIsUp if it is."""
        if self._until is not None and time.monotonic() >= self._until:
            raise TimeIsUp

    def run_ended(self, record: RunRecord) -> None:
        """Leave; what is still under way keeps its state for the next time."""
        self.check()
