"""What a batch normalisation goes by, and the scale and shift that come of it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from versus.training.lowering.native import Tensor

Array = Any


@dataclass(frozen=True)
class Statistics:
    """What a batch normalisation goes by.

    Attributes:
        mean, variance: float64 `[channels]`; the variance is the biased one.
        epsilon: added to the variance.
        count: of the values they come from; 0 where they are given and have no gradient.
    """

    mean: Array
    variance: Array
    epsilon: float
    count: int

    @property
    def inverse(self) -> Array:
        """One over the standard deviation, float64 `[channels]`."""
        return 1 / np.sqrt(self.variance + self.epsilon)

    def scale(self, gamma: Tensor | None, beta: Tensor | None) -> tuple[Array, Array]:
        """Return factor and shift of the normalisation, float64 `[channels]` both."""
        factor = self.inverse if gamma is None else self.inverse * _numbers(gamma)
        shift = -self.mean * factor if beta is None else _numbers(beta) - self.mean * factor
        return factor, shift


def kept_statistics(layer: Any) -> Statistics:
    """Return the moving averages of a `BatchNormalization`."""
    mean, variance = _numbers(layer.moving_mean.value), _numbers(layer.moving_variance.value)
    return Statistics(mean, variance, layer.epsilon, 0)


def weights(layer: Any) -> tuple[Tensor | None, Tensor | None]:
    """Return gamma and beta of a `BatchNormalization`, None for those that it has not."""
    gamma = layer.gamma.value if layer.scale else None
    return gamma, layer.beta.value if layer.center else None


def _numbers(weight: Tensor) -> Array:
    return weight.detach().numpy().astype(np.float64)
