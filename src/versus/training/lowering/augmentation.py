"""Turning, shifting, zooming and shearing pictures while training, a whole batch at once.

Keras on torch warps one picture after the other in Python: 50 ms for 128 of MNIST, five times
what the rest of a small net's step takes. Here the layer itself draws, from its own seed, what is
done to each picture, so the draws are Keras's bit for bit; only the warping is one call of torch.
"""

from typing import Any

from versus.backend import torch
from versus.training.lowering.native import (
    Native,
    NotNative,
    Tensor,
    channels_last,
    from_keras,
    to_keras,
)

# Keras's names for what lies outside the picture, and torch's.
OUTSIDE = {"constant": "zeros", "nearest": "border", "reflect": "reflection"}


def warping(layer: Any) -> Native | NotNative:
    """Rule of `RandomRotation`, `RandomShear`, `RandomTranslation` and `RandomZoom`."""
    if layer.data_format != "channels_last":
        return NotNative("channels first")
    if layer.fill_mode not in OUTSIDE:
        return NotNative(f"fill mode {layer.fill_mode!r}")
    if layer.interpolation != "bilinear":
        return NotNative(f"interpolation {layer.interpolation!r}")

    def call(inputs: Any, training: bool) -> Tensor:
        if not training:
            return inputs[0]
        pictures = to_keras(inputs[0])
        drawn = layer.get_random_transformation(pictures, training=True)
        warped = _with_own_warp(layer).transform_images(pictures, drawn, training=True)
        return channels_last(from_keras(warped))

    return Native(call)


def warp(
    images: Tensor,
    transform: Tensor,
    interpolation: str,
    fill_mode: str,
    fill_value: float,
    data_format: str,
) -> Tensor:
    """Return each picture as its affine transformation has it: Keras's `affine_transform`.

    Args:
        images: floats `[n, height, width, channels]`.
        transform: floats `[n, 8]`: a0, a1, a2, b0, b1, b2, 0, 0. Pixel (x, y) of the result is
            taken from (a0 x + a1 y + a2, b0 x + b1 y + b2).
        interpolation: "bilinear", as the rule has made sure.
        fill_mode: what lies outside, a key of `OUTSIDE`.
        fill_value: of "constant".
        data_format: "channels_last", likewise.
    """
    height, width = images.shape[1:3]
    grid = torch.nn.functional.affine_grid(
        _between_minus_one_and_one(transform, height, width).to(images.dtype),
        [len(images), 1, height, width],
        align_corners=False,
    )
    filled = fill_value if fill_mode == "constant" else 0  # torch knows no other filling than 0
    warped = torch.nn.functional.grid_sample(
        from_keras(images - filled if filled else images),
        grid,
        mode=interpolation,
        padding_mode=OUTSIDE[fill_mode],
        align_corners=False,
    )
    # torch gives channel after channel, where every layer behind would be at half its speed.
    return to_keras(warped + filled if filled else warped).contiguous()


def _between_minus_one_and_one(transform: Tensor, height: int, width: int) -> Tensor:
    """Return the transformations `[n, 2, 3]` where a picture's edges lie at -1 and 1, as in torch.

    Pixel x there is (2 x + 1) / width - 1.
    """
    a0, a1, a2, b0, b1, b2 = transform[:, :6].unbind(1)
    middle, centre = (width - 1) / 2, (height - 1) / 2
    right = (2 * (a0 * middle + a1 * centre + a2) + 1) / width - 1
    down = (2 * (b0 * middle + b1 * centre + b2) + 1) / height - 1
    rows = [a0, a1 * (height / width), right, b0 * (width / height), b1, down]
    return torch.stack(rows, dim=1).view(-1, 2, 3)


class _Image:
    affine_transform = staticmethod(warp)


class _Backend:
    """A layer's backend, but for how it warps."""

    image = _Image

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)


def _with_own_warp(layer: Any) -> Any:
    """Return the layer as it is now (a callback may have changed it), warping as `warp` does."""
    twin = object.__new__(type(layer))
    twin.__dict__.update(layer.__dict__, backend=_Backend(layer.backend))
    return twin
