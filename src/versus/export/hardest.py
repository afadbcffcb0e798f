"""The hardest pictures of a run: those to whose own class it gave the least probability."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from versus.bundles.manifest import HardPicture
from versus.export.compared import Compared

MOST = 60


class Hardest(NamedTuple):
    """Pictures, hardest first: uint8 `[n, height, width, channels]`, with what is known of them."""

    split: Literal["validation", "test"]
    pictures: tuple[HardPicture, ...]
    images: npt.NDArray[np.uint8]


def hardest(compared: Sequence[Compared]) -> Hardest:
    """Return the hardest test pictures; of validation where test is sealed."""
    each = next(each for each in compared if each.recorded)
    labels = each.expected.labels
    own = each.expected.probabilities[np.arange(len(labels)), labels]
    order = np.argsort(own, kind="stable")[:MOST]
    pictures = tuple(
        HardPicture(
            index=int(each.expected.indices[row]),
            label=int(labels[row]),
            probability=float(own[row]),
        )
        for row in order
    )
    split = cast("Literal['validation', 'test']", each.split)
    return Hardest(split, pictures, np.ascontiguousarray(each.images[order]))
