"""Fully connected classifiers (document A)."""

from versus.backend import keras

layers = keras.layers


def fc(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
    """Two hidden layers of 500 and 100 units; 443,610 parameters on 28x28x1 and 10 classes.

    Args:
        input_shape: (height, width, channels) of uint8 pictures, 0 to 255.
        classes: how many classes the softmax tells apart.
    """
    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Rescaling(1 / 255),
            layers.Flatten(),
            layers.Dense(500, activation="relu"),
            layers.Dense(100, activation="relu"),
            layers.Dense(classes, activation="softmax"),
        ],
        name="fc",
    )


def fc_dropout(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
    """`fc` with dropout of 0.2 after each hidden layer, as document A meant its "Dropout(20)"."""
    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Rescaling(1 / 255),
            layers.Flatten(),
            layers.Dense(500, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(100, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(classes, activation="softmax"),
        ],
        name="fc-dropout",
    )
