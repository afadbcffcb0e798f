"""A trained model's outputs for many pictures: through the lowered program where there is one."""

from typing import Any

import numpy as np
import numpy.typing as npt

from versus.backend import device_name, keras, products, torch
from versus.data.memory_map import writable
from versus.training.lowering.graph import why_not
from versus.training.lowering.program import Program, lower
from versus.training.memory import keep_memory
from versus.training.watch import VALIDATION_BATCH

# So many bytes of the widest output of a call at once: with less the fixed cost of some fifteen
# calls shows, more falls out of the processor's cache. Measured on 2 cores (Intel Xeon): small
# convolutional nets gain up to 300 to 500 pictures, fully connected ones up to 1,000.
CACHE_BYTES = 32 * 2**20
FEWEST, MOST = 16, 1000
# A card wants as many at once as there is room for.
CARD_BYTES, CARD_MOST = 2**30, 10_000
QUIET: Any = 0  # Keras takes 0, but its annotation knows "auto" only


def outputs(model: keras.Model, images: npt.NDArray) -> npt.NDArray:
    """Return what `model` gives for pictures outside training: no dropout, moving averages.

    A graph runs as the engine's program, any other model by Keras's own `predict`. The same
    weights, pictures and threads give the same bits; the two ways agree up to rounding.

    Args:
        model: a built model of one input and one output.
        images: `[n, height, width, channels]`, any number type.

    Returns:
        `[n, classes]` in the model's own float type (float32 where that is bfloat16 or float16).
    """
    if why_keras_predicts(model):
        return np.asarray(model.predict(images, batch_size=VALIDATION_BATCH, verbose=QUIET))
    keep_memory()
    device = device_name()
    program = lower(model, torch.Generator(device))
    pictures = torch.from_numpy(writable(images))
    dtype = getattr(torch, keras.config.floatx())
    found = []
    # Not inference_mode: a Keras layer may keep what it makes, and no gain was measured.
    with torch.no_grad(), products("float32"):
        for part in pictures.split(batch_rows(program, pictures[:0].to(device))):
            # Bytes go over to a card, not floats.
            (rows,) = program([part.to(device).to(dtype)], training=False)
            found.append(rows)
        values = torch.cat(found).cpu()
    half = values.dtype in (torch.bfloat16, torch.float16)
    return (values.float() if half else values).numpy()


def why_keras_predicts(model: keras.Model) -> str:
    """Return why Keras's own `predict` must be used; "" if the lowered program can be."""
    reason = why_not(model)
    if reason:
        return reason
    for name in ("predict", "predict_step", "make_predict_function"):
        own = getattr(type(model), name)
        if own is not getattr(keras.Model, name):
            return f"it has a {name} of its own"
    several = len(model.inputs) != 1 or len(model.outputs) != 1
    return "it has several inputs or outputs" if several else ""


def batch_rows(program: Program, pictures: torch.Tensor) -> int:
    """Return how many pictures go through a model fastest at once when nothing is learnt.

    Args:
        program: the lowered model.
        pictures: some, on the device they go through it on.
    """
    width = 4 * program.widest(pictures)
    if device_name() == "cuda":
        return min(CARD_MOST, max(FEWEST, CARD_BYTES // width))
    return min(MOST, max(FEWEST, CACHE_BYTES // width))
