"""Fully connected classifiers (document A)."""

from typing import Any

from versus.backend import keras

layers = keras.layers


def fc(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
    """Two hidden layers of 500 and 100 units; 443,610 parameters on 28x28x1 and 10 classes.

    Args:
        input_shape: (height, width, channels) of uint8 pictures, 0 to 255.
        classes: how many classes the softmax tells apart.
    """
    return _two_layers(input_shape, classes, "fc")


def fc_adam(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
    """`fc` under another name: the studies train it with Adam, as they do the nets beside it."""
    return _two_layers(input_shape, classes, "fc-adam")


def fc_dropout(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
    """`fc` with dropout of 0.2 after each hidden layer, as document A meant its "Dropout(20)"."""
    return _two_layers(input_shape, classes, "fc-dropout", 0.2)


def _two_layers(
    input_shape: tuple[int, int, int], classes: int, name: str, rate: float = 0.0
) -> keras.Model:
    def hidden(units: int) -> list[Any]:
        dropped = [layers.Dropout(rate)] if rate else []
        return [layers.Dense(units, activation="relu"), *dropped]

    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Rescaling(1 / 255),
            layers.Flatten(),
            *hidden(500),
            *hidden(100),
            layers.Dense(classes, activation="softmax"),
        ],
        name=name,
    )
