"""What a rule gives: a torch function in place of a Keras layer, or why there is none.

Values of rank 4 travel as torch's `[n, channels, height, width]` over memory laid out as Keras's
`[n, height, width, channels]`: going from one to the other is a view, never a copy.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from versus.backend import torch

Tensor = torch.Tensor
FLOATS = (torch.float32, torch.float64)
"""What kernels of our own compute in."""
# Where random numbers come from: numpy's on the CPU, twice as fast there; torch's on any device.
Source = np.random.Generator | torch.Generator
Call = Callable[[Sequence[Any], bool], Any]


@dataclass(frozen=True)
class Native:
    """A torch function that does what a layer does.

    Attributes:
        call: from the inputs (in the layout above) and whether it is training to the output.
        monotone: never falls as its one input grows, element by element, so that max-pooling may
            go before it.
        pools: takes the maximum over windows.
        fresh: its output is memory of its own, which its own gradient does not read again.
        in_place: the same function, writing over its input.
        softmax: is the softmax over the last axis, and nothing else.
        rising: tells whether it grows with its one input outside training, element by element, as
            its weights are now, where only values count; None where it never does, or always
            (`monotone`).
        floors: is a plain ReLU.
        normalises: the batch normalisation of pictures that it is.
        halves: is 2x2 max-pooling without padding.
        halves_up: is 2x2 max-pooling that keeps the last row and column of odd sides.
        first: the convolution that it is, of those that can be done together with pooling.
        convolves: the convolution that it is, of those that may take fewer products.
    """

    call: Call
    monotone: bool = False
    pools: bool = False
    fresh: bool = False
    in_place: Call | None = None
    softmax: bool = False
    rising: Callable[[], bool] | None = None
    floors: bool = False
    normalises: Any = None
    halves: bool = False
    halves_up: bool = False
    first: Any = None
    convolves: Any = None


@dataclass(frozen=True)
class NotNative:
    """Why a layer runs as the Keras layer it is."""

    reason: str


def to_keras(value: Any) -> Any:
    """Return a value as Keras lays it out."""
    return value.permute(0, 2, 3, 1) if isinstance(value, Tensor) and value.ndim == 4 else value


def from_keras(value: Any) -> Any:
    """Return a value as native functions take it."""
    return value.permute(0, 3, 1, 2) if isinstance(value, Tensor) and value.ndim == 4 else value


def channels_last(value: Tensor) -> Tensor:
    """Return `[n, channels, height, width]` so that torch sees it as channels-last.

    With one channel both layouts are the same memory, and torch goes by the strides: after some
    kernels they say channels first, and everything behind would be computed so, at half the speed.
    """
    if value.ndim == 4 and value.shape[1] == 1 and value.stride(1) != 1:
        return value.squeeze(1).unsqueeze(-1).permute(0, 3, 1, 2)
    return value
