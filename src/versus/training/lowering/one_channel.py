"""A convolution over one channel as one function on the CPU."""

from typing import Any

import numpy as np

from versus.backend import torch
from versus.training.kernels.compiled import run
from versus.training.kernels.one_channel import convolve_one, convolve_one_gradient
from versus.training.kernels.vectors import BYTES, COLUMNS, ROWS
from versus.training.lowering.dense_conv import zeros_around
from versus.training.lowering.fused import as_pictures, empty_pictures
from versus.training.lowering.native import FLOATS, Tensor

Array = Any
# Their sums for one row of taps fill the registers.
MOST_COLUMNS = 12


def convolve_grey(layer: Any, x: Tensor) -> Tensor | None:
    """Return what a `Conv2D` over one channel gives; None where torch is to do it.

    Args:
        layer: the `Conv2D`.
        x: `[n, 1, h, w]`.

    Returns:
        `[n, filters, h', w']`.
    """
    kernel, bias = layer.kernel.value, layer.bias.value if layer.use_bias else None
    if not _suits(layer, kernel) or x.dtype != kernel.dtype:
        return None
    x = zeros_around(layer, x)
    if any(side < taps for side, taps in zip(x.shape[2:], kernel.shape, strict=False)):
        return None  # torch says what is wrong
    return ConvolvedGrey.apply(x, kernel, bias, tuple(layer.strides))


def _suits(layer: Any, kernel: Tensor) -> bool:
    """Return whether the kernels can do a `Conv2D`."""
    _, wide, channels, filters = kernel.shape
    plain = {*layer.dilation_rate, layer.groups, channels} == {1}
    whole = kernel.dtype in FLOATS and filters % (BYTES // kernel.element_size()) == 0
    return plain and whole and wide <= MOST_COLUMNS


class ConvolvedGrey(torch.autograd.Function):
    """A convolution of padded pictures `[n, 1, h, w]` with a kernel as Keras keeps it."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, kernel: Tensor, bias: Tensor | None, strides: tuple[int, int]
    ) -> Tensor:
        """Return `[n, filters, h', w']`."""
        pictures = x.detach().squeeze(1).contiguous().numpy()
        taps = kernel.detach().squeeze(2).contiguous().numpy()
        high, wide, filters = taps.shape
        shift = np.zeros(filters, taps.dtype) if bias is None else bias.detach().numpy()
        sides = zip(pictures.shape[1:], (high, wide), strides, strict=True)
        height, width = ((side - k) // stride + 1 for side, k, stride in sides)
        out = empty_pictures((len(x), filters, height, width), x.dtype)
        given = pictures, taps, shift, as_pictures(out), *strides
        run(
            convolve_one,
            len(x),
            out.numel() * high,
            *given,
            _places(width),
            columns_of(filters, taps.dtype),
        )
        ctx.pictures, ctx.taps, ctx.strides = pictures, taps, strides
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Return the gradients of the pictures, the kernel and the bias."""
        of_pictures, of_kernel, of_bias, _ = ctx.needs_input_grad
        gradient, pictures = as_pictures(gradients[0]), ctx.pictures
        high, wide, filters = ctx.taps.shape
        # Picture by picture, so that threads change no bit and long sums lose none.
        sums = np.zeros((len(gradient), high * wide + 1, filters), gradient.dtype)
        ones, turned = np.ones(gradient.shape[2], gradient.dtype), _turned(ctx.taps)
        out = np.zeros_like(pictures) if of_pictures else pictures[:0]
        back = turned.shape[1] * turned.itemsize // BYTES
        down, right = ctx.strides
        form = down, (0,) * right, (0,) * wide, columns_of(filters, gradient.dtype)
        form = *form, _places(gradient.shape[2], back), (0,) * back
        given = pictures, gradient, sums, ones, turned, out
        run(convolve_one_gradient, len(gradient), gradient.size * high, *given, *form)
        total = sums.sum(axis=0, dtype=np.float64).astype(gradient.dtype)
        kernel = torch.from_numpy(total[:-1].reshape(high, wide, 1, filters))
        return (
            torch.from_numpy(out).unsqueeze(1) if of_pictures else None,
            kernel if of_kernel else None,
            torch.from_numpy(total[-1]) if of_bias else None,
            None,
        )


def _turned(taps: Array) -> Array:
    """Return `[filters, taps]` of `[rows, columns, filters]`, filled up to whole vectors."""
    high, wide, filters = taps.shape
    lanes = BYTES // taps.itemsize
    turned = np.zeros((filters, -(-high * wide // lanes) * lanes), taps.dtype)
    turned[:, : high * wide] = taps.reshape(-1, filters).T
    return turned


def _places(width: int, vectors: int = COLUMNS) -> Any:
    """Return a tuple as long as there are places of a row made at once."""
    return (0,) * max(1, min(width, ROWS * COLUMNS // vectors, ROWS))


def columns_of(width: int, dtype: Any) -> Any:
    """Return a tuple as long as there are vectors of a row made at once."""
    vectors = width * dtype.itemsize // BYTES
    return (0,) * (COLUMNS if vectors % COLUMNS == 0 else 1)
