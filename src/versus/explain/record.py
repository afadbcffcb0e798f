"""Explanation: what was found out about one trained model, as one file beside its run's record.

DIR/VARIANT/SEED/explanation.npz is no part of the run: its record stays as it was sealed. The file
names the model that it is about by its checksum, so that it never passes for that of another.
"""

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from versus.errors import DamagedError
from versus.results.contract import MODEL, Store
from versus.results.encoding import npz_bytes
from versus.results.record import RunRecord

NAME = "explanation.npz"
FORMAT = 1

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Explanation:
    """What was found out about one trained model.

    Attributes:
        split: that the pictures are of, "test" or "validation".
        layers: a mapping a layer, from the input on: "name", "title", "detail", "kind", "frozen",
            "reads", as `figures.model_graph.Box` has them.
        indices: int64 `[m]`, rows of the split; the wrong answers first.
        images: uint8 `[m, h, w, c]`.
        labels: int64 `[m]`.
        probabilities: float32 `[m, k]`, of the loaded model.
        filters: float32 `[h, w, c, n]`, weights of the first layer that has any over pictures;
            None where there is none.
        filters_of: that layer's name; "" without filters.
        maps: by layer, float32 `[h, w, channels]`: what it makes of the first right picture.
        map_channels: by layer, how many channels it has: `maps` holds the strongest.
        map_of: which of the pictures `maps` are of; None without maps.
        occlusion: float32 `[m, rows, columns]`: how much of the probability of the answer is lost
            while a patch covers that place.
        gradcam: float32 `[m, rows, columns]`, 0 to 1 by picture; None without a convolution.
        gradcam_of: name of the layer that it is taken at; "" without.
    """

    split: str
    layers: list[dict[str, Any]]
    indices: Array
    images: Array
    labels: Array
    probabilities: Array
    filters: Array | None
    filters_of: str
    maps: dict[str, Array]
    map_channels: dict[str, int]
    map_of: int | None
    occlusion: Array
    gradcam: Array | None
    gradcam_of: str


def write_explanation(store: Store, record: RunRecord, found: Explanation) -> Path:
    """Write what was found out beside a run, replacing what was found before; return the path."""
    words = {
        "format": FORMAT,
        "model_sha256": record.files[MODEL],
        "split": found.split,
        "layers": found.layers,
        "filters_of": found.filters_of,
        "maps": list(found.maps),
        "map_channels": found.map_channels,
        "map_of": found.map_of,
        "gradcam_of": found.gradcam_of,
    }
    arrays = {
        "words": np.frombuffer(json.dumps(words).encode(), dtype=np.uint8),
        **{name: getattr(found, name) for name in _ALWAYS},
        **{n: a for n in _PERHAPS if (a := getattr(found, n)) is not None},
        **{f"map_{place}": array for place, array in enumerate(found.maps.values())},
    }
    name = f"{record.variant}/{record.seed}/{NAME}"
    return store.write_study_file(name, npz_bytes(**arrays))


def read_explanation(store: Store, record: RunRecord) -> Explanation | None:
    """Return what was found out about a run's model; None if nothing was, or of another model.

    Raises:
        DamagedError: the file cannot be read.
    """
    name = f"{record.variant}/{record.seed}/{NAME}"
    data = store.read_study_bytes(name)
    if data is None:
        return None
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
        words = json.loads(arrays["words"].tobytes())
        if words["format"] != FORMAT or words["model_sha256"] != record.files.get(MODEL):
            return None
        fields: dict[str, Any] = {
            **{key: words[key] for key in _WORDS},
            **{key: arrays[key] for key in _ALWAYS},
            **{key: arrays.get(key) for key in _PERHAPS},
        }
        maps = {layer: arrays[f"map_{place}"] for place, layer in enumerate(words["maps"])}
        return Explanation(**fields, maps=maps)
    except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile) as cause:
        raise DamagedError(
            f"{store.root / name}: damaged: {cause}: make it again with `versus explain`"
        ) from cause


_ALWAYS = ("indices", "images", "labels", "probabilities", "occlusion")
_PERHAPS = ("filters", "gradcam")
_WORDS = ("split", "layers", "filters_of", "map_channels", "map_of", "gradcam_of")
