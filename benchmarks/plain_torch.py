"""A Keras Sequential net written as torch's own layers, as a torch user would write it."""

import torch
from torch import nn


class SamePad(nn.Module):
    """Keras's "same": the odd pixel goes right and bottom."""

    def __init__(self, kernel, strides, fill):
        super().__init__()
        self.kernel, self.strides, self.fill = kernel, strides, fill

    def forward(self, x):
        sides = []
        for size, k, s in zip(x.shape[:1:-1], self.kernel[::-1], self.strides[::-1], strict=True):
            total = max(0, (-(-size // s) - 1) * s + k - size)
            sides += [total // 2, total - total // 2]
        return nn.functional.pad(x, sides, value=self.fill) if any(sides) else x


ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "linear": nn.Identity}


def convert(model):
    """Return the net without its last softmax, for torch's cross_entropy."""
    found = []
    for layer in model.layers:
        found += one(layer)
    return nn.Sequential(*found)


def one(layer):
    kind = type(layer).__name__
    if kind in ("InputLayer", "Rescaling"):
        return []
    if kind == "Flatten":
        return [nn.Flatten()]
    if kind == "Dense":
        linear = nn.Linear(*layer.kernel.shape)
        name = layer.activation.__name__
        return [linear] if name == "softmax" else [linear, ACTIVATIONS[name]()]
    if kind == "Conv2D":
        height, width, before, after = layer.kernel.shape
        pad = [SamePad((height, width), layer.strides, 0.0)] if layer.padding == "same" else []
        convolution = nn.Conv2d(before, after, (height, width), layer.strides)
        return [*pad, convolution, ACTIVATIONS[layer.activation.__name__]()]
    if kind == "MaxPooling2D":
        same = layer.padding == "same"
        pad = [SamePad(layer.pool_size, layer.strides, -torch.inf)] if same else []
        return [*pad, nn.MaxPool2d(layer.pool_size, layer.strides)]
    if kind == "BatchNormalization":
        channels = layer.moving_mean.shape[0]
        flat = layer.input_spec.ndim == 2
        return [(nn.BatchNorm1d if flat else nn.BatchNorm2d)(channels, eps=1e-3, momentum=0.01)]
    if kind == "Dropout":
        return [nn.Dropout(layer.rate)]
    if kind == "LeakyReLU":
        return [nn.LeakyReLU(layer.negative_slope)]
    raise ValueError(f"plain torch: no {kind}")
