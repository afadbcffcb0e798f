"""Document B's nets, which are named after their kernels but differ in much else."""

from collections.abc import Sequence
from typing import Any

from versus.backend import keras

layers = keras.layers


def kernel_7x7(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
    """Three 7x7 convolutions of 16, 32 and 64; 136,906 parameters (document B)."""
    body = [
        *_convolution(16, 7, normalised=True, rate=0.25),
        *_convolution(32, 7, pooled=True, normalised=True, rate=0.25),
        *_convolution(64, 7, pooled=True, normalised=True, rate=0.25),
    ]
    return _classifier(input_shape, classes, body, "kernel-7x7")


def kernel_3x3(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
    """Three 3x3 convolutions of 16, 16 and 32, two of them strided; 13,338 parameters."""
    body = [
        *_convolution(16, 3, normalised=True),
        *_convolution(16, 3, strides=2, pooled=True, rate=0.25),
        *_convolution(32, 3, strides=2, pooled=True, normalised=True, rate=0.25),
    ]
    return _classifier(input_shape, classes, body, "kernel-3x3")


def kernel_2x2(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
    """Five 2x2 convolutions of 4 to 64; 144,406 parameters (document B)."""
    body = [
        *_convolution(4, 2, rate=0.25),
        *_convolution(8, 2, pooled=True, rate=0.25),
        *_convolution(16, 2, pooled=True, rate=0.25),
        *_convolution(32, 2, normalised=True, rate=0.25),
        *_convolution(64, 2, normalised=True, rate=0.25),
    ]
    return _classifier(input_shape, classes, body, "kernel-2x2")


def _convolution(
    filters: int,
    kernel: int,
    *,
    strides: int = 1,
    pooled: bool = False,
    normalised: bool = False,
    rate: float = 0.0,
) -> list[Any]:
    """Return a convolution with ReLU, then pooling, BatchNormalization and dropout as asked."""
    return [
        layers.Conv2D(filters, kernel, strides=strides, activation="relu"),
        *([layers.MaxPooling2D(2)] if pooled else []),
        *([layers.BatchNormalization()] if normalised else []),
        *([layers.Dropout(rate)] if rate else []),
    ]


def _classifier(
    input_shape: tuple[int, int, int], classes: int, body: Sequence[Any], name: str
) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Rescaling(1 / 255),
            *body,
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.7),
            layers.Dense(classes, activation="softmax"),
        ],
        name=name,
    )
