"""Plain numbers: what JSON and `.npz` take of Keras's values."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from versus.backend import torch

Arrays = dict[str, npt.NDArray[Any]]


def plain(value: Any) -> Any:
    """Return numbers as Python's own, through lists and dicts."""
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value if value is None or isinstance(value, (int, str)) else float(value)


def array(variable: Any) -> npt.NDArray[Any]:
    """Return a copy of a Keras variable: the training goes on in the variable's own memory."""
    value = variable.value.detach().cpu()
    # numpy has no bfloat16.
    return np.array((value.float() if value.dtype == torch.bfloat16 else value).numpy())
