"""A fitted support vector machine of scikit-learn as a Keras model of ordinary layers.

So that it is saved, loaded, run and shipped as every other model, and no pickle is ever written.
"""

from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from versus.backend import keras
from versus.errors import ModelError

layers = keras.layers
Floats = npt.NDArray[np.float64]

KERNELS = ("rbf", "linear", "poly")


def kernel_machine(
    svc: Any, input_shape: tuple[int, int, int], mean: Floats, scale: Floats, name: str
) -> keras.Model:
    """Return a Keras model that answers as `svc` does on standardised pixels.

    Its outputs are the softmax of the votes of all pairs of classes, with their confidences, which
    scikit-learn calls the one-vs-rest decision function. So the class of the largest output is the
    machine's answer; the outputs are scores that nothing has calibrated.

    Args:
        svc: a fitted `sklearn.svm.SVC` of two or more classes, with one of KERNELS.
        input_shape: of a picture, (height, width, channels), values 0 to 255.
        mean: float64 `[pixels]`, what was taken off each pixel.
        scale: the same, what it was divided by.
        name: of the model.

    Raises:
        ModelError: the machine has another kernel.
    """
    if svc.kernel not in KERNELS:
        known = " or ".join(KERNELS)
        raise ModelError(f"model '{name}': expected kernel {known}; got {svc.kernel!r}")
    inputs = keras.Input(input_shape)
    x = layers.Flatten()(inputs)
    # Keras divides by the root of the variance.
    x = layers.Normalization(mean=mean.tolist(), variance=(scale**2).tolist())(x)
    order = _mixed(svc.n_support_)
    answers = _kernel(svc, order)(x)
    pairs = list(combinations(range(len(svc.classes_)), 2))
    decisions = _dense(_pair_weights(svc, pairs)[order], svc.intercept_, "pairs")(answers)
    outputs = layers.Softmax()(_votes(decisions, pairs, len(svc.classes_)))
    return keras.Model(inputs, outputs, name=name)


def _mixed(counts: Any) -> npt.NDArray[np.intp]:
    """Return an order of the support vectors in which the classes take turns.

    libsvm keeps them class by class. Of two classes those of one count positive, those of the other
    negative, so the sum over them would rise into the hundreds before it falls to its value near 1,
    and float32 would round there: of 20,501 vectors of fashion-mnist decisions were off by up to
    0.002 so, and by 0.0001 in this order.

    Args:
        counts: how many there are of each class.
    """
    places = [(np.arange(count) + 0.5) / count for count in counts]
    return np.argsort(np.concatenate(places), kind="stable")


def _kernel(svc: Any, order: npt.NDArray[np.intp]) -> Any:
    """Return what gives the kernel of a row with each support vector, in this order."""
    vectors = np.asarray(svc.support_vectors_, dtype=np.float64)[order]
    gamma = float(svc._gamma)  # noqa: SLF001  (the number behind gamma="scale")

    def linear(x: Any) -> Any:
        return _dense(vectors.T, np.zeros(len(vectors)), "vectors")(x)

    def poly(x: Any) -> Any:
        products = _dense(gamma * vectors.T, np.full(len(vectors), svc.coef0), "vectors")(x)
        return keras.ops.power(products, float(svc.degree))

    def rbf(x: Any) -> Any:
        # exp(-gamma |x - v|^2), with the square multiplied out.
        squares = gamma * (vectors**2).sum(axis=1)
        products = _dense(2 * gamma * vectors.T, -squares, "vectors")(x)
        own = layers.Rescaling(gamma)(layers.Dot(axes=1)([x, x]))
        return layers.Activation("exponential")(layers.Subtract()([products, own]))

    return {"linear": linear, "poly": poly, "rbf": rbf}[svc.kernel]


def _pair_weights(svc: Any, pairs: list[tuple[int, int]]) -> Floats:
    """Return how much each support vector counts for each pair, `[vectors, pairs]`.

    libsvm keeps for a vector of class i its weights against all other classes, one row each, in
    rising order of the other class.
    """
    dual = np.asarray(svc.dual_coef_, dtype=np.float64)
    ends = np.cumsum(svc.n_support_)
    rows = [slice(end - count, end) for end, count in zip(ends, svc.n_support_, strict=True)]
    weights = np.zeros((dual.shape[1], len(pairs)))
    for column, (i, j) in enumerate(pairs):
        weights[rows[i], column] = dual[j - 1, rows[i]]
        weights[rows[j], column] = dual[i, rows[j]]
    return weights


def _votes(decisions: Any, pairs: list[tuple[int, int]], classes: int) -> Any:
    """Return votes and confidences of the pairs, by class."""
    # Of two classes alone scikit-learn means the second by a positive decision, else the first.
    first = -1.0 if classes == 2 else 1.0
    ballot = np.zeros((len(pairs), classes))
    for row, (i, j) in enumerate(pairs):
        ballot[row, i], ballot[row, j] = first, -first
    won = _dense(ballot / 2, np.full(classes, (classes - 1) / 2), "votes")(
        keras.ops.sign(decisions)
    )
    confidences = _dense(ballot, np.zeros(classes), "confidences")(decisions)
    # x / (3 (|x| + 1)) stays below a third: it only tells equal votes apart.
    return layers.Add()([won, layers.Rescaling(1 / 3)(layers.Activation("softsign")(confidences))])


def _dense(kernel: Floats, bias: npt.ArrayLike, name: str) -> Any:
    """Return a layer with these weights, which training leaves alone."""
    layer = layers.Dense(kernel.shape[1], name=name, trainable=False)
    layer.build((None, kernel.shape[0]))
    layer.set_weights([kernel, np.asarray(bias)])
    return layer
