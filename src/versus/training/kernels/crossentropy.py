"""The crossentropy of a softmax and its gradient, in one pass over a batch's logits."""

from math import exp, log
from typing import Any

from versus.training.kernels.compiled import compiled

Array = Any


@compiled
def crossentropy_of_softmax(
    first: int, last: int, logits: Array, labels: Array, low: Any, high: Any, probabilities: Array,
    gradient: Array, losses: Array,
) -> None:  # fmt: skip
    """Fill in what Keras's crossentropy of the softmax gives, picture by picture.

    Args:
        first: picture to begin with.
        last: the one after the last.
        logits: `[n, classes]`.
        labels: int64 `[n]`.
        low: a probability counts as no less than this; beyond, there is no gradient.
        high: as no more.
        probabilities: `[n, classes]`, is filled.
        gradient: of the mean loss, as the logits; is filled.
        losses: float64 `[n]`, is filled.

    Raises:
        IndexError: a label is not that of an output.
    """
    count, classes = logits.shape
    share = logits.dtype.type(1) / logits.dtype.type(count)
    nothing = logits.dtype.type(0)
    for n in range(first, last):
        label = labels[n]
        if label < 0 or label >= classes:
            raise IndexError("expected labels from 0 to one less than the model's outputs")
        most = logits[n, 0]
        for c in range(1, classes):
            if logits[n, c] > most:  # noqa: PLR1730  (max() sees NaN otherwise)
                most = logits[n, c]
        total = nothing
        for c in range(classes):
            value = exp(logits[n, c] - most)
            probabilities[n, c] = value
            total += value
        for c in range(classes):
            probabilities[n, c] /= total
        chosen = probabilities[n, label]
        # Comparisons with what is no number are false: it stays.
        clipped = low if chosen < low else high if chosen > high else chosen
        weight = share if clipped == chosen else nothing
        for c in range(classes):
            gradient[n, c] = probabilities[n, c] * weight
        gradient[n, label] -= weight
        losses[n] = -log(clipped)
