"""Class by class: how well each is told, summed over the seeds of a variant, and in words."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from versus.evaluation.f1 import f1_by_class
from versus.evaluation.reading import read_confusion
from versus.reports.confusion import MOST_CLASSES, summed_confusions
from versus.reports.numbers import NONE, percent, plain
from versus.studies.result import StudyResult

MOST_BESIDE = 3
"""Variants in one table: of more it would be wider than a page of paper."""


@dataclass(frozen=True)
class ClassScore:
    """How one variant tells one class, as text; `best` marks the highest F1 of the row."""

    recall: str
    precision: str
    f1: str
    best: bool


@dataclass(frozen=True)
class ClassRow:
    """One class: its place among the classes, its name, its pictures, and a score a variant."""

    index: int
    name: str
    pictures: str
    scores: tuple[ClassScore, ...]


@dataclass(frozen=True)
class ClassTable:
    """The classes of a study.

    Attributes:
        names: of the variants that have a finished run.
        rows: by class; the worst ones alone where there are more classes than a page holds.
        total: how many classes there are.
        readings: by variant, what is wrong with the class that it tells worst, in a sentence.
        groups: places among `names` that stand side by side, in tables one below the other.
    """

    names: tuple[str, ...]
    rows: tuple[ClassRow, ...]
    total: int
    readings: dict[str, str]
    groups: tuple[tuple[int, ...], ...]


def class_table(result: StudyResult) -> ClassTable | None:
    """Return how each variant tells each class; None where no run recorded it."""
    classes = list(result.study.data.classes)
    counts = {name: c for name, (_, c) in summed_confusions(result).items() if c.any()}
    if not counts:
        return None
    seeds = {name: len(result.finished(name)) for name in counts}
    f1 = np.array([_f1(c) for c in counts.values()])
    pictures = next(iter(counts.values())).sum(axis=1) // next(iter(seeds.values()))
    order = np.arange(len(classes))
    if len(classes) > MOST_CLASSES:
        order = np.argsort(np.nanmin(np.where(np.isnan(f1), 1.0, f1), axis=0), kind="stable")
        order = order[:MOST_CLASSES]
    rows = tuple(
        ClassRow(i, classes[i], f"{pictures[i]:,}", _scores(list(counts.values()), f1[:, i], i))
        for i in order.tolist()
    )
    readings = {
        name: read_confusion(c, classes).sentence(
            pictures="pictures" if seeds[name] == 1 else "answers"
        )
        for name, c in counts.items()
    }
    return ClassTable(tuple(counts), rows, len(classes), readings, _groups(len(counts)))


def _groups(variants: int) -> tuple[tuple[int, ...], ...]:
    """Return the places of as many variants a table as paper is wide, or nearly as many."""
    parts = np.array_split(np.arange(variants), -(-variants // MOST_BESIDE))
    return tuple(tuple(part.tolist()) for part in parts)


def _f1(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return F1 of each class, float64 `[k]`; NaN for a class of which there is no picture."""
    return np.where(counts.sum(axis=1) > 0, f1_by_class(counts), np.nan)


def _scores(
    counts: list[npt.NDArray[np.int64]], f1: npt.NDArray[np.float64], i: int
) -> tuple[ClassScore, ...]:
    found = []
    for c, value in zip(counts, f1, strict=True):
        true, said = int(c[i].sum()), int(c[:, i].sum())
        found.append(
            ClassScore(
                percent(c[i, i] / true) if true else NONE,
                percent(c[i, i] / said) if said else NONE,
                plain(float(value), 3) if np.isfinite(value) else NONE,
                len(counts) > 1 and bool(value == f1.max() > f1.min()),
            )
        )
    return tuple(found)
