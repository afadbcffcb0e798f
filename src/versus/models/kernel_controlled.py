"""One net in which only the kernel changes: what document B's kernel sizes leave open."""

from versus.backend import keras
from versus.models.builder import BuildFunction

layers = keras.layers


def _net(kernel: int) -> BuildFunction:
    """Return a builder: 16, 32 and 64 filters of `kernel`, each pooled, normalised and dropped.

    `same` padding, so depth, widths, pooling and what the classifier reads are equal for every
    kernel; weights and multiply-adds grow with the kernel, as they must.
    """

    def build(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
        inputs = keras.Input(input_shape)
        x = layers.Rescaling(1 / 255)(inputs)
        for filters in (16, 32, 64):
            x = layers.Conv2D(filters, kernel, padding="same", activation="relu")(x)
            x = layers.MaxPooling2D(2)(x)
            x = layers.BatchNormalization()(x)
            x = layers.Dropout(0.25)(x)
        x = layers.Dense(128, activation="relu")(layers.Flatten()(x))
        x = layers.Dropout(0.7)(layers.BatchNormalization()(x))
        outputs = layers.Dense(classes, activation="softmax")(x)
        return keras.Model(inputs, outputs, name=f"kernel-{kernel}-controlled")

    return build


kernel_3_controlled = _net(3)
kernel_5_controlled = _net(5)
kernel_7_controlled = _net(7)
