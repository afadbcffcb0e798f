"""Document E's net for Fashion-MNIST, which overfits, and the same with dropout."""

from typing import Any

from versus.backend import keras

layers = keras.layers


def lab(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
    """Three leaky convolutions of 32, 64 and 128, each pooled; 356,234 parameters (document E)."""
    return _net(input_shape, classes, (0.0, 0.0, 0.0), "lab")


def lab_dropout(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
    """`lab` with dropout of 0.25, 0.4 and 0.3 after first and third pool and the wide layer."""
    return _net(input_shape, classes, (0.25, 0.4, 0.3), "lab-dropout")


def _net(
    input_shape: tuple[int, int, int], classes: int, rates: tuple[float, float, float], name: str
) -> keras.Model:
    first, third, last = rates

    def convolution(filters: int, rate: float = 0.0) -> list[Any]:
        return [
            layers.Conv2D(filters, 3, padding="same"),
            layers.LeakyReLU(0.1),
            layers.MaxPooling2D(2, padding="same"),
            *([layers.Dropout(rate)] if rate else []),
        ]

    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Rescaling(1 / 255),
            *convolution(32, first),
            *convolution(64),
            *convolution(128, third),
            layers.Flatten(),
            layers.Dense(128),
            layers.LeakyReLU(0.1),
            *([layers.Dropout(last)] if last else []),
            layers.Dense(classes, activation="softmax"),
        ],
        name=name,
    )
