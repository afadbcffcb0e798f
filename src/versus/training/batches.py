"""Batches of one training: the order of the pictures follows from the seed and the epoch alone."""

from typing import Any

import numpy as np
import numpy.typing as npt

from versus import seeding
from versus.backend import keras
from versus.data.dataset import Split


def epoch_order(seed: int, epoch: int, count: int) -> npt.NDArray[np.int64]:
    """Return the order of `count` pictures in one epoch, int64 `[count]`.

    Every way of training takes it from here: the pairing of variants rests on it.
    """
    return seeding.stream(seed, "order", epoch).permutation(count)


class Batches(keras.utils.PyDataset):
    """Pictures in an order of its own for each epoch, as Keras's `fit` takes them.

    Every model that is trained on the same split with the same seed sees the same batches.
    """

    def __init__(self, split: Split, targets: npt.NDArray, batch_size: int, seed: int) -> None:
        """Start before epoch 0.

        Args:
            split: images uint8 `[n, height, width, channels]`.
            targets: `[n]` or `[n, classes]`, as the loss wants them.
            batch_size: the last batch of an epoch may be smaller.
            seed: of the run; the streams are ("order", epoch).
        """
        super().__init__(workers=1)
        self._split, self._targets = split, targets
        self._batch_size, self._seed = batch_size, seed
        self.start_epoch(0)

    def __len__(self) -> int:
        return -(-len(self._split) // self._batch_size)

    def __getitem__(self, index: int) -> Any:
        rows = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        return self._split.images[rows], self._targets[rows]

    def start_epoch(self, epoch: int) -> None:
        """Take the order of `epoch`, counted from 0.

        Told by a callback: Keras calls `on_epoch_end` once more before the first epoch, after it
        has looked at a batch to build the metrics.
        """
        self._order = epoch_order(self._seed, epoch, len(self._split))
