"""The closing table, one row a variant, and the table of every run behind it."""

from dataclasses import dataclass
from typing import Any

from versus.reports.links import Links
from versus.reports.numbers import count, decimals, duration, known, percent, plain
from versus.studies.result import StudyResult


@dataclass(frozen=True)
class Measured:
    """Mean and sample standard deviation over seeds, as text; `sd` is "" for a single seed."""

    mean: str
    sd: str


@dataclass(frozen=True)
class ClosingRow:
    """What a variant costs and what it gives, as text.

    Attributes:
        name: of the variant.
        recipe: in one line.
        parameters: of the model, all of them.
        frozen: how many of them are not trained; "" where all are.
        multiply_adds: of one picture, forward.
        seconds: mean wall time of the training.
        loss: of the split that runs are judged on.
        accuracy: in percent.
        n: finished runs.
        failed: failed runs.
        diverged: runs that diverged.
    """

    name: str
    recipe: str
    parameters: str
    frozen: str
    multiply_adds: str
    seconds: str
    loss: Measured
    accuracy: Measured
    n: int
    failed: int
    diverged: int


@dataclass(frozen=True)
class RunRow:
    """One run, as text; its numbers are dashes where it failed, diverged or is still missing."""

    name: str
    seed: int
    status: str
    epochs: str
    seconds: str
    loss: str
    nll: str
    accuracy: str
    link: str


def closing_table(result: StudyResult) -> list[ClosingRow]:
    """Return one row a variant; within a column all numbers have the same decimals."""
    table = result.frame()
    rows: list[tuple[str, Any]] = [(str(name), row) for name, row in table.iterrows()]
    loss = _places([known(row["loss_sd"]) for _, row in rows], alone=4, most=5)
    accuracy = _places([_hundred(row["accuracy_sd"]) for _, row in rows], alone=2, most=3)
    return [_closing_row(name, row, loss, accuracy) for name, row in rows]


def run_table(result: StudyResult, links: Links) -> list[RunRow]:
    """Return one row for each run that the study asks for, by seed."""
    there = {(record.variant, record.seed): record for record in result.records}
    untested = {(record.variant, record.seed) for record in result.untested}
    rows = []
    for seed in sorted(result.study.seeds):
        for variant in result.study.variants:
            record = there.get((variant.name, seed))
            done = record is not None and record.status == "finished"
            judged = record.judged() if record and done else {}
            rows.append(
                RunRow(
                    name=variant.name,
                    seed=seed,
                    status=record.status
                    if record
                    else ("not tested" if (variant.name, seed) in untested else "not run"),
                    epochs=count(record.epochs if record and done else None),
                    seconds=duration(record.seconds if record and done else None),
                    loss=plain(judged.get("loss"), 5),
                    nll=plain(judged.get("nll"), 5),
                    accuracy=percent(judged.get("accuracy"), 2),
                    link=links.record(record) if record else "",
                )
            )
    return rows


def _closing_row(name: str, row: Any, loss_places: int, accuracy_places: int) -> ClosingRow:
    parameters, trainable = known(row["parameters"]), known(row["trainable"])
    frozen = (parameters or 0) - (trainable or 0)
    return ClosingRow(
        name=name,
        recipe=str(row["recipe"]),
        parameters=count(parameters),
        frozen=count(frozen) if frozen else "",
        multiply_adds=count(row["multiply_adds"]),
        seconds=duration(known(row["seconds"])),
        loss=_measured(known(row["loss_mean"]), known(row["loss_sd"]), loss_places),
        accuracy=_measured(
            _hundred(row["accuracy_mean"]), _hundred(row["accuracy_sd"]), accuracy_places
        ),
        n=int(row["n"]),
        failed=int(row["failed"]),
        diverged=int(row["diverged"]),
    )


def _places(spreads: list[float | None], *, alone: int, most: int) -> int:
    """Return decimals for two digits of the smallest spread, or `alone` without a spread."""
    real = [spread for spread in spreads if spread]
    return decimals(real, 2, most) if real else alone


def _measured(mean: float | None, sd: float | None, places: int) -> Measured:
    return Measured(plain(mean, places), "" if sd is None else plain(sd, places))


def _hundred(share: float | None) -> float | None:
    value = known(share)
    return None if value is None else 100 * value
