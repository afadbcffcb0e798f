"""Dataset: uint8 pictures with labels, as every other part of versus takes them."""
# pyright: reportMissingTypeStubs=false

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from versus.data.checks import check_images, check_labels
from versus.data.memory_map import blocks
from versus.data.split import Images, Labels, Split, frozen
from versus.errors import ConfigurationError, DataError, UnknownNameError
from versus.seeding import stream

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from versus.data.options import Reading
    from versus.data.preparation import Preparation

MOST_UNNAMED_CLASSES = 100_000
"""Labels beyond this are taken for something else, unless their classes are named."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """A set of small pictures with a train and a test split as its source gives them.

    Attributes:
        name: how reports call it.
        classes: one name a label, in the order of the labels.
        train: what models learn from; a study's Protocol takes validation pictures out of it.
        test: what models are judged on.
        validation: given only where the source itself sets validation pictures apart; a Protocol
            then keeps them and takes none out of train.
        source: where the pictures come from, in words.
        preparation: how pictures were brought to this size, channels and so on, so that others
            can be too; None where the source gives them as they are.
        reading: how own pictures were read: path, options, what was left out; else None.

    Raises:
        DataError: an array has the wrong dtype or shape, counts differ, a split is empty, or a
            label has no class; the message names the split, the row and the value.
    """

    name: str
    classes: tuple[str, ...]
    train: Split
    test: Split
    validation: Split | None = None
    source: str = ""
    preparation: "Preparation | None" = None
    reading: "Reading | None" = None

    def __post_init__(self) -> None:
        if len(set(self.classes)) < 2 or len(set(self.classes)) < len(self.classes):
            raise DataError(
                f"{self.name}: expected two or more classes of different names; "
                f"got {list(self.classes)}"
            )
        for split_name, split in self.splits.items():
            where = f"{self.name}, {split_name}"
            check_images(split.images, where)
            check_labels(split.labels, len(split.images), self.classes, where)
            if split.images.shape[1:] != self.input_shape:
                raise DataError(
                    f"{where}: expected pictures of shape {self.input_shape} as in train; "
                    f"got {split.images.shape[1:]}"
                )

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(split):,} {name}" for name, split in self.splits.items())
        shape = "x".join(map(str, self.input_shape))
        return f"Dataset({self.name!r}: {counts}; {shape}; {len(self.classes)} classes)"

    @property
    def splits(self) -> dict[str, Split]:
        """The splits there are, by name, in the order train, validation, test."""
        given = {"validation": self.validation} if self.validation is not None else {}
        return {"train": self.train, **given, "test": self.test}

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of one picture."""
        height, width, channels = self.train.images.shape[1:]
        return height, width, channels

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of every picture, label and class name, as "sha256:" and 64 hex digits.

        Of the Preparation too, where there is one: the same pixels made in another way would not
        be what a model trained on them expects.
        """
        digest = hashlib.sha256()
        for split_name, split in self.splits.items():
            digest.update(f"{split_name} {split.images.shape}\n".encode())
            for block in blocks(split.images):
                digest.update(block.data)
            digest.update(np.ascontiguousarray(split.labels, dtype="<i8").data)
        digest.update("\n".join(self.classes).encode())
        if self.preparation is not None:
            # Without defaults: a field that a later version adds changes no fingerprint.
            digest.update(f"\n{self.preparation.model_dump_json(exclude_defaults=True)}".encode())
        return f"sha256:{digest.hexdigest()}"

    def frame(self) -> "pd.DataFrame":
        """Return how many pictures each class has: a row a class, a column a split."""
        import pandas as pd  # slow to import

        counts = {
            split_name: np.bincount(split.labels, minlength=len(self.classes))
            for split_name, split in self.splits.items()
        }
        return pd.DataFrame(counts, index=pd.Index(self.classes, name="class"))

    def plot(
        self,
        split: str = "train",
        columns: int = 10,
        *,
        rows: int | None = None,
        seed: int | None = None,
    ) -> "Figure":
        """Draw the first pictures of each class, a row a class; or any pictures, each labelled.

        With `rows` or `seed` it is a grid of `rows` x `columns` pictures of whatever class, the
        label over each: the first ones of the split, or with a seed a random choice.

        Args:
            split: "train", "validation" (where given) or "test".
            columns: how many pictures of each class, or in each row.
            rows: of a grid of labelled pictures; 4 where only a seed is given.
            seed: draws the pictures, none twice; the same seed gives the same ones. Its stream is
                "samples".

        Raises:
            UnknownNameError: there is no such split.
            ConfigurationError: `columns` or `rows` is below 1, they are too many for a figure, or
                the seed is none.
            DataError: the pictures are neither grey nor RGB.

        Example:
            >>> data.plot(rows=4, columns=10, seed=0).savefig("samples.png")
        """
        # matplotlib is slow to import.
        from versus.figures.sample_grid import MOST_PICTURES, labelled_grid, sample_grid

        if split not in self.splits:
            raise UnknownNameError("split", split, self.splits)
        if columns < 1 or (rows is not None and rows < 1):
            what, got = ("column", columns) if columns < 1 else ("row", rows)
            raise ConfigurationError(f"expected one {what} of pictures or more; got {got}")
        if self.input_shape[2] not in (1, 3):
            raise DataError(
                f"{self.name}: only grey and RGB pictures can be drawn; "
                f"these have {self.input_shape[2]} channels"
            )
        pictures, title = self.splits[split], f"{self.name}, {split}"
        if rows is None and seed is None:
            return sample_grid(pictures.images, pictures.labels, self.classes, columns, title)
        count = (4 if rows is None else rows) * columns
        if count > MOST_PICTURES:
            raise ConfigurationError(
                f"expected {MOST_PICTURES} labelled pictures or fewer; rows x columns is {count:,}"
            )
        chosen = np.arange(min(count, len(pictures)))
        if seed is not None:
            chosen = stream(seed, "samples").permutation(len(pictures))[: len(chosen)]
        shown = pictures.take(chosen)
        names = [self.classes[int(label)] for label in shown.labels]
        return labelled_grid(shown.images, names, columns, title)

    @classmethod
    def from_arrays(
        cls,
        train: tuple[npt.ArrayLike, npt.ArrayLike],
        test: tuple[npt.ArrayLike, npt.ArrayLike],
        *,
        name: str = "arrays",
        classes: Sequence[str] | None = None,
        validation: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
        source: str = "arrays in memory",
    ) -> "Dataset":
        """Make a Dataset from arrays, as `keras.datasets.mnist.load_data()` returns them.

        Args:
            train: images uint8 `[n, height, width]` or `[n, height, width, channels]`, and
                integer labels `[n]` or `[n, 1]`, counted from 0.
            test: the same.
            name: how reports call it.
            classes: one name a label; the labels of train themselves where None.
            validation: given only where validation pictures are set apart already.
            source: where the pictures come from, in words.

        Raises:
            DataError: as the class says.
        """
        splits: dict[str, Any] = {
            split_name: Split(_as_images(images), _as_labels(labels, f"{name}, {split_name}"))
            for split_name, (images, labels) in (
                ("train", train),
                ("test", test),
                *((("validation", validation),) if validation is not None else ()),
            )
        }
        if classes is None:
            highest = int(splits["train"].labels.max(initial=0))
            if highest >= MOST_UNNAMED_CLASSES:
                raise DataError(
                    f"{name}, train: a label is {highest}, which would make {highest + 1} classes: "
                    "check that these are labels counted from 0, or give `classes`"
                )
            classes = [str(label) for label in range(highest + 1)]
        return cls(name=name, classes=tuple(classes), source=source, **splits)


def _as_images(images: npt.ArrayLike) -> Images:
    array: npt.NDArray[Any] = np.asarray(images)
    return frozen(array[..., np.newaxis] if array.ndim == 3 else array)


def _as_labels(labels: npt.ArrayLike, where: str) -> Labels:
    array: npt.NDArray[Any] = np.asarray(labels)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.dtype.kind not in "iu":
        raise DataError(
            f"{where}: expected whole numbers as labels; got {array.dtype} of shape {array.shape}"
            f"{'; one-hot labels become numbers with argmax' if array.ndim == 2 else ''}"
        )
    return frozen(array.astype(np.int64))
