"""How far float32 lets two right ways of computing one model come apart."""

from collections.abc import Sequence

import numpy as np

from versus.backend import device_name, keras, products, torch
from versus.data.memory_map import writable
from versus.export.compared import Compared
from versus.export.to_onnx import Shipped

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
    """
    plain = Shipped(model, from_logits=from_logits).eval()
    apart = [0.0]
    with torch.no_grad(), products("float32"):
        for each in compared:
            images = torch.from_numpy(writable(each.images))
            for start in range(0, len(images), BATCH):
                found = plain(images[start : start + BATCH].to(device_name())).cpu().numpy()
                expected = each.expected.probabilities[start : start + BATCH]
                apart.append(float(np.abs(found - expected).max()))
    return max(apart)
