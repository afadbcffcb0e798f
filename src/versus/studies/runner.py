"""Running a study: what is missing is run and written at once, then all runs are read together."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from versus.backend import threads
from versus.data.dataset import Dataset
from versus.errors import ConfigurationError, DamagedError, ResultsError
from versus.results.contract import Damage, Store
from versus.results.encoding import json_bytes
from versus.results.record import RunRecord
from versus.results.store import DirectoryStore
from versus.results.study_record import StudyRecord
from versus.studies.description import describe_study
from versus.studies.executor import Died, Executor, SerialExecutor, Tell
from versus.studies.local import ForkExecutor
from versus.studies.observer import Observer
from versus.studies.pictures import keep_pictures
from versus.studies.plan import Plan, PlannedRun, finished_runs, make_plan
from versus.studies.reporting import Reporting, clear_progress
from versus.studies.result import VERDICTS, StudyResult, read_result
from versus.studies.study import Study
from versus.studies.trial import failed_trial, run_trial
from versus.training.checkpoint import Checkpoint


def run_study(
    study: Study,
    out: Path | str | Store,
    *,
    observer: Observer | None = None,
    jobs: int = 1,
    command: str = "",
    save_every: float = 30.0,
) -> StudyResult:
    """Run what `out` does not hold yet, and return what all the runs say.

    Args:
        study: what to run.
        out: DIR, made if missing, once everything has been checked; or a store.
        observer: is told of each step.
        jobs: how many runs go on at once, each in a process of its own; 1 is this process. Results
            do not depend on it.
        command: how the study is run again, for its record.
        save_every: seconds between two saves of a run under way, so that a killed one goes on
            there with the same bits.

    Raises:
        VersusError: before the first run, if anything that it needs is wrong.
    """
    store = out if isinstance(out, Store) else DirectoryStore(out)
    observer = observer or Observer()
    if jobs < 1:
        raise ConfigurationError(f"jobs: expected at least 1; got {jobs}")
    # Before processes are forked, torch must not have started threads.
    with threads(1 if jobs > 1 else study.protocol.threads):
        plan = make_plan(study, store)
    description = describe_study(plan, _earlier(store), store.root, command)
    store.check_writable()
    with store.locked():
        store.settle()
        _set_damaged_aside(plan, store, observer)
        # Another command may have finished runs while this one planned.
        plan = replace(plan, finished=finished_runs(store, plan.runs))
        for record in plan.finished:  # a process killed after its last run's record left these
            folder = store.checkpoint_folder(record.variant, record.seed)
            if folder is not None:
                Checkpoint(folder).remove()
        store.write_study(description)
        store.write_study_file("plan.json", _describe_plan(plan))
        executor = ForkExecutor(jobs) if jobs > 1 else SerialExecutor()
        _execute(plan, store, observer, executor, save_every)
        return conclude(store, plan.data)


def _execute(
    plan: Plan, store: Store, observer: Observer, executor: Executor, save_every: float
) -> None:
    """Carry out the missing runs, each written as soon as it ends."""
    missing = plan.missing

    def work(number: int, tell: Tell) -> RunRecord | ResultsError:
        kept = _checkpoint(store, missing[number], save_every)
        with Reporting(store, missing[number], number, tell) as said:
            try:
                done = run_trial(
                    missing[number], plan.data, said.epoch_ended, kept, said.progressed
                )
                record = store.write(*done)
            except ResultsError as error:
                return error
        if kept is not None and record.status == "finished":
            kept.remove()
        return record

    def tell(event: str, number: int, *arguments: Any) -> None:
        getattr(observer, event)(missing[number], *arguments)

    observer.study_started(plan)
    try:
        for outcome in executor.map(work, range(len(missing)), tell):
            if isinstance(outcome, Died):
                reason = f"its process died (exit code {outcome.exit_code})"
                record = store.write(*failed_trial(missing[outcome.task], reason))
            elif isinstance(outcome, ResultsError):
                raise outcome  # where this run cannot be written, no other can
            else:
                record = outcome
            clear_progress(store, record.variant, record.seed)
            observer.run_ended(record)
    finally:
        observer.study_ended()


def _checkpoint(store: Store, run: PlannedRun, seconds: float) -> Checkpoint | None:
    """Return where the state of a run under way is kept."""
    folder = store.checkpoint_folder(run.variant.name, run.seed)
    if folder is None:
        return None
    # A run of another configuration or code in the same place starts anew.
    config = hashlib.sha256(json_bytes(run.config.to_dict())).hexdigest()
    return Checkpoint(folder, seconds, of=config)


def _set_damaged_aside(plan: Plan, store: Store, observer: Observer) -> None:
    """Move what cannot be trusted of the runs asked for out of their way, so that they are made."""
    for run in plan.runs:
        variant, seed = run.variant.name, run.seed
        try:
            record = store.read(variant, seed)
            reasons = store.faults(record) if record and record.status == "finished" else []
        except DamagedError as error:
            reasons = [str(error)]
        if reasons:
            place = store.set_aside(variant, seed)
            observer.run_set_aside(Damage(variant, seed, reasons[0]), place)


def _earlier(store: Store) -> StudyRecord | None:
    """Return what the folder says it holds, None while no run in it has finished."""
    study = store.read_study()
    survey = store.survey(files=False)
    finished = any(record.status == "finished" for record in survey.records)
    # A run that was lost to damage may have been seen.
    return study if finished or survey.damaged or store.set_asides() else None


def conclude(store: Store, data: Dataset) -> StudyResult:
    """Write what is said about all runs together, and return it."""
    result = read_result(store)
    finished = [record for record in result.records if record.status == "finished"]
    if finished:
        keep_pictures(store, finished, data)
    store.write_study_file(VERDICTS, [verdict.to_dict() for verdict in result.verdicts])
    return result


def _describe_plan(plan: Plan) -> dict[str, object]:
    return {
        "runs": [f"{run.variant.name}/{run.seed}" for run in plan.runs],
        "reused": [f"{record.variant}/{record.seed}" for record in plan.finished],
        "multiply_adds": {run.variant.name: run.cost.multiply_adds for run in plan.runs},
    }
