"""Pooling layers.

Average pooling with "same" padding differs between Keras's backends (on torch the edge is
repeated, elsewhere only real pixels count), so there Keras's own layer is kept.
"""

from typing import Any

from versus.backend import torch
from versus.training.lowering.dense_conv import padded
from versus.training.lowering.native import Native, NotNative, Tensor

F = torch.nn.functional


def max_pooling(layer: Any) -> Native | NotNative:
    """Rule of `MaxPooling2D`; "same" pads with minus infinity."""
    if layer.data_format != "channels_last":
        return NotNative("channels first")
    size, strides = tuple(layer.pool_size), tuple(layer.strides)
    halves = size == strides == (2, 2)

    def call(inputs: Any, training: bool) -> Tensor:
        x, padding = padded(inputs[0], layer.padding, size, strides, (1, 1), fill=-torch.inf)
        if halves and x.device.type == "cpu" and not torch.is_grad_enabled():
            return greater_of_pairs(x)
        return F.max_pool2d(x, size, strides, padding)

    padless = layer.padding == "valid"
    return Native(
        call, pools=True, fresh=True, halves=halves and padless, halves_up=halves and not padless
    )


def greater_of_pairs(x: Tensor) -> Tensor:
    """Return the maxima of 2x2 windows, an odd last row or column left out.

    The same values as torch's pooling, NaN too, which notes for the gradient where each was found.
    """
    height, width = x.shape[2] // 2 * 2, x.shape[3] // 2 * 2
    rows = torch.maximum(x[:, :, 0:height:2], x[:, :, 1:height:2])
    return torch.maximum(rows[..., 0:width:2], rows[..., 1:width:2])


def average_pooling(layer: Any) -> Native | NotNative:
    """Rule of `AveragePooling2D`."""
    if layer.data_format != "channels_last":
        return NotNative("channels first")
    if layer.padding == "same":
        return NotNative("average pooling with same padding differs between Keras's backends")
    size, strides = tuple(layer.pool_size), tuple(layer.strides)
    return Native(lambda inputs, training: F.avg_pool2d(inputs[0], size, strides))


def global_average_pooling(layer: Any) -> Native | NotNative:
    """Rule of `GlobalAveragePooling2D`."""
    return _global(layer, lambda x: x.mean(dim=(2, 3), keepdim=layer.keepdims))


def global_max_pooling(layer: Any) -> Native | NotNative:
    """Rule of `GlobalMaxPooling2D`."""
    return _global(layer, lambda x: x.amax(dim=(2, 3), keepdim=layer.keepdims))


def _global(layer: Any, reduce: Any) -> Native | NotNative:
    if layer.data_format != "channels_last":
        return NotNative("channels first")
    return Native(lambda inputs, training: reduce(inputs[0]))
