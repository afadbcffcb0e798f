"""Running a study: what is missing is run and written at once, then all runs are read together."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from versus.data.dataset import Dataset
from versus.results.record import RunRecord
from versus.results.store import DirectoryStore
from versus.results.study_record import StudyRecord
from versus.studies.description import describe_study
from versus.studies.executor import Executor, SerialExecutor
from versus.studies.observer import Observer
from versus.studies.pictures import keep_pictures
from versus.studies.plan import Plan, PlannedRun, finished_runs, make_plan
from versus.studies.result import STUDY, VERDICTS, StudyResult, read_result
from versus.studies.study import Study
from versus.studies.trial import run_trial


def run_study(
    study: Study,
    out: Path | str,
    *,
    observer: Observer | None = None,
    executor: Executor | None = None,
    command: str = "",
) -> StudyResult:
    """Run what `out` does not hold yet, and return what all the runs say.

    Args:
        study: what to run.
        out: DIR; made if missing, once everything has been checked.
        observer: is told of each step.
        executor: where the runs are carried out; one after the other in this process where None.
        command: how the study is run again, for its record.

    Raises:
        VersusError: before the first run, if anything that it needs is wrong.
    """
    store, observer = DirectoryStore(out), observer or Observer()
    plan = make_plan(study, store)
    description = describe_study(plan, _earlier(store), store.root, command)
    store.check_writable()
    with store.locked():
        # Another command may have finished runs while this one planned.
        plan = replace(plan, finished=finished_runs(store, plan.runs))
        store.write_study_file(STUDY, description.to_dict())
        store.write_study_file("plan.json", _describe_plan(plan))
        _execute(plan, store, observer, executor or SerialExecutor())
        return _conclude(store, plan.data)


def _execute(plan: Plan, store: DirectoryStore, observer: Observer, executor: Executor) -> None:
    """Carry out the missing runs, each written as soon as it ends."""

    def work(run: PlannedRun) -> RunRecord:
        def epoch_ended(epoch: int, values: Mapping[str, float]) -> None:
            observer.epoch_ended(run, epoch, values)

        observer.run_started(run)
        return store.write(*run_trial(run, plan.data, epoch_ended))

    observer.study_started(plan)
    try:
        for record in executor.map(work, plan.missing):
            observer.run_ended(record)
    finally:
        observer.study_ended()


def _earlier(store: DirectoryStore) -> StudyRecord | None:
    """Return what the folder says it holds, None while no run in it has finished."""
    content = store.read_study_file(STUDY)
    finished = any(record.status == "finished" for record in store.records())
    return StudyRecord.from_dict(content) if content and finished else None


def _conclude(store: DirectoryStore, data: Dataset) -> StudyResult:
    """Write what is said about all runs together."""
    result = read_result(store.root)
    finished = [record for record in result.records if record.status == "finished"]
    if finished:
        keep_pictures(store, finished, data)
    store.write_study_file(VERDICTS, [verdict.to_dict() for verdict in result.verdicts])
    return result


def _describe_plan(plan: Plan) -> dict[str, object]:
    return {
        "runs": [f"{run.variant.name}/{run.seed}" for run in plan.runs],
        "reused": [f"{record.variant}/{record.seed}" for record in plan.finished],
    }
