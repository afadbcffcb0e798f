"""What a Dataset holds, in numbers."""
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from versus.data.dataset import Dataset, Split
from versus.data.memory_map import blocks
from versus.schema import Schema

if TYPE_CHECKING:
    import pandas as pd


class ArrayDescription(Schema):
    """The attributes of one array.

    Attributes:
        dims: the number of dimensions, NumPy's `ndim`.
        shape: the size along each.
        dtype: the type of a value: "uint8".
        min: the lowest value.
        max: the highest value.
    """

    dims: int
    shape: tuple[int, ...]
    dtype: str
    min: int
    max: int


class SplitDescription(Schema):
    """One split: its two arrays, and how many pictures each class has, by the class's name."""

    images: ArrayDescription
    labels: ArrayDescription
    counts: dict[str, int]


class Description(Schema):
    """A Dataset in numbers; `to_dict()` gives them ready for JSON.

    Attributes:
        name: of the Dataset.
        source: where its pictures come from, in words.
        fingerprint: "sha256:" and 64 hex digits.
        classes: one name a label, in the order of the labels.
        splits: by name, in the order train, validation (where given), test.
        first_label: the label of the first train picture.
        first_one_hot: the same as a network's target: 1 at the label, else 0.
    """

    name: str
    source: str
    fingerprint: str
    classes: tuple[str, ...]
    splits: dict[str, SplitDescription]
    first_label: int
    first_one_hot: tuple[int, ...]

    def frame(self) -> "pd.DataFrame":
        """Return a table: a row an array ("train images"), a column an attribute."""
        import pandas as pd  # slow to import

        rows = {
            f"{split_name} {array_name}": getattr(split, array_name).model_dump()
            for split_name, split in self.splits.items()
            for array_name in ("images", "labels")
        }
        return pd.DataFrame.from_dict(
            rows, orient="index", columns=list(ArrayDescription.model_fields)
        )


def describe(dataset: Dataset) -> Description:
    """Describe `dataset`: shapes, types, ranges, counts, fingerprint."""
    first = int(dataset.train.labels[0])
    return Description(
        name=dataset.name,
        source=dataset.source,
        fingerprint=dataset.fingerprint,
        classes=dataset.classes,
        splits={
            name: _describe_split(split, dataset.classes) for name, split in dataset.splits.items()
        },
        first_label=first,
        first_one_hot=tuple(int(label == first) for label in range(len(dataset.classes))),
    )


def _describe_split(split: Split, classes: tuple[str, ...]) -> SplitDescription:
    counts = np.bincount(split.labels, minlength=len(classes)).tolist()
    return SplitDescription(
        images=_describe_images(split.images),
        labels=_describe_array(split.labels),
        counts=dict(zip(classes, counts, strict=True)),
    )


def _describe_images(images: npt.NDArray[np.uint8]) -> ArrayDescription:
    ends = [(int(block.min()), int(block.max())) for block in blocks(images)]
    return ArrayDescription(
        dims=images.ndim,
        shape=images.shape,
        dtype=str(images.dtype),
        min=min(low for low, _ in ends),
        max=max(high for _, high in ends),
    )


def _describe_array(array: npt.NDArray[np.integer]) -> ArrayDescription:
    return ArrayDescription(
        dims=array.ndim,
        shape=array.shape,
        dtype=str(array.dtype),
        min=int(array.min()),
        max=int(array.max()),
    )
