"""Where nothing is learnt: 2x2 max-pooling and what stands behind it as one function on the CPU."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from versus.backend import torch
from versus.training.kernels.compiled import run
from versus.training.kernels.halving import halve
from versus.training.lowering.fused import as_pictures, empty_halves, least
from versus.training.lowering.native import Tensor
from versus.training.lowering.statistics import kept_statistics, weights

F = torch.nn.functional


class Behind(NamedTuple):
    """`max(factor * max(largest, low) + shift, floor)`, in the pictures' type.

    Attributes:
        low, floor: 0 where a ReLU stands before, behind the scale; else minus infinity.
        factor, shift: `[channels]`.
    """

    low: Any
    factor: Any
    shift: Any
    floor: Any


def behind(
    layers: Sequence[Any], relus: tuple[bool, bool], channels: int, dtype: np.dtype
) -> Behind:
    """Return what stands behind a pooling.

    Args:
        layers: every `BatchNormalization` in a row.
        relus: whether a ReLU stands before, behind them.
        channels: of the pictures.
        dtype: of the pictures.
    """
    factor, shift = _together(layers, channels)
    low, floor = (least(relu, dtype) for relu in relus)
    return Behind(low, factor.astype(dtype), shift.astype(dtype), floor)


def halved(x: Tensor, layers: Sequence[Any], relus: tuple[bool, bool]) -> Tensor:
    """Return `[n, channels, h // 2, w // 2]` of `[n, channels, h, w]`; see `behind`."""
    pictures, out = as_pictures(x), empty_halves(x)
    what = behind(layers, relus, x.shape[1], pictures.dtype)
    run(halve, len(x), x.numel(), pictures, tuple(what), as_pictures(out))
    return out


def normalised(x: Tensor, layers: Sequence[Any]) -> Tensor:
    """Return what normalisations in a row give, in one pass over the pictures."""
    factor, shift = (torch.from_numpy(of).to(x.dtype) for of in _together(layers, x.shape[1]))
    nothing, one = x.new_zeros(x.shape[1]), x.new_ones(x.shape[1])
    return F.batch_norm(x, nothing, one, factor, shift, False, 0.0, 0.0)


def _together(layers: Sequence[Any], channels: int) -> tuple[Any, Any]:
    """Return the factor and shift that normalisations in a row come to, float64 `[channels]`."""
    factor, shift = np.ones(channels), np.zeros(channels)
    for layer in layers:
        by, more = kept_statistics(layer).scale(*weights(layer))
        factor, shift = by * factor, by * shift + more
    return factor, shift
