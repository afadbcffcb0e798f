"""Dropout by fast masks: one 64-bit draw for 8 elements, compared as bytes.

torch's `bernoulli_` is serial and takes a quarter of a small net's step. A byte is one of 256
values, so a rate that is a whole number of 256ths is exact with bytes; any other takes 16 bits, and
is then exact to 1/65536, with the kept values scaled by the probability that is really used.
"""

from typing import Any

import numpy as np

from versus.backend import torch
from versus.training.lowering.native import Native, NotNative, Source, Tensor


def dropout(layer: Any, generator: Source) -> Native | NotNative:
    """Rule of `Dropout`.

    Args:
        layer: the Keras layer.
        generator: what the masks are drawn from.
    """
    if layer.noise_shape is not None:
        return NotNative("a noise shape")

    def call(inputs: Any, training: bool) -> Tensor:
        rate = float(layer.rate)  # a callback may change it
        return drop(inputs[0], rate, generator) if training and rate > 0 else inputs[0]

    return Native(call)


def drop(x: Tensor, rate: float, generator: Source) -> Tensor:
    """Return `x` with a share `rate` of its elements 0 and the others scaled to keep the mean."""
    if round(rate * 65536) >= 65536:  # nothing would be kept
        return x * 0
    kept, probability = keep_mask(x.numel(), rate, generator)
    # In the memory order of x, so that the product is one pass.
    mask = kept.to(x.dtype).mul_(1 / probability).as_strided(x.size(), _dense_strides(x))
    return x * mask


def keep_mask(count: int, rate: float, generator: Source) -> tuple[Tensor, float]:
    """Return `count` independent ones and zeros, and the exact probability of 1, 1 - rate."""
    whole = rate * 256
    lanes, levels, kind = (8, 256, torch.uint8) if whole == int(whole) else (4, 65536, torch.int16)
    words = random_words(-(-count // lanes), generator).view(kind)[:count]
    dropped = round(rate * levels)
    lowest = dropped if kind is torch.uint8 else dropped - levels // 2
    # Compared into its own type: torch's comparison into booleans is sixteen times slower.
    return torch.ge(words, lowest, out=torch.empty_like(words)), 1 - dropped / levels


def random_words(count: int, generator: Source) -> Tensor:
    """Return `count` words int64, every bit of them random."""
    if isinstance(generator, np.random.Generator):
        words = generator.integers(0, 2**64, count, dtype=np.uint64)
        return torch.from_numpy(words.view(np.int64))
    words = torch.empty(count, dtype=torch.int64, device=generator.device)
    # The bare random_() fills only 63 bits: every eighth byte would be drawn at the wrong rate.
    return words.random_(-(2**63), None, generator=generator)


def _dense_strides(x: Tensor) -> tuple[int, ...]:
    """Return strides that fill memory without gaps, in the order in which x's dimensions lie."""
    order = sorted(range(x.ndim), key=lambda axis: (-x.stride(axis), -x.shape[axis]))
    strides, step = [0] * x.ndim, 1
    for axis in reversed(order):
        strides[axis], step = step, step * x.shape[axis]
    return tuple(strides)
