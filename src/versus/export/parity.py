"""The proof that an ONNX model gives the probabilities that were measured."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from versus.bundles.classifier import Session
from versus.bundles.manifest import Parity
from versus.errors import BundleError
from versus.export.compared import FEWEST, Compared

TOLERANCE = 1e-5
WIDEST = 1e-4
"""What rounding may ask for at the most; a run's model must give what it recorded within it too."""
LARGEST_BATCH = 256
SMALL_BATCHES = (1, 7)
"""Tried on the first 1,000 pictures; the largest batch on all."""

Answer = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]


class Tolerance:
    """Up to which two probabilities count as equal: 1e-5, or what this model's rounding asks for.

    Attributes:
        value: of now.
    """

    def __init__(self, rounding: Callable[[], float]) -> None:
        """Begin with 1e-5.

        Args:
            rounding: measures how far two ways of computing the Keras model come apart; asked only
                if a probability is further off than 1e-5.
        """
        self.value = TOLERANCE
        self._rounding: Callable[[], float] | None = rounding

    def covers(self, apart: float) -> bool:
        """Return whether a difference is small enough."""
        if not apart <= self.value and self._rounding is not None:
            self.value = min(WIDEST, max(TOLERANCE, 2 * self._rounding()))
            self._rounding = None
        return apart <= self.value


def prove(
    onnx: bytes, compared: Sequence[Compared], threads: int, rounding: Callable[[], float]
) -> Parity:
    """Run the ONNX model over every picture, in batches of 256, 7 and 1.

    Args:
        onnx: the model's bytes.
        compared: the pictures, with what is expected of them.
        threads: that it computes with.
        rounding: see `Tolerance`.

    Raises:
        BundleError: a probability is further from the expected one than the tolerance, or another
            class comes first though the two best are not that close; the message says where.
    """
    answer = Session(onnx, threads, "the exported model")
    largest, ties, tolerance = 0.0, 0, Tolerance(rounding)
    for each, start, stop, size in _batches(compared):
        images = np.ascontiguousarray(each.images[start:stop])
        apart, changed = _hold(answer(images), each, start, size, tolerance)
        largest = max(largest, apart)
        ties += changed if size == LARGEST_BATCH else 0
    splits = {each.split: len(each.images) for each in compared}
    return Parity(
        pictures=sum(splits.values()),
        recorded=sum(len(each.images) for each in compared if each.recorded),
        splits=splits,
        batch_sizes=(*SMALL_BATCHES, LARGEST_BATCH),
        largest_difference=largest,
        tolerance=tolerance.value,
        near_ties=ties,
    )


def _batches(compared: Sequence[Compared]) -> Iterator[tuple[Compared, int, int, int]]:
    """Yield pictures, first and last row, and the batch size that is being tried."""
    for size in (LARGEST_BATCH, *SMALL_BATCHES):
        left = FEWEST if size != LARGEST_BATCH else sum(len(each.images) for each in compared)
        for each in compared:
            count = min(left, len(each.images))
            for start in range(0, count, size):
                yield each, start, min(start + size, count), size
            left -= count


def _hold(
    found: npt.NDArray[np.float32], each: Compared, start: int, size: int, tolerance: Tolerance
) -> tuple[float, int]:
    """Return the largest difference of a batch, and how many near ties came out the other way."""
    expected = each.expected.probabilities[start : start + len(found)]
    if found.shape != expected.shape:
        raise BundleError(
            f"the ONNX model gives {list(found.shape)} for {len(expected)} pictures; expected "
            f"{list(expected.shape)}: nothing was written"
        )
    apart = np.abs(found.astype(np.float64) - expected)
    # Not a number is further from anything than anything.
    row, column = divmod(int(np.nan_to_num(apart, nan=np.inf).argmax()), expected.shape[1])
    largest = float(apart[row, column])
    if not tolerance.covers(largest):
        told = found[row, column], expected[row, column]
        _fail(each, start + row, size, told, column, tolerance.value)
    best = np.sort(expected, axis=1)[:, -2:]
    changed = found.argmax(axis=1) != expected.argmax(axis=1)
    wrong = np.flatnonzero(changed & (best[:, 1] - best[:, 0] >= tolerance.value))
    if len(wrong):
        row, column = int(wrong[0]), int(expected[wrong[0]].argmax())
        told = found[row, column], expected[row, column]
        _fail(each, start + row, size, told, column, tolerance.value)
    return largest, int(changed.sum())


def _fail(
    each: Compared,
    row: int,
    size: int,
    probabilities: tuple[np.float32, np.float32],
    column: int,
    allowed: float,
) -> None:
    told = "the run recorded" if each.recorded else "the Keras model gives"
    found, expected = probabilities
    raise BundleError(
        f"the ONNX model does not answer as measured: {each.split} picture "
        f"{int(each.expected.indices[row])}, in batches of {size}: class "
        f"'{each.expected.classes[column]}' has {found:.7f}, {told} {expected:.7f}; at most "
        f"{allowed:.2g} apart is allowed: nothing was written"
    )
