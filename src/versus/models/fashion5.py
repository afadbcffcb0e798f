"""Document D's convolutional net for five classes of clothing."""

from versus.backend import keras

layers = keras.layers


def fashion5_cnn(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
    """Two sigmoid convolutions of 32 and 64, normalised before and after pooling (document D)."""
    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Rescaling(1 / 255),
            layers.Conv2D(32, 3, activation="sigmoid"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(2),
            layers.BatchNormalization(),
            layers.Conv2D(64, 3, activation="sigmoid"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(2),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.BatchNormalization(),
            layers.Dense(classes, activation="softmax"),
        ],
        name="fashion5-cnn",
    )
