"""Galleries: the pictures that only one of two variants gets right, the worst errors first."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from versus.evaluation.predictions import Indices, Predictions, pairwise_right
from versus.reports.numbers import certainty
from versus.reports.pictures import Pictures
from versus.results.opening import PREDICTIONS
from versus.results.record import RunRecord
from versus.results.view import read_predictions
from versus.studies.result import StudyResult

MOST_TILES = 24
"""Pictures on each side of a gallery."""
_FEWEST_TILES = 4
# Of all galleries together, so that the page of a study with many pairs stays small.
_BUDGET = 600


@dataclass(frozen=True)
class Said:
    """What one variant said about a picture: a class, how surely, and whether that is right."""

    name: str
    said: str
    probability: str
    right: bool


@dataclass(frozen=True)
class Tile:
    """A picture: where it stands in its split, its true class, and what was said of it."""

    png: str
    index: int
    truth: str
    answers: tuple[Said, ...]


@dataclass(frozen=True)
class Side:
    """The pictures that only `name` gets right: how many there are, and some of them."""

    name: str
    count: int
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Gallery:
    """Two variants on the same pictures, each by its run of one seed.

    Attributes:
        a, b: names of the variants.
        seed: the first seed that both finished.
        split: that the pictures are of, "test" or "validation".
        total: pictures in it.
        both, neither: how many pictures both get right, and none.
        sides: those that only A, and only B, gets right.
        lost: those that both get wrong; its name is "".
    """

    a: str
    b: str
    seed: int
    split: str
    total: int
    both: int
    neither: int
    sides: tuple[Side, Side]
    lost: Side | None = None

    def shown(self) -> tuple[Side, ...]:
        """Return what pictures are shown of: only A right, only B right, both wrong."""
        return self.sides if self.lost is None else (*self.sides, self.lost)


def galleries(
    result: StudyResult, pictures: Pictures | None, chosen: Sequence[tuple[str, str]] | None = None
) -> list[Gallery]:
    """Return a gallery for each two variants that finished a seed in common.

    Args:
        result: its runs' predictions are read.
        pictures: of the split that the runs are judged on; None shows numbers alone.
        chosen: the pairs to show, each in either order; all where None.

    Raises:
        ResultsError: predictions are missing or were changed.
    """
    wanted = None if chosen is None else {frozenset(pair) for pair in chosen}
    pairs = [
        pair
        for a, b in itertools.combinations(result.study.variants, 2)
        if (wanted is None or frozenset((a.name, b.name)) in wanted)
        and (pair := _first_common(result, a.name, b.name))
    ]
    most = min(MOST_TILES, max(_FEWEST_TILES, _BUDGET // max(1, 2 * len(pairs))))
    return [_gallery(result, pair, pictures, most) for pair in pairs]


def _first_common(result: StudyResult, a: str, b: str) -> tuple[RunRecord, RunRecord] | None:
    """Return the runs of the first seed of which both variants have predictions here."""
    runs_a, runs_b = (
        {r.seed: r for r in result.finished(name) if result.store.keeps(r, PREDICTIONS)}
        for name in (a, b)
    )
    return next(((runs_a[seed], runs_b[seed]) for seed in runs_a if seed in runs_b), None)


def _gallery(
    result: StudyResult, pair: tuple[RunRecord, RunRecord], pictures: Pictures | None, most: int
) -> Gallery:
    split = "test" if all("test" in record.metrics for record in pair) else "validation"
    classes = tuple(result.study.data.classes)
    a, b = (read_predictions(result.store, record, split, classes) for record in pair)
    names = (pair[0].variant, pair[1].variant)
    right = pairwise_right(a, b)
    sides = (
        Side(names[0], len(right.only_a), _tiles(names, (a, b), right.only_a, 1, pictures, most)),
        Side(names[1], len(right.only_b), _tiles(names, (a, b), right.only_b, 0, pictures, most)),
    )
    neither = len(right.neither)
    both = len(a) - neither - sides[0].count - sides[1].count
    tiles = _tiles(names, (a, b), right.neither, None, pictures, most // 2)
    lost = Side("", neither, tiles)
    return Gallery(*names, pair[0].seed, split, len(a), both, neither, sides, lost)


def _tiles(
    names: tuple[str, str],
    predictions: tuple[Predictions, Predictions],
    indices: Indices,
    loser: int | None,
    pictures: Pictures | None,
    most: int,
) -> tuple[Tile, ...]:
    """Return the pictures at `indices` of which `loser` (0, 1, None is both) was surest."""
    if pictures is None:
        return ()
    wrong = predictions[loser or 0]
    both = np.maximum(*(each.confidence for each in predictions))
    sure = both if loser is None else wrong.confidence
    rows = np.flatnonzero(np.isin(wrong.indices, indices))
    rows = rows[np.argsort(-sure[rows], kind="stable")]
    kept = [row for row in rows if pictures.has(int(wrong.indices[row]), int(wrong.labels[row]))]
    return tuple(
        Tile(
            png=pictures.png(int(wrong.indices[row])),
            index=int(wrong.indices[row]),
            truth=wrong.classes[wrong.labels[row]],
            answers=tuple(said_of(n, p, row) for n, p in zip(names, predictions, strict=True)),
        )
        for row in kept[:most]
    )


def said_of(name: str, predictions: Predictions, row: int) -> Said:
    """Return what a variant said of the picture at `row`."""
    return Said(
        name=name,
        said=predictions.classes[predictions.predicted[row]],
        probability=certainty(float(predictions.confidence[row])),
        right=bool(predictions.correct[row]),
    )
