"""2x2 max-pooling with the normalisation and the ReLU before it, as one function on the CPU.

torch makes some fifteen passes over the pictures for `ReLU, BatchNormalization, MaxPooling2D` and
their gradient, which take longer than the convolution before them; the kernels make four.
"""

from typing import Any

import numpy as np

from versus.backend import torch
from versus.training.kernels.compiled import run
from versus.training.kernels.moments import gradient_sums, moments
from versus.training.kernels.pooling import pool, pool_gradient
from versus.training.kernels.scaling import scale_pool, scale_pool_gradient
from versus.training.lowering.native import Tensor
from versus.training.lowering.statistics import Statistics

Array = Any


def batch_statistics(x: Tensor, low: bool, epsilon: float) -> Statistics:
    """Return the statistics of a batch `[n, channels, h, w]`, of its ReLU where `low`."""
    pictures = as_pictures(x)
    count, height, width, channels = pictures.shape
    floor = least(low, pictures.dtype)
    near = np.maximum(pictures[0], floor).mean(axis=(0, 1), dtype=np.float64)
    near = near.astype(pictures.dtype)
    sums = np.empty((count, 2, channels))
    run(moments, count, pictures.size, pictures, floor, near, sums)
    values = count * height * width
    off, squares = sums.sum(axis=0) / values
    variance = np.maximum(squares - off * off, 0)
    return Statistics(near + off, variance, epsilon, values)


class PooledFloor(torch.autograd.Function):
    """2x2 max-pooling, of a ReLU or of the values as they are."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, floor: bool) -> Tensor:
        """Return `[n, channels, h // 2, w // 2]`."""
        pictures = as_pictures(x)
        out, ctx.where = empty_halves(x), as_pictures(empty_halves(x, torch.uint8))
        low, ctx.like = least(floor, pictures.dtype), x.shape
        run(pool, len(x), x.numel(), pictures, low, as_pictures(out), ctx.where)
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Return the gradient of the values."""
        gradient = as_pictures(gradients[0])
        out = empty_pictures(ctx.like, gradients[0].dtype)
        run(pool_gradient, len(out), out.numel(), gradient, ctx.where, as_pictures(out))
        return out, None


class PooledNormalised(torch.autograd.Function):
    """2x2 max-pooling of a batch normalisation, with a ReLU before it, behind it or both."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        gamma: Tensor | None,
        beta: Tensor | None,
        by: Statistics,
        relus: tuple[bool, bool],
    ) -> Tensor:
        """Return `[n, channels, h // 2, w // 2]`; `relus`: whether one stands before, behind."""
        pictures = as_pictures(x)
        dtype = pictures.dtype
        factor, shift = by.scale(gamma, beta)
        ctx.inverse, ctx.by, ctx.whole_factor = by.inverse, by, factor
        ctx.low, ctx.floor = (least(relu, dtype) for relu in relus)
        ctx.factor, ctx.shift = factor.astype(dtype), shift.astype(dtype)
        ctx.save_for_backward(x)
        given = pictures, ctx.low, ctx.factor, ctx.shift, ctx.floor
        out, ctx.chosen = empty_halves(x), as_pictures(empty_halves(x))
        ctx.where = as_pictures(empty_halves(x, torch.uint8))
        run(scale_pool, len(x), x.numel(), *given, as_pictures(out), ctx.chosen, ctx.where)
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Return the gradients of the values, gamma and beta."""
        (x,) = ctx.saved_tensors
        gradient = as_pictures(gradients[0])
        sums = np.empty((len(x), 2, x.shape[1]))
        mean = ctx.by.mean.astype(gradient.dtype)
        given = ctx.factor, ctx.shift, ctx.floor
        run(gradient_sums, len(x), gradient.size, ctx.chosen, gradient, *given, mean, sums)
        # Rounding the mean for the kernel must not show in a sum of many.
        total, product = sums.sum(axis=0)
        product -= total * (ctx.by.mean - mean)
        wanted = ctx.needs_input_grad
        return (
            _spread(ctx, x, gradient, total, product) if wanted[0] else None,
            torch.from_numpy((product * ctx.inverse).astype(mean.dtype)) if wanted[1] else None,
            torch.from_numpy(total.astype(mean.dtype)) if wanted[2] else None,
            None,
            None,
        )


def _spread(ctx: Any, x: Tensor, gradient: Array, total: Array, product: Array) -> Tensor:
    """Return the gradient of what was normalised."""
    by, pictures = ctx.by, as_pictures(x)
    slope, constant = np.zeros_like(ctx.whole_factor), np.zeros_like(ctx.whole_factor)
    if by.count:
        slope = -ctx.whole_factor * ctx.inverse**2 * product / by.count
        constant = -ctx.whole_factor * total / by.count - slope * by.mean
    share = constant.astype(pictures.dtype), slope.astype(pictures.dtype)
    out = empty_pictures(x.shape, x.dtype)
    given = len(x), x.numel(), pictures, ctx.low
    passed = gradient * ctx.factor
    if ctx.floor == 0:
        passed *= ctx.factor * ctx.chosen + ctx.shift > 0
    run(scale_pool_gradient, *given, ctx.where, passed, *share, as_pictures(out))
    return out


def as_pictures(x: Tensor) -> Array:
    """Return `[n, channels, h, w]` as numpy's `[n, h, w, channels]`, without gaps."""
    return x.detach().permute(0, 2, 3, 1).contiguous().numpy()


def least(relu: bool, dtype: Any) -> Any:
    """Return what nothing may be below: 0 for a ReLU, else minus infinity."""
    return dtype.type(0 if relu else -np.inf)


def empty_halves(x: Tensor, dtype: Any = None) -> Tensor:
    """Return memory for what 2x2 pooling of `[n, channels, h, w]` gives."""
    count, channels, height, width = x.shape
    return empty_pictures((count, channels, height // 2, width // 2), dtype or x.dtype)


def empty_pictures(shape: Any, dtype: Any) -> Tensor:
    """Return memory for `[n, channels, h, w]`, of which `as_pictures` is a view."""
    count, channels, height, width = shape
    return torch.empty_strided(
        (count, channels, height, width),
        (height * width * channels, 1, width * channels, channels),
        dtype=dtype,
    )
