"""The pictures that some run got wrong, kept with the study so that a report needs no data set."""

import io
from collections import Counter
from collections.abc import Iterable

import numpy as np

from versus.data.dataset import Dataset, Split
from versus.results.record import RunRecord
from versus.results.store import DirectoryStore
from versus.results.view import read_predictions

NAME = "pictures.npz"
# Where more pictures than this were got wrong by some run, those that most runs got wrong are kept.
MOST_PICTURES = 4_000
MOST_BYTES = 16 * 2**20


def keep_pictures(store: DirectoryStore, records: Iterable[RunRecord], data: Dataset) -> None:
    """Write DIR/pictures.npz: images, labels and indices of what at least one run got wrong.

    Only of the split that the runs are judged on, and only where it is one split for all seeds:
    under a sealed test set and a validation part drawn by seed, there is no such split.
    """
    wrong: Counter[int] = Counter()
    split_names: set[str] = set()
    for record in records:
        split_name = "test" if "test" in record.metrics else "validation"
        predictions = read_predictions(store, record, split_name, data.classes)
        wrong.update(predictions.indices[~predictions.correct].tolist())
        split_names.add(split_name)
    if len(split_names) != 1:
        return
    split = data.test if split_names == {"test"} else data.validation or data.train
    most = min(MOST_PICTURES, max(1, MOST_BYTES // split.images[0].nbytes))
    chosen = np.array(sorted(index for index, _ in wrong.most_common(most)), dtype=np.int64)
    store.write_study_file(NAME, _pack(split, chosen))


def _pack(split: Split, indices: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    kept = split.take(indices)
    np.savez_compressed(buffer, images=kept.images, labels=kept.labels, indices=indices)
    return buffer.getvalue()
