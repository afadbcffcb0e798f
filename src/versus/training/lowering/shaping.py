"""Layers that move, scale or join values: Flatten, Reshape, padding, Rescaling, merging."""

import functools
import operator
from typing import Any

from versus.backend import torch
from versus.training.lowering.native import Native, NotNative, Tensor, from_keras, to_keras

F = torch.nn.functional


def flatten(layer: Any) -> Native | NotNative:
    """Rule of `Flatten`: Keras's order, channels last."""
    if layer.data_format != "channels_last":
        return NotNative("channels first")
    return Native(lambda inputs, training: to_keras(inputs[0]).reshape(inputs[0].shape[0], -1))


def reshape(layer: Any) -> Native | NotNative:
    """Rule of `Reshape`: Keras's order, channels last."""
    target = tuple(layer.target_shape)
    if len(target) == 0:
        return NotNative("reshapes to a scalar")

    def call(inputs: Any, training: bool) -> Tensor:
        x = to_keras(inputs[0])
        return from_keras(x.reshape(x.shape[0], *target))

    return Native(call)


def zero_padding(layer: Any) -> Native | NotNative:
    """Rule of `ZeroPadding2D`."""
    if layer.data_format != "channels_last":
        return NotNative("channels first")
    (top, bottom), (left, right) = layer.padding
    return Native(lambda inputs, training: F.pad(inputs[0], (left, right, top, bottom)))


def rescaling(layer: Any) -> Native | NotNative:
    """Rule of `Rescaling` with one scale and one offset for all channels."""
    scale, offset = layer.scale, layer.offset
    if not isinstance(scale, (int, float)) or not isinstance(offset, (int, float)):
        return NotNative("a scale or offset of its own for each channel")
    if offset:
        return Native(lambda inputs, training: inputs[0] * scale + offset)
    return Native(lambda inputs, training: inputs[0] * scale)


def add(layer: Any) -> Native | NotNative:
    """Rule of `Add`."""
    return _elementwise(operator.add, fresh=True)


def multiply(layer: Any) -> Native | NotNative:
    """Rule of `Multiply`."""
    return _elementwise(operator.mul)


def concatenate(layer: Any) -> Native | NotNative:
    """Rule of `Concatenate`, on any axis but the batch."""
    if layer.axis == 0:
        return NotNative("joins along the batch")

    def call(inputs: Any, training: bool) -> Tensor:
        rank = inputs[0].ndim
        axis = layer.axis % rank
        # Keras counts [n, h, w, c]; the value is [n, c, h, w].
        return torch.cat(list(inputs), dim={1: 2, 2: 3, 3: 1}[axis] if rank == 4 else axis)

    return Native(call)


def identity(layer: Any) -> Native | NotNative:
    """Rule of `Identity`, and of every layer that does nothing outside training."""
    return Native(lambda inputs, training: inputs[0])


def _elementwise(function: Any, *, fresh: bool = False) -> Native:
    def call(inputs: Any, training: bool) -> Tensor:
        found = functools.reduce(function, inputs)
        return found.clone() if found is inputs[0] else found  # Keras takes a list of one too

    return Native(call, fresh=fresh)
