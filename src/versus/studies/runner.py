"""Running a study: what is missing is run and written at once, then all runs are read together."""

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from versus.backend import threads
from versus.data.dataset import Dataset
from versus.data.inspection.kept import inspected
from versus.errors import DamagedError
from versus.results.contract import Damage, Store
from versus.results.data_check import keep_data_check
from versus.results.record import RunRecord
from versus.results.store import DirectoryStore
from versus.results.study_record import StudyRecord
from versus.studies.description import describe_study
from versus.studies.descriptions import DESCRIPTIONS
from versus.studies.execution import Execution
from versus.studies.observer import Observer
from versus.studies.pictures import NAME as PICTURES
from versus.studies.pictures import wrong_pictures
from versus.studies.plan import Plan, Records, ended_runs, make_plan, records_of
from versus.studies.processes.executor import Executor, SerialExecutor
from versus.studies.processes.jobs import check_jobs, choose_jobs
from versus.studies.processes.local import ProcessExecutor
from versus.studies.processes.starting import NoServer
from versus.studies.result import VERDICTS, StudyResult, read_result
from versus.studies.study import Study
from versus.studies.work import StudyWork, checkpoint

# Seconds to wait for another command that concludes: it lives, and comes to an end.
LONGEST_CONCLUSION = 3600.0


def run_study(
    study: Study,
    out: Path | str | Store,
    *,
    observer: Observer | None = None,
    jobs: int | None = 1,
    command: str = "",
    save_every: float = 30.0,
) -> StudyResult:
    """Run what `out` does not hold yet, and return what all the runs say.

    Any number of calls, in any processes, may run the same study at once: they share its runs.

    Args:
        study: what to run.
        out: DIR, made if missing, once everything has been checked; or a store.
        observer: is told of each step.
        jobs: how many runs go on at once, each in a process of its own; 1 is this process; None
            as many as the cores have room for. Results do not depend on it.
        command: how the study is run again, for its record.
        save_every: seconds between two saves of a run under way, so that a killed one goes on
            there with the same bits.

    Raises:
        VersusError: before the first run, if anything that it needs is wrong.
    """
    store = out if isinstance(out, Store) else DirectoryStore(out)
    observer = observer or Observer()
    check_jobs(jobs)
    with threads(1):  # runs set their own; none may be left behind where processes are forked
        plan = make_plan(study, store)
    store.check_writable()
    found = inspected(plan.data, within=False)
    with contextlib.ExitStack() as stack:
        with store.locked():
            others = stack.enter_context(store.at_work())
            plan, there = _settle(plan, store, observer, command, others=others)
            keep_data_check(store, found)
        work = StudyWork(store, plan.missing, plan.data, save_every)
        execution = Execution(store, plan, observer, there)
        stack.callback(execution.release)
        execution.run(stack.enter_context(_executor(work, jobs, plan, observer)))
        return conclude(store, plan.data)


def _settle(
    plan: Plan, store: Store, observer: Observer, command: str, *, others: bool
) -> tuple[Plan, Records]:
    """Bring the folder in order, write what the study is; return the plan and what was there."""
    description = describe_study(plan, _earlier(store, others=others), store.root, command)
    store.settle()
    _set_damaged_aside(plan, store, observer)
    # Another command may have finished runs while this one planned.
    there = records_of(store, plan.runs)
    plan = replace(plan, finished=ended_runs(store, plan.runs, there))
    for record in plan.finished:  # a process killed after its last run's record left these
        kept = checkpoint(store, record.config)
        if kept is not None and kept.path.parent.exists():
            kept.remove()
    store.write_study(description)
    store.write_study_file("plan.json", _describe_plan(plan))
    return replace(plan, record=description, others=_others(plan, description, store)), there


def _others(plan: Plan, whole: StudyRecord, store: Store) -> tuple[RunRecord, ...]:
    """Return the records that are there of the study's runs that are not asked for now."""
    wanted = {(variant.name, seed) for variant in whole.variants for seed in whole.seeds}
    wanted -= {(run.variant.name, run.seed) for run in plan.runs}
    if not wanted:
        return ()  # nothing is read again where the whole study is asked for
    return tuple(r for r in store.survey(files=False).records if (r.variant, r.seed) in wanted)


def _executor(work: StudyWork, jobs: int | None, plan: Plan, observer: Observer) -> Executor:
    """Return what carries out the runs; where it cannot be as asked, that is said."""
    count = choose_jobs(jobs, plan.study.protocol.threads, len(work.runs))
    if count > 1:
        try:
            return ProcessExecutor(work, count)
        except NoServer as cause:
            observer.one_at_a_time(str(cause))
    return SerialExecutor(work)


def _set_damaged_aside(plan: Plan, store: Store, observer: Observer) -> None:
    """Move what cannot be trusted of the runs asked for out of their way, so that they are made."""
    for run in plan.runs:
        variant, seed = run.variant.name, run.seed
        try:
            record = store.read(variant, seed)
            reasons = store.faults(record) if record and record.status != "failed" else []
        except DamagedError as error:
            reasons = [str(error)]
        if reasons:
            place = store.set_aside(variant, seed)
            observer.run_set_aside(Damage(variant, seed, reasons[0]), place)


def _earlier(store: Store, *, others: bool) -> StudyRecord | None:
    """Return what the folder says it holds, None while no run in it has finished.

    Where others are at work here, they hold to what it says.
    """
    study = store.read_study()
    if others:
        return study
    survey = store.survey(files=False)
    finished = any(record.status == "finished" for record in survey.records)
    # A run that was lost to damage may have been seen.
    return study if finished or survey.damaged or store.set_asides() else None


def conclude(store: Store, data: Dataset) -> StudyResult:
    """Write what is said about all runs together, and return it; call it without the lock.

    Worked out without the lock, as it takes long where there are thousands of runs and several
    commands; again with it, if one of them has ended a run meanwhile.
    """
    result, files = _say(store, data)
    with store.locked(wait=LONGEST_CONCLUSION):
        there = {(record.variant, record.seed): record for record in store.records()}
        if any(there.get((r.variant, r.seed)) != r for r in result.records) or len(there) > len(
            result.records
        ):
            result, files = _say(store, data)
        for name, content in files.items():
            store.write_study_file(name, content)
    return result


def _say(store: Store, data: Dataset) -> tuple[StudyResult, dict[str, Any]]:
    """Return what all runs say, and the files that say it."""
    result = read_result(store)
    finished = [record for record in result.records if record.status == "finished"]
    pictures = wrong_pictures(store, finished, data) if finished else None
    return result, {
        **({} if pictures is None else {PICTURES: pictures}),
        VERDICTS: [verdict.to_dict() for verdict in result.verdicts],
        DESCRIPTIONS: [description.to_dict() for description in result.descriptions],
    }


def _describe_plan(plan: Plan) -> dict[str, object]:
    return {
        "runs": [f"{run.variant.name}/{run.seed}" for run in plan.runs],
        "reused": [f"{record.variant}/{record.seed}" for record in plan.finished],
        "multiply_adds": {run.variant.name: run.cost.multiply_adds for run in plan.runs},
    }
