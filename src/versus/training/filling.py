"""Python's numbers as tensors, made on the device instead of sent there.

Keras turns constants (the factor of a penalty, the limit of a clipping) into tensors at each step,
by a copy from the processor's memory, which a CUDA graph cannot hold. Filling a tensor is a kernel
like any other.
"""

from typing import Any

import numpy as np

from versus.backend import TorchFunctionMode, torch

MAKERS = (torch.as_tensor, torch.tensor)


class Filling(TorchFunctionMode):
    """Inside the block, tensors of one number are filled on their device."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        options = kwargs or {}
        alone = func in MAKERS and len(args) == 1 and set(options) <= {"dtype", "device"}
        if alone and isinstance(args[0], (bool, int, float, np.number)):
            value = args[0].item() if isinstance(args[0], np.number) else args[0]
            return torch.full((), value, **options)
        return func(*args, **options)
