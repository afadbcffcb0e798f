"""Values as the bytes of the files that records are made of."""

import io
import json
from typing import Any

import numpy as np
import numpy.typing as npt


def json_bytes(content: Any) -> bytes:
    """Return indented JSON with a newline at its end.

    Raises:
        ValueError: a number is not finite, which JSON has no word for.
    """
    return (json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def npz_bytes(**arrays: npt.NDArray[Any]) -> bytes:
    """Return a compressed `.npz` of the arrays, by name; the same arrays give the same bytes."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()
