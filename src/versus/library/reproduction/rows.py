"""The lines of a reproduction: what is printed, what was measured, and what follows."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from versus.library.published.figures import Corrected, Document, Erratum, Printed, System
from versus.library.reproduction.claims import ClaimRow
from versus.library.reproduction.counts import counts
from versus.library.reproduction.epochs import EpochRow, epoch_rows, said_of_epochs
from versus.library.reproduction.measured import (
    ACCURACY,
    LOSS,
    AllRuns,
    Measured,
    Runs,
    measured,
    summed,
)
from versus.library.reproduction.outcome import Word, judge
from versus.library.reproduction.reasons import why


@dataclass(frozen=True)
class FigureRow:
    """One printed number.

    Attributes:
        name: what was measured.
        printed: as printed.
        headline: it counts for the outcome of its system; numbers of single epochs do not.
        measured: the same, of the system as printed.
        low, high: the 99 % interval for one more run.
        outcome: the word for this number.
        corrected: the same of each variant that mends the system, by name.
    """

    name: str
    printed: str
    headline: bool
    measured: Measured
    low: float | None
    high: float | None
    outcome: Word
    corrected: dict[str, Measured]


@dataclass(frozen=True)
class CorrectedRow:
    """A variant that mends something: what, its parameters, its results, and what that changes."""

    variant: str
    study: str
    change: str
    parameters: int | None
    accuracy: Measured
    loss: Measured
    effect: str


@dataclass(frozen=True)
class SystemRow:
    """One system: counts, figures, time, outcome, and what mends it.

    Attributes:
        variant, study: its name, and the study that trains it as printed.
        parameters_printed, trainable_printed, counts_printed: see `System`.
        parameters, trainable: ours; None before the first run of what scikit-learn learns.
        seconds_printed, seconds: of training.
        figures: the printed numbers.
        curve: those printed of each epoch.
        remark: what else was found of that curve, and where.
        accuracy, loss: ours on the test pictures, also where none is printed.
        outcome: of the headline figures together.
        why: of an outcome that is not "reproduced".
        corrected: what mends it.
        earlier: the command of the sitting that measured it, where that is not this one.
    """

    variant: str
    study: str
    parameters_printed: int
    trainable_printed: int
    counts_printed: bool
    parameters: int | None
    trainable: int | None
    seconds_printed: float | None
    seconds: Measured
    figures: tuple[FigureRow, ...]
    accuracy: Measured
    loss: Measured
    outcome: Word
    why: str
    corrected: tuple[CorrectedRow, ...]
    earlier: str = ""
    curve: tuple[EpochRow, ...] = ()
    remark: str = ""

    @property
    def counts(self) -> tuple[tuple[int | None, int | None], tuple[int, int]]:
        """Parameters and the trainable ones among them: ours, and as printed."""
        return (
            (self.parameters, self.trainable),
            (self.parameters_printed, self.trainable_printed),
        )


@dataclass(frozen=True)
class DocumentRows:
    """One document: systems, claims and errata."""

    letter: str
    title: str
    protocol: str
    systems: tuple[SystemRow, ...]
    claims: tuple[ClaimRow, ...]
    errata: tuple[Erratum, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return asdict(self)


def document_rows(
    document: Document, systems: tuple[System, ...], claims: tuple[ClaimRow, ...], runs: AllRuns
) -> DocumentRows:
    """Return the rows of the chosen systems of a document."""
    return DocumentRows(
        document.letter,
        document.title,
        document.protocol,
        tuple(system_row(system, runs) for system in systems),
        claims,
        document.errata,
    )


def system_row(system: System, runs: AllRuns) -> SystemRow:
    """Hold one system's runs against what is printed of it."""
    name = system.variant
    system = _best_known(system, runs)
    own = runs[system.study]
    if system.lacking and not own.finished(system.variant):
        system = replace(system, unchecked=system.unchecked or system.lacking)
    parameters, trainable = counts(own, system.variant)
    figures = tuple(_figure(printed, system, runs) for printed in system.figures)
    curve = epoch_rows(system.curve, own, system.variant, checked=not system.unchecked)
    accuracy, loss = (measured(own, system.variant, p) for p in (ACCURACY, LOSS))
    word = _together(system, figures, accuracy.n)
    differing = [f.name for f in figures if f.headline and f.outcome == "differs"]
    return SystemRow(
        variant=name,
        study=system.study,
        parameters_printed=system.parameters,
        trainable_printed=system.trainable,
        counts_printed=system.counts_printed,
        parameters=parameters,
        trainable=trainable,
        seconds_printed=system.seconds,
        seconds=summed({run.seed: run.seconds for run in own.finished(system.variant)}),
        figures=figures,
        accuracy=accuracy,
        loss=loss,
        outcome=word,
        why=why(system, runs, word, differing, curve),
        corrected=tuple(_corrected(c, accuracy, runs[c.study]) for c in system.corrected),
        curve=curve,
        remark=system.remark if said_of_epochs(curve) else "",
    )


def _best_known(system: System, runs: AllRuns) -> System:
    """Return the system in that of its studies which has the most finished runs of it."""
    places = [(system.study, system.variant), *system.also]
    study, variant = max(places, key=lambda place: len(runs[place[0]].finished(place[1])))
    return replace(system, study=study, variant=variant)


def _figure(printed: Printed, system: System, runs: AllRuns) -> FigureRow:
    found = measured(runs[system.study], system.variant, printed)
    outcome = judge(printed, list(found.by_seed.values()))
    return FigureRow(
        name=printed.name,
        printed=printed.text,
        headline=printed.epoch is None,
        measured=found,
        low=outcome.interval.low if outcome.interval else None,
        high=outcome.interval.high if outcome.interval else None,
        outcome="cannot be checked" if system.unchecked else outcome.word,
        corrected={
            c.variant: measured(runs[c.study], c.variant, printed) for c in system.corrected
        },
    )


def _together(system: System, figures: tuple[FigureRow, ...], n: int) -> Word:
    """Return one word for the headline figures of a system."""
    if system.unchecked:
        return "cannot be checked"
    words = [figure.outcome for figure in figures if figure.headline]
    order: tuple[Word, ...] = ("not run", "too few runs", "differs", "reproduced")
    for word in order:
        if word in words:
            return word
    return "cannot be checked" if n else "not run"


def _corrected(corrected: Corrected, before: Measured, runs: Runs) -> CorrectedRow:
    accuracy, loss = (measured(runs, corrected.variant, p) for p in (ACCURACY, LOSS))
    effect = runs.problem or "not run"
    if accuracy.mean is not None and before.mean is not None:
        points = 100 * (accuracy.mean - before.mean)
        effect = (
            f"test accuracy {accuracy.mean:.4f} in place of {before.mean:.4f}, {points:+.2f} points"
        )
    return CorrectedRow(
        corrected.variant,
        corrected.study,
        corrected.change,
        counts(runs, corrected.variant)[0],
        accuracy,
        loss,
        effect,
    )
