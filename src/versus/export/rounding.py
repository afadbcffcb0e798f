"""How far float32 lets two right ways of computing one model come apart."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from versus.backend import device_name, keras, products, torch
from versus.data.memory_map import writable
from versus.export.compared import Compared
from versus.training.inference import why_keras_predicts
from versus.training.lowering.program import Program, lower

BATCH = 125


def rounding(model: keras.Model, compared: Sequence[Compared], *, from_logits: bool) -> float:
    """Return the largest difference of a probability between what is expected and torch's own way.

    The engine convolves with fewer products, in another order, than torch and ONNX Runtime do
    (decision 0029). No ONNX model has a part in this number: what it is held against is measured
    on the Keras model alone.

    Args:
        model: of the run.
        compared: the pictures, with what the run recorded or the Keras model gives.
        from_logits: it ends without softmax.

    Returns:
        0 for a model that Keras's own `predict` computes, which has one way only.
    """
    if why_keras_predicts(model):
        return 0.0
    program = lower(model, torch.Generator(device_name())).settled()
    apart = [0.0]
    for each in compared:
        images = torch.from_numpy(writable(each.images))
        for start in range(0, len(images), BATCH):
            found = _plain(program, images[start : start + BATCH], from_logits=from_logits)
            expected = each.expected.probabilities[start : start + BATCH]
            apart.append(float(np.abs(found - expected).max()))
    return max(apart)


def _plain(program: Program, images: torch.Tensor, *, from_logits: bool) -> npt.NDArray[np.float64]:
    """Return probabilities `[n, classes]` by torch's calls alone."""
    pictures = images.to(device_name()).to(getattr(torch, keras.config.floatx()))
    with torch.no_grad(), products("float32"):
        (rows,) = program([pictures], training=False)
    rows = rows.double()
    return (torch.softmax(rows, dim=1) if from_logits else rows).cpu().numpy()
