"""Resizing of pictures inside the model, by the very call that Keras makes on torch."""

from typing import Any

from versus.backend import torch
from versus.training.lowering.native import Native, NotNative, Tensor

# Keras's names, and torch's. torch's own "nearest" rounds down, Keras's takes the nearest centre.
MODES = {"nearest": "nearest-exact", "bilinear": "bilinear", "bicubic": "bicubic"}


def resizing(layer: Any) -> Native | NotNative:
    """Rule of `Resizing` that stretches the whole picture to the new size."""
    if layer.data_format != "channels_last":
        return NotNative("channels first")
    if layer.crop_to_aspect_ratio or layer.pad_to_aspect_ratio:
        return NotNative("resizing that keeps the aspect ratio")
    if layer.interpolation not in MODES:
        return NotNative(f"interpolation {layer.interpolation!r}")
    size, mode = (layer.height, layer.width), MODES[layer.interpolation]
    smooth = layer.interpolation != "nearest"

    def call(inputs: Any, training: bool) -> Tensor:
        return torch.nn.functional.interpolate(
            inputs[0],
            size=size,
            mode=mode,
            align_corners=False if smooth else None,
            antialias=layer.antialias and smooth,
        )

    return Native(call)
