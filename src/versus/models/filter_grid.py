"""Document C's nets: number and size of the second layer's filters, with dropout or without."""

from typing import Any

from versus.backend import keras
from versus.models.builder import BuildFunction

layers = keras.layers


def _net(name: str, filters: int, kernel: int, rate: float = 0.5) -> BuildFunction:
    """Return a builder: C32-3, then `filters` of `kernel`, each normalised, pooled and dropped."""

    def build(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
        def block(count: int, size: int) -> list[Any]:
            return [
                layers.Conv2D(count, size, activation="relu"),
                layers.BatchNormalization(),
                layers.MaxPooling2D(2),
                *([layers.Dropout(rate)] if rate else []),
            ]

        return keras.Sequential(
            [
                keras.Input(input_shape),
                layers.Rescaling(1 / 255),
                *block(32, 3),
                *block(filters, kernel),
                layers.Flatten(),
                layers.Dense(128, activation="relu"),
                layers.Dense(classes, activation="softmax"),
            ],
            name=name,
        )

    return build


filters_32_3x3 = _net("filters-32-3x3", 32, 3)
filters_64_3x3 = _net("filters-64-3x3", 64, 3)
filters_32_5x5 = _net("filters-32-5x5", 32, 5)
filters_64_5x5 = _net("filters-64-5x5", 64, 5)
no_dropout = _net("no-dropout", 64, 5, rate=0.0)
# The same system as filters-64-5x5: the document trains it twice.
dropout = _net("dropout", 64, 5)
