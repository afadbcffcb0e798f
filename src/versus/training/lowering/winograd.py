"""A convolution with fewer products, as one function on the CPU, and where it is worth it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from versus.backend import torch
from versus.training.kernels.compiled import run, threads
from versus.training.kernels.toom_cook import POINTS, short
from versus.training.kernels.vectors import BYTES, ROWS
from versus.training.kernels.winograd import convolve, convolve_gradient
from versus.training.lowering.call import Call, bind
from versus.training.lowering.dense_conv import same_padding
from versus.training.lowering.fused import as_pictures, empty_pictures
from versus.training.lowering.native import Tensor
from versus.training.lowering.one_channel import columns_of, convolve_grey

Array = Any
ROOM = 32
"""Tiles at once: what is made of them lies in the second cache."""
# In products of a vector, of which a core does one a cycle: what a vector takes to be combined
# with others at the points, and what of its time a product of matrices is at work.
COMBINED, BUSY = 40, 0.9
# Fewer points round less: more are taken only where they save so much.
WORTH_MORE_POINTS = 0.9


class Layout(NamedTuple):
    """How a convolution is done.

    Attributes:
        m: places of a tile, each way.
        r: taps, each way.
        above, before: rows and columns of zeros around a picture.
        height, width: of what it gives.
    """

    m: int
    r: int
    above: int
    before: int
    height: int
    width: int

    @property
    def form(self) -> tuple[Any, Any]:
        """What tells a kernel m and r when it is compiled."""
        return (0,) * self.m, (0,) * self.r


def with_fewer_products(call: Call) -> Call:
    """Return the call of a convolution, done here where that is worth it for what it is given."""
    native = call.native
    if native is None or native.convolves is None:
        return call
    layer, otherwise = native.convolves, native.call

    def run(inputs: Sequence[Any], training: bool) -> Tensor:
        layout = find_layout(layer, inputs[0])
        if layout is None:
            found = convolve_grey(layer, inputs[0])
            return otherwise(inputs, training) if found is None else found
        bias = layer.bias.value if layer.use_bias else None
        return Convolved.apply(inputs[0], layer.kernel.value, bias, layout)

    return bind(call.name, call.kind, replace(native, call=run), call.inputs, call.outputs)


def find_layout(layer: Any, x: Tensor) -> Layout | None:
    """Return how a `Conv2D` is done of `[n, channels, h, w]`; None where torch is to do it."""
    kernel = layer.kernel.value
    rows, columns, channels, filters = kernel.shape
    plain = {*layer.strides, *layer.dilation_rate, layer.groups} == {1}
    lanes = BYTES // kernel.element_size()
    whole = channels % max(lanes, ROWS) == 0 and filters % lanes == 0
    if rows != columns or not plain or not whole or x.dtype != kernel.dtype:
        return None
    return _layout(rows, channels // lanes, filters // lanes, lanes, layer.padding, *x.shape[2:])


@cache
def _layout(
    r: int, channels: int, filters: int, lanes: int, padding: str, height: int, width: int
) -> Layout | None:
    """Return the cheapest layout, in vectors of channels and filters; None if torch's is."""
    above = before = 0
    if padding == "same":
        (above, _), (before, _) = (same_padding(size, r, 1) for size in (height, width))
    else:
        height, width = height - r + 1, width - r + 1
    if min(height, width) < 1:
        return None  # torch says what is wrong
    best, m = height * width * r * r * channels * lanes * filters, 0
    for n in sorted(POINTS):
        if n > r > 1:
            cost = _cost(n - r + 1, r, channels, filters, lanes, height, width)
            if cost < best * (WORTH_MORE_POINTS if m else 1):
                best, m = cost, n - r + 1
    return Layout(m, r, above, before, height, width) if m > 1 else None


def _cost(
    m: int, r: int, channels: int, filters: int, lanes: int, height: int, width: int
) -> float:
    """Return what a picture takes, in products of vectors."""
    n = m + r - 1
    products = n * n * channels * lanes * filters / BUSY
    combined = (2 * n * channels + (n + m) * filters) * COMBINED
    return -(-height // m) * -(-width // m) * (products + combined)


class Convolved(torch.autograd.Function):
    """A convolution of pictures `[n, channels, h, w]` with a kernel as Keras keeps it."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, kernel: Tensor, bias: Tensor | None, layout: Layout) -> Tensor:
        """Return `[n, filters, layout.height, layout.width]`."""
        pictures = as_pictures(x)
        filters = kernel.shape[3]
        values = _values(kernel.detach(), layout)
        shift = np.zeros(filters, values.dtype) if bias is None else bias.detach().numpy()
        out = empty_pictures((len(x), filters, layout.height, layout.width), x.dtype)
        given = pictures, values, shift, as_pictures(out), layout.above, layout.before, ROOM
        form = *layout.form, columns_of(filters, values.dtype)
        run(convolve, len(x), _work(out, values), *given, *form)
        ctx.save_for_backward(x)
        ctx.values, ctx.layout = values, layout
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Return the gradients of the pictures, the kernel and the bias."""
        layout, values = ctx.layout, ctx.values
        pictures, gradient = as_pictures(ctx.saved_tensors[0]), as_pictures(gradients[0])
        points, channels, filters = values.shape
        work = _work(gradients[0], values)
        # Sums of each thread's pictures by themselves: as many threads give the same bits.
        shares = threads(len(pictures), work)
        sums = np.zeros((shares, points, channels, filters), values.dtype)
        of_pictures, of_kernel, of_bias, _ = ctx.needs_input_grad
        back = np.zeros_like(pictures) if of_pictures else pictures[:0]
        turned = np.ascontiguousarray(values.transpose(0, 2, 1))
        run(
            convolve_gradient, shares, work, pictures, gradient, turned, sums, back,
            layout.above, layout.before, ROOM, *layout.form, columns_of(filters, values.dtype),
            columns_of(channels, values.dtype),
        )  # fmt: skip
        total = torch.from_numpy(sums).sum(0).view(points, -1)
        of_taps = _taps(layout.m, layout.r, total.dtype).t() @ total
        return (
            torch.from_numpy(back).permute(0, 3, 1, 2) if of_pictures else None,
            of_taps.view(layout.r, layout.r, channels, filters) if of_kernel else None,
            gradients[0].sum((0, 2, 3)) if of_bias else None,
            None,
        )


@cache
def _taps(m: int, r: int, dtype: torch.dtype) -> Tensor:
    """Return `[(m + r - 1)^2, r^2]`: from a kernel's taps to its values at the points."""
    matrix = np.array(short(m, r).taps)
    return torch.from_numpy(np.kron(matrix, matrix)).to(dtype)


def _values(kernel: Tensor, layout: Layout) -> Array:
    """Return a kernel's values at the points, `[(m + r - 1)^2, channels, filters]`.

    torch's product, not numpy's: two libraries' threads would wait for each other's cores.
    """
    rows, columns, *rest = kernel.shape
    taps = _taps(layout.m, layout.r, kernel.dtype)
    return (taps @ kernel.reshape(rows * columns, -1)).view(-1, *rest).numpy()


def _work(out: Tensor, values: Array) -> int:
    """Return how much there is to do, in values read: one for each channel of what it gives."""
    return out.numel() * values.shape[1]
