"""The pictures that some run got wrong, kept with the study so that a report needs no data set."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from versus.data.dataset import Dataset
from versus.results.contract import Store
from versus.results.encoding import npz_bytes
from versus.results.record import RunRecord
from versus.results.view import kept_predictions

NAME = "pictures.npz"
# Where more pictures than this were got wrong by some run, those that only some got wrong are kept.
MOST_PICTURES = 4_000
MOST_BYTES = 16 * 2**20


def wrong_pictures(store: Store, records: Sequence[RunRecord], data: Dataset) -> bytes | None:
    """Return DIR/pictures.npz: images, labels and indices of what at least one run got wrong.

    None where the predictions of every run were left out of this copy of the study.

    Args:
        store: of the study.
        records: finished runs, at least one.
        data: the study's; indices are rows of its test split, or, while test is sealed, of the
            split that validation pictures were taken from.
    """
    tested = "test" in records[0].metrics
    wrong: Counter[int] = Counter()
    seen = 0
    for record in records:
        found = kept_predictions(store, record, "test" if tested else "validation", data.classes)
        if found is not None:
            wrong.update(found.indices[~found.correct].tolist())
            seen += 1
    if not seen:
        return None
    split = data.test if tested else data.validation or data.train
    most = min(MOST_PICTURES, max(1, MOST_BYTES // split.images[0].nbytes))
    # Those that every run got wrong tell no two variants apart, so they go last.
    disputed_first = sorted(wrong, key=lambda index: (wrong[index] == seen, index))
    chosen = np.array(sorted(disputed_first[:most]), dtype=np.int64)
    kept = split.take(chosen)
    return npz_bytes(images=kept.images, labels=kept.labels, indices=chosen)
