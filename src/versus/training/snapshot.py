"""Snapshot: a training's state, and the bytes that hold it.

A plain `.npz` (no pickle): arrays by name, and `values`, a JSON text.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Snapshot:
    """What a checkpoint holds.

    Attributes:
        arrays: weights and optimizer state, by name.
        values: the rest, as JSON takes it.
    """

    arrays: Mapping[str, npt.NDArray[Any]]
    values: Mapping[str, Any]


def pack(snapshot: Snapshot) -> bytes:
    """Return the bytes of a checkpoint's file."""
    text = json.dumps(snapshot.values, allow_nan=True)
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {**snapshot.arrays, "values": np.array(text)}
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpack(data: bytes) -> Snapshot:
    """Return what the bytes of a file hold.

    Raises:
        Exception: they are no checkpoint, or were changed; of what kind is up to the reader.
    """
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files if name != "values"}
        values = json.loads(str(file["values"]))
    known = isinstance(values, dict) and isinstance(values.get("format"), int)
    if not known or not isinstance(values.get("identity"), dict):
        raise ValueError("it does not say its format and its training")
    return Snapshot(arrays, values)
