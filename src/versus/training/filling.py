"""Python's numbers as tensors, made on the device instead of sent there.

Keras turns constants (the factor of a penalty, the limit of a clipping, the mean of a channel) into
tensors at each step, by a copy from the processor's memory, which a CUDA graph cannot hold. Filling
a tensor is a kernel like any other.
"""

from typing import Any

import numpy as np

from versus.backend import TorchFunctionMode, torch

MAKERS = (torch.as_tensor, torch.tensor)
NUMBERS = (bool, int, float, np.number)
# Each number is a kernel of its own: constants are a few, more would be data.
MOST = 16


class Filling(TorchFunctionMode):
    """Inside the block, tensors of a few numbers are filled on their device."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        options = kwargs or {}
        known = (
            func in MAKERS and len(args) == 1 and {"dtype"} <= set(options) <= {"dtype", "device"}
        )
        given = _numbers(args[0]) if known else None
        if given is None:
            return func(*args, **options)
        filled = [torch.full((), value, **options) for value in given.ravel().tolist()]
        return filled[0] if given.ndim == 0 else torch.stack(filled).reshape(given.shape)


def _numbers(value: Any) -> Any:
    """Return a few plain numbers as an array; None for anything else."""
    listed = value if isinstance(value, (list, tuple)) else [value]
    plain = isinstance(value, np.ndarray) or all(isinstance(item, NUMBERS) for item in listed)
    given = np.asarray(value) if plain else np.empty(0)
    return given if given.dtype.kind in "biuf" and 0 < given.size <= MOST else None
