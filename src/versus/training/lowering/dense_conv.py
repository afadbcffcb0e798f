"""Dense and convolutional layers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from versus.backend import torch
from versus.training.lowering.narrow import Narrow, is_narrow
from versus.training.lowering.native import Native, NotNative, Tensor, channels_last

F = torch.nn.functional
# stride, padding and dilation, as torch's convolutions name them
Placement = dict[str, Any]
# The largest filter that the kernels for the first convolution have: its products fit registers.
MOST_TAPS = 9


def dense(layer: Any) -> Native | NotNative:
    """Rule of `Dense`, on the last axis of any rank. The activation is a step of its own."""
    if getattr(layer, "quantization_mode", None) or getattr(layer, "lora_enabled", False):
        return NotNative("quantised, or with LoRA")

    def call(inputs: Any, training: bool) -> Tensor:
        x, kernel, bias = inputs[0], layer.kernel.value, _bias(layer)
        if x.ndim == 2:
            if is_narrow(x, kernel):
                return Narrow.apply(x, kernel, bias)
            return torch.addmm(bias, x, kernel) if bias is not None else x @ kernel
        if x.ndim == 4:
            return F.linear(x.permute(0, 2, 3, 1), kernel.t(), bias).permute(0, 3, 1, 2)
        return F.linear(x, kernel.t(), bias)

    return Native(call)


def conv2d(layer: Any) -> Native | NotNative:
    """Rule of `Conv2D`. The activation is a step of its own."""

    def convolve(x: Tensor, where: Placement) -> Tensor:
        weight = layer.kernel.value.permute(3, 2, 0, 1)
        return F.conv2d(x, weight, _bias(layer), **where, groups=layer.groups)

    found = _convolution(layer, convolve)
    if isinstance(found, NotNative):
        return found
    return replace(found, convolves=layer, first=layer if _is_first(layer) else None)


def _is_first(layer: Any) -> bool:
    """Return whether it is over one channel, small and plain."""
    height, width, channels, _ = layer.kernel.shape
    plain = {*layer.strides, *layer.dilation_rate, layer.groups} == {1}
    return channels == 1 and plain and height * width <= MOST_TAPS


def depthwise_conv2d(layer: Any) -> Native | NotNative:
    """Rule of `DepthwiseConv2D`."""

    def convolve(x: Tensor, where: Placement) -> Tensor:
        weight = _depthwise_weight(layer.kernel.value)
        return F.conv2d(x, weight, _bias(layer), **where, groups=x.shape[1])

    return _convolution(layer, convolve)


def separable_conv2d(layer: Any) -> Native | NotNative:
    """Rule of `SeparableConv2D`: depthwise, then 1x1."""

    def convolve(x: Tensor, where: Placement) -> Tensor:
        weight = _depthwise_weight(layer.depthwise_kernel.value)
        x = F.conv2d(x, weight, None, **where, groups=x.shape[1])
        return F.conv2d(x, layer.pointwise_kernel.value.permute(3, 2, 0, 1), _bias(layer))

    return _convolution(layer, convolve)


def _convolution(layer: Any, convolve: Callable[[Tensor, Placement], Tensor]) -> Native | NotNative:
    """Return what pads as the layer asks, then convolves; or why there is no such thing."""
    problem = _unsupported(layer)
    if problem:
        return NotNative(problem)
    strides, dilation = tuple(layer.strides), tuple(layer.dilation_rate)

    def call(inputs: Any, training: bool) -> Tensor:
        x = channels_last(inputs[0])
        x, padding = padded(x, layer.padding, layer.kernel_size, strides, dilation)
        return convolve(x, {"stride": strides, "padding": padding, "dilation": dilation})

    return Native(call, fresh=True)


def padded(
    x: Tensor, padding: str, kernel: Any, strides: Any, dilation: Any, fill: float = 0.0
) -> tuple[Tensor, tuple[int, int]]:
    """Return the input and the padding left to torch; "same" pads right and bottom when odd."""
    if padding != "same":
        return x, (0, 0)
    sides = [
        same_padding(size, k, s, d)
        for size, k, s, d in zip(x.shape[2:], kernel, strides, dilation, strict=True)
    ]
    if all(before == after for before, after in sides):
        return x, (sides[0][0], sides[1][0])
    (top, bottom), (left, right) = sides
    return F.pad(x, (left, right, top, bottom), value=fill), (0, 0)


def zeros_around(layer: Any, x: Tensor) -> Tensor:
    """Return the input of a `Conv2D` without dilation with the zeros that its padding asks for."""
    if layer.padding != "same":
        return x
    sides = zip(x.shape[2:], layer.kernel_size, layer.strides, strict=True)
    (top, bottom), (left, right) = (same_padding(*side) for side in sides)
    return F.pad(x, (left, right, top, bottom))


def same_padding(size: int, kernel: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """Return how much "same" pads before and after one dimension."""
    total = max(0, (-(-size // stride) - 1) * stride + (kernel - 1) * dilation + 1 - size)
    return total // 2, total - total // 2


def _unsupported(layer: Any) -> str:
    if layer.data_format != "channels_last":
        return "channels first"
    if layer.padding not in ("same", "valid"):
        return f"padding {layer.padding!r}"
    if getattr(layer, "lora_enabled", False) or getattr(layer, "quantization_mode", None):
        return "quantised, or with LoRA"
    return ""


def _bias(layer: Any) -> Tensor | None:
    return layer.bias.value if layer.use_bias else None


def _depthwise_weight(kernel: Tensor) -> Tensor:
    """From Keras's [h, w, channels, multiplier] to torch's [channels * multiplier, 1, h, w]."""
    height, width, channels, multiplier = kernel.shape
    return kernel.permute(2, 3, 0, 1).reshape(channels * multiplier, 1, height, width)
