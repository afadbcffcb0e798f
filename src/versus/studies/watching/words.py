"""What is said of a study and its runs in one line each."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from versus.evaluation.looks import Looks
from versus.evaluation.verdict import Verdict
from versus.results.contract import Damage
from versus.results.record import RunRecord
from versus.studies.watching.duration import clock
from versus.studies.watching.status import ENDED, RunStatus
from versus.training.beat import Beat

if TYPE_CHECKING:
    from versus.studies.plan import Plan, PlannedRun


def moved(damage: Damage, place: Path) -> str:
    """Return what became of a damaged run."""
    return f"{damage.reason}: moved to {place}; the run is made again"


def opening(plan: "Plan") -> str:
    """Return what is about to happen."""
    variants, seeds = len(plan.study.variants), len(plan.study.seed_list)
    line = (
        f"{plan.study.name}: {variants} variant{'s'[: variants > 1]} x "
        f"{seeds} seed{'s'[: seeds > 1]} on {plan.data.name}"
    )
    if plan.study.protocol.validates_on_test:
        line += "; validated on the test set: numbers are optimistic"
    line += "".join(f"; {equal.sentence()}" for equal in plan.equal_pictures)
    reused = len(plan.finished)
    return f"{line}; {reused} of {len(plan.runs)} runs are there already" if reused else line


def ending(record: RunRecord) -> str:
    """Return how a run ended."""
    name = f"{record.variant}, seed {record.seed}"
    if record.status != "finished":
        return f"{name}: {record.status}: {record.error}"
    split = "test" if "test" in record.metrics else "validation"
    values = record.metrics[split]
    return (
        f"{name}: {split} accuracy {values['accuracy']:.4f}, loss {values['loss']:.4f}, "
        f"{record.epochs} epoch{'s'[: record.epochs != 1]} in {record.seconds:.1f} s"
    )


def made_elsewhere(record: RunRecord) -> str:
    """Return how a run of another command ended."""
    return f"{ending(record)} (made by another command)"


def one_by_one(reason: str) -> str:
    """Return why runs are not made side by side."""
    return f"runs are made one after the other, not side by side: {reason}"


def retried(run: "PlannedRun", reason: str, attempt: int) -> str:
    """Return that a run goes on in another process."""
    name = f"{run.variant.name}, seed {run.seed}"
    return f"{name}: {reason}: it goes on from its last save, attempt {attempt}"


def waiting(runs: Mapping[tuple[str, int], str]) -> str:
    """Return what other commands still make."""
    (variant, seed), who = next(iter(runs.items()))
    more = f" and {len(runs) - 1} more" if len(runs) > 1 else ""
    return f"waiting for {variant}, seed {seed}{more}, which another command makes ({who})"


def going(run: RunStatus) -> str:
    """Return where a run under way is."""
    name = f"{run.variant}, seed {run.seed}"
    beat = run.progress
    return name if beat is None else f"{name}: {whereabouts(beat)}"


def whereabouts(beat: Beat) -> str:
    """Return where a training is."""
    if beat.stage in ("preparing", "testing"):
        return beat.stage
    numbers = {"loss": beat.loss, "accuracy": beat.accuracy, "val_accuracy": beat.val_accuracy}
    parts = [f"epoch {beat.place}"]
    parts += [f"step {beat.step}/{beat.steps}"] if beat.step else []
    parts += [f"{key} {value:.4f}" for key, value in numbers.items() if value is not None]
    if beat.pictures_per_second:
        parts.append(f"{beat.pictures_per_second:,.0f} pictures/s")
    if beat.seconds_left is not None:
        parts.append(f"{clock(beat.seconds_left)} left")
    return ", ".join(parts)


def counts(runs: Sequence[RunStatus]) -> str:
    """Return how many runs have ended in which way, and how many are left."""
    found = Counter(run.state for run in runs)
    said = [f"{found.pop(state)} {state}" for state in ENDED if found[state]]
    left = sum(found.values())
    said += [f"{left} left"] if left else []
    return f"{len(runs)} run{'s'[: len(runs) != 1]}: {', '.join(said)}"


def look(looks: Looks, number: int, verdicts: Sequence[Verdict]) -> str:
    """Return what a look, counted from 0, has shown."""
    decided, pairs = sum(v.word != "can't tell" for v in verdicts), len(verdicts)
    line = (
        f"look {number + 1} of {len(looks.seeds)}, {looks.seeds[number]} seeds: "
        f"{decided} of {pairs} pair{'s'[: pairs > 1]} decided"
    )
    later = looks.seeds[number + 1 :]
    return f"{line}; going on to {later[0]} seeds" if decided < pairs and later else line
