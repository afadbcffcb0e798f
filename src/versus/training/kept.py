"""Kept: tensors and a random stream as they were at a moment, to go back to."""

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np

from versus.backend import torch
from versus.training.lowering.native import Source


class Kept:
    """Copies, on the device of what they are copies of."""

    def __init__(self, tensors: Sequence[torch.Tensor], masks: Source) -> None:
        """Copy them.

        Args:
            tensors: that will be changed in place.
            masks: that will be drawn from.
        """
        with torch.no_grad():
            self._pairs = [(tensor, tensor.clone()) for tensor in tensors]
        self._masks = masks
        numpys = isinstance(masks, np.random.Generator)
        self._place: Any = copy.deepcopy(masks.bit_generator.state if numpys else masks.get_state())

    def restore(self) -> None:
        """Put all back, into the same tensors."""
        with torch.no_grad():
            for tensor, before in self._pairs:
                tensor.copy_(before)
        if isinstance(self._masks, np.random.Generator):
            self._masks.bit_generator.state = self._place
        else:
            self._masks.set_state(self._place)
