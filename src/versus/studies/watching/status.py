"""StudyStatus: how a study stands at one moment, run by run; plain values that anyone can show."""

from collections.abc import Sequence
from typing import Literal

from versus.evaluation.verdict import Verdict
from versus.results.record import RunRecord
from versus.schema import Schema
from versus.training.beat import Beat

State = Literal[
    "waiting", "running", "stopped", "finished", "failed", "diverged", "damaged", "unreadable"
]
# A run in one of these will not be made again by the command that runs the study now.
ENDED: tuple[State, ...] = ("finished", "failed", "diverged")


class Worker(Schema):
    """The process that trains a run, or did last.

    Attributes:
        pid: its number.
        host: its machine.
        alive: whether it lives; None where that cannot be known, as on another machine.
        silent_seconds: since it said something last, by the files' clock; at least 0.
    """

    pid: int
    host: str
    alive: bool | None
    silent_seconds: float


class Saved(Schema):
    """Where a run's checkpoint is: the epoch under way, from 0, and how many steps of it."""

    epoch: int
    step: int


class Outcome(Schema):
    """What a finished run gave.

    Attributes:
        split: that it is judged on, "test" or "validation".
        accuracy, loss: there.
        epochs: that were trained.
        seconds: of the training.
        device: that it was made on, "cpu" or "cuda".
    """

    split: str
    accuracy: float | None
    loss: float | None
    epochs: int
    seconds: float
    device: str = "cpu"


class RunStatus(Schema):
    """How one run stands.

    Attributes:
        variant, seed: of the run.
        state: "waiting" for its turn; "running"; "stopped" where its process is gone and left no
            record; "finished"; "failed" or "diverged", with the `reason`; "damaged" where its
            record is not what was written; "unreadable" where another version wrote it.
        progress: of a run under way, or of one that was stopped.
        worker: the same run's process.
        checkpoint: where a run goes on that has not ended; None where it starts anew.
        outcome: of a finished run.
        reason: why a run failed or cannot be read, in one line.
    """

    variant: str
    seed: int
    state: State = "waiting"
    progress: Beat | None = None
    worker: Worker | None = None
    checkpoint: Saved | None = None
    outcome: Outcome | None = None
    reason: str | None = None

    @property
    def name(self) -> str:
        """VARIANT/SEED."""
        return f"{self.variant}/{self.seed}"


class StudyStatus(Schema):
    """How a study stands.

    Attributes:
        format: version of these fields; a field may be added within one.
        folder: DIR; "" where it is not shown.
        name, question, data: as the study has them.
        command: how the study is run, and goes on.
        variants: their names, in the study's order.
        seeds: of every run.
        state: "planned" before the first run; "running" while a process works on one; "stopped"
            where runs are left and none does; "finished" when every run has ended.
        runs: every run, by seed, then in the order of the variants; those that ended, last first
            where that is known.
        seconds_left: until the last run ends, at the speed and with as many processes as now; None
            where too little is known, or nothing is under way.
        verdicts: what the runs finished so far say.
        caveats: what every output says beside the numbers, as that the test set was opened.
        final: whether no run is left that could change the verdicts.
        report: path of the report; None while there is none of this study's end.
    """

    format: int = 1
    folder: str = ""
    name: str
    question: str
    data: str
    command: str = ""
    variants: tuple[str, ...]
    seeds: tuple[int, ...]
    state: Literal["planned", "running", "stopped", "finished"]
    runs: tuple[RunStatus, ...]
    seconds_left: float | None = None
    verdicts: tuple[Verdict, ...] = ()
    caveats: tuple[str, ...] = ()
    final: bool = False
    report: str | None = None

    def of(self, *states: State) -> list[RunStatus]:
        """Return the runs in one of these states."""
        return [run for run in self.runs if run.state in states]


def ended(record: RunRecord) -> RunStatus:
    """Return the status of a run that has a record."""
    finished = record.status == "finished"
    values = record.judged()
    outcome = Outcome(
        split="test" if "test" in record.metrics else "validation",
        accuracy=values.get("accuracy"),
        loss=values.get("loss"),
        epochs=record.epochs,
        seconds=record.seconds,
        device=record.config.device,
    )
    return RunStatus(
        variant=record.variant,
        seed=record.seed,
        state=record.status,
        outcome=outcome if finished else None,
        reason=None if finished else record.error,
    )


def state_of(runs: Sequence[RunStatus]) -> Literal["planned", "running", "stopped", "finished"]:
    """Return how the whole stands."""
    states = {run.state for run in runs}
    if "running" in states:
        return "running"
    if states <= set(ENDED):
        return "finished"
    begun = states - {"waiting"} or any(run.checkpoint for run in runs)
    return "stopped" if begun else "planned"
