"""The pictures that a study kept, as PNG inside the page."""

import base64
import io
import zipfile
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from versus.errors import ResultsError
from versus.results.contract import Store
from versus.studies.pictures import NAME

# Larger pictures are made smaller: a page holds hundreds.
LARGEST = 64


@dataclass(frozen=True, eq=False)
class Pictures:
    """Pictures of one split.

    Attributes:
        images: uint8 `[n, height, width, channels]`.
        labels: int64 `[n]`.
        rows: where in these arrays each picture of the split is, by its index there.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    rows: dict[int, int]

    def has(self, index: int, label: int) -> bool:
        """Say whether the picture at `index` was kept, with this label."""
        row = self.rows.get(index)
        return row is not None and int(self.labels[row]) == label

    def png(self, index: int) -> str:
        """Return the picture at `index` of the split as a data URI."""
        return data_uri(self.images[self.rows[index]])


def read_pictures(store: Store) -> Pictures | None:
    """Return the pictures of a study, None if it kept none.

    Raises:
        ResultsError: the file is damaged.
    """
    path = store.root / NAME
    data = store.read_study_bytes(NAME)
    if data is None:
        return None
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            images, labels, indices = (arrays[name] for name in ("images", "labels", "indices"))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as cause:
        raise ResultsError(
            f"{path}: damaged: {cause}: run the study again, which keeps its runs"
        ) from cause
    return Pictures(images, labels, {int(index): row for row, index in enumerate(indices)})


def data_uri(image: npt.NDArray[np.uint8]) -> str:
    """Return one picture `[height, width, channels]` as a PNG data URI.

    One channel is grey and three are red, green and blue; of any other number the first is shown.
    """
    channels = image.shape[2]
    shown = image if channels == 3 else image[:, :, 0]
    picture = Image.fromarray(np.ascontiguousarray(shown))
    if max(picture.size) > LARGEST:
        picture.thumbnail((LARGEST, LARGEST))
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
