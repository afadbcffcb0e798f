"""The first convolution of grey pictures with the 2x2 max-pooling behind it, as one function."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from versus.backend import torch
from versus.training.kernels.compiled import run
from versus.training.kernels.first import convolve_pool, convolve_pool_gradient
from versus.training.lowering.dense_conv import zeros_around
from versus.training.lowering.fused import as_pictures, empty_pictures
from versus.training.lowering.halved import Behind, behind
from versus.training.lowering.native import Tensor


def convolve_and_pool(
    layer: Any, x: Tensor, *, up: bool, layers: Sequence[Any], relus: tuple[bool, bool]
) -> Tensor | None:
    """Return the 2x2 max-pooling of a convolution, and what stands behind it.

    Args:
        layer: the `Conv2D`.
        x: floats `[n, 1, h, w]`.
        up: the last windows are cut off where sides are odd, rather than left out.
        layers: the normalisations behind the pooling; none where anything is learnt.
        relus: whether a ReLU stands before, behind them; only before where something is learnt.

    Returns:
        `[n, filters, h', w']`; None where it cannot be done at once: somebody wants the gradient
        of the pictures, or they are of another type than the filters.
    """
    kernel, bias = layer.kernel.value, layer.bias.value if layer.use_bias else None
    if x.requires_grad or x.dtype != kernel.dtype:
        return None
    x = zeros_around(layer, x)
    dtype = kernel.detach().numpy().dtype
    what = behind(layers, relus, kernel.shape[3], dtype)
    learns = torch.is_grad_enabled() and (
        kernel.requires_grad or (bias is not None and bias.requires_grad)
    )
    return ConvolvedPooled.apply(x, kernel, bias, what, up, learns)


class ConvolvedPooled(torch.autograd.Function):
    """2x2 max-pooling of a convolution over one channel, of its ReLU or as it is."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        kernel: Tensor,
        bias: Tensor | None,
        what: Behind,
        up: bool,
        learns: bool,
    ) -> Tensor:
        """Return `[n, filters, h', w']`; `learns`: whether a gradient will be asked for."""
        pictures = x.detach().squeeze(1).contiguous().numpy()
        filters = kernel.detach().squeeze(2).contiguous().numpy()
        high, wide, count = filters.shape
        given = np.zeros(count, filters.dtype) if bias is None else bias.detach().numpy()
        sides = (pictures.shape[1] - high + 1 + up) // 2, (pictures.shape[2] - wide + 1 + up) // 2
        out = empty_pictures((len(x), count, *sides), x.dtype)
        where = np.empty((len(x), *sides, count) if learns else (0, 0, 0, 0), np.uint8)
        form = (0,) * high, (0,) * wide
        work = out.numel() * high * wide  # products, a fourth of them
        into = as_pictures(out), where
        run(convolve_pool, len(x), work, pictures, filters, given, tuple(what), *into, *form)
        ctx.pictures, ctx.where, ctx.form = pictures, where, form
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Return the gradients of kernel and bias."""
        gradient = as_pictures(gradients[0])
        (high, wide), count = map(len, ctx.form), gradient.shape[3]
        # Picture by picture, so that threads change no bit and long sums lose none.
        sums = np.zeros((len(gradient), high * wide + 1, count), gradient.dtype)
        work = gradient.size * high * wide
        run(
            convolve_pool_gradient, len(gradient), work, ctx.pictures, gradient, ctx.where, sums,
            *ctx.form,
        )  # fmt: skip
        total = sums.sum(axis=0, dtype=np.float64).astype(gradient.dtype)
        kernel = torch.from_numpy(total[:-1].reshape(high, wide, 1, count))
        bias = torch.from_numpy(total[-1])
        _, of_kernel, of_bias, *_ = ctx.needs_input_grad
        return None, kernel if of_kernel else None, bias if of_bias else None, None, None, None
