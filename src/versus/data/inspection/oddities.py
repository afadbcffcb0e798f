"""Pictures unlike the rest of their own set: blank, inverted, or off its centre.

Each rule holds a picture against the set, not against a picture that someone had in mind. Typical
values are medians, and spreads 1.4826 times the median distance from them: the standard deviation
of a normal distribution, which a few odd pictures cannot shift.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

from versus.data.dataset import Dataset, Images
from versus.data.inspection.embedding import (
    border_level,
    centre_of_mass,
    edge_values,
    reduced,
    reduction,
)
from versus.data.inspection.rows import Floats, chunks, in_threads
from versus.schema import Schema

BLANK_RANGE = 16
"""Grey levels between the darkest and the brightest pixel below which nothing is to be seen."""
PLAIN_BORDER = 16.0
"""Spread of the borders' grey levels up to which a set has a background of its own."""
FAR = 6.0
"""Spreads from the typical value at which a picture is unlike the rest: 2 in 10^9 by chance."""
_FAR_BORDER = 64.0  # grey levels
_FAR_SHARE = 0.1  # of the side: what is nearer is no fault, however alike the others are
MOST_EXAMPLES = 20

Kind = Literal["blank", "inverted", "off-centre"]
Mask = npt.NDArray[np.bool_]


class Oddity(Schema):
    """Pictures of one split that are odd in one way.

    Attributes:
        kind: "blank" (no two pixels differ by 16 grey levels), "inverted" (its border is as bright
            as the others' is dark, or the other way round) or "off-centre" (its centre of mass is
            6 spreads of the set, and a tenth of the side, away from the typical one).
        split: its name.
        count: how many there are.
        rows: the first of them; the furthest first where they are off-centre.
    """

    kind: Kind
    split: str
    count: int
    rows: list[int]

    def sentence(self) -> str:
        """Return the finding in words."""
        one = self.count == 1
        what = f"{self.count:,} {self.split} picture{'' if one else 's'} {'is' if one else 'are'}"
        return f"{what} {self.kind}: {MEANING[self.kind]}"


MEANING: dict[Kind, str] = {
    "blank": f"no two pixels differ by {BLANK_RANGE} grey levels",
    "inverted": "bright where the rest of the set is dark, and dark where it is bright",
    "off-centre": f"the centre of mass lies {FAR:g} robust standard deviations and a tenth of the "
    "side from the set's own",
}


def find_oddities(dataset: Dataset) -> list[Oddity]:
    """Return what is odd in each split; only what there is.

    Sets without a plain background of their own, as photographs are, have no inverted pictures;
    the centre of mass is that of the difference from each picture's own border.
    """
    facts = {name: _measure(split.images) for name, split in dataset.splits.items()}
    whole = np.concatenate(list(facts.values()))
    seen = whole[whole[:, 0] >= BLANK_RANGE]
    if not len(seen):
        seen = whole
    found: list[Oddity] = []
    for name, each in facts.items():
        blank = each[:, 0] < BLANK_RANGE
        inverted = _inverted(each[:, 1], seen[:, 1]) & ~blank
        inverted[inverted] = _all_around(
            dataset.splits[name].images[inverted], float(np.median(seen[:, 1]))
        )
        distance = _distance(each[:, 2:], seen[:, 2:], dataset.input_shape[:2])
        off_centre = (distance > 1) & ~blank & ~inverted
        furthest = np.argsort(-distance, kind="stable")
        in_order = np.arange(len(each))
        parts: list[tuple[Kind, Mask, npt.NDArray[np.intp]]] = [
            ("blank", blank, in_order),
            ("inverted", inverted, in_order),
            ("off-centre", off_centre, furthest),
        ]
        for kind, mask, order in parts:
            if mask.any():
                rows = order[mask[order]][:MOST_EXAMPLES].tolist()
                found.append(Oddity(kind=kind, split=name, count=int(mask.sum()), rows=rows))
    return found


def _measure(images: Images) -> Floats:
    """Return float32 `[n, 4]`: range, border level, row and column of the centre of mass."""
    factor = reduction(images)

    def measure(rows: slice) -> Floats:
        pixels = images[rows]
        flat = pixels.reshape(len(pixels), -1)
        width = flat.max(axis=1).astype(np.float32) - flat.min(axis=1)
        grey = reduced(pixels, factor).mean(axis=3)
        border = border_level(grey)
        row, column = centre_of_mass(np.abs(grey - border[:, None, None]))
        return np.stack([width, border, row * factor, column * factor], axis=1)

    return np.concatenate(in_threads(measure, chunks(images)))


def _inverted(borders: Floats, of_set: Floats) -> Mask:
    typical, spread = _norm(of_set)
    if spread > PLAIN_BORDER:
        return np.zeros(len(borders), np.bool_)
    away = np.abs(borders - typical)
    nearer = np.abs(borders - (255 - typical)) < away
    return nearer & (away > max(_FAR_BORDER, FAR * spread))


def _all_around(images: Images, typical: float) -> Mask:
    """Return whether nine tenths of each border are nearer to the opposite of the typical level.

    An object that fills its picture reaches the border too, but leaves corners open.
    """
    edge = edge_values(reduced(images, 1).mean(axis=3))
    nearer = np.abs(edge - (255 - typical)) < np.abs(edge - typical)
    return nearer.mean(axis=1) >= 0.9


def _distance(centres: Floats, of_set: Floats, sides: tuple[int, ...]) -> Floats:
    """Return how far from the typical centre, 1 where it counts as far; the worse of both axes."""
    worst = np.zeros(len(centres), np.float32)
    for axis, side in enumerate(sides):
        typical, spread = _norm(of_set[:, axis])
        far = max(FAR * spread, _FAR_SHARE * side)
        worst = np.maximum(worst, np.abs(centres[:, axis] - typical) / far)
    return worst.astype(np.float32)


def _norm(values: Floats) -> tuple[float, float]:
    """Return the typical value and the spread."""
    typical = float(np.median(values))
    return typical, 1.4826 * float(np.median(np.abs(values - typical)))
