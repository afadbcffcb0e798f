"""Which pictures are explained: the surest errors, and a sure right answer of each class."""

import numpy as np
import numpy.typing as npt

from versus.evaluation.predictions import Predictions

EACH = 6
"""Wrong pictures at most, and right ones."""


def chosen_rows(found: Predictions, each: int = EACH) -> npt.NDArray[np.int64]:
    """Return rows of `found`: the surest errors, then the surest right answers.

    At most `each` of either; the right ones are of different classes as long as there are any.
    """
    order = np.argsort(-found.confidence, kind="stable")
    wrong = order[~found.correct[order]][:each]
    right = order[found.correct[order]]
    # By how often the class came before, so that each class comes once before any comes twice.
    turn = np.zeros(len(right), dtype=np.int64)
    seen: dict[int, int] = {}
    for place, row in enumerate(right.tolist()):
        label = int(found.labels[row])
        turn[place] = seen.get(label, 0)
        seen[label] = turn[place] + 1
    first = right[np.argsort(turn, kind="stable")][:each]
    return np.concatenate([wrong, first])
