"""Convolutional classifiers of two layers, which halve the picture by pooling or by stride."""

from versus.backend import keras

layers = keras.layers


def cnn_pool(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
    """16 and 32 filters of 3x3, each followed by 2x2 max-pooling; 20,490 parameters (document A).

    Args:
        input_shape: (height, width, channels) of uint8 pictures, 0 to 255.
        classes: how many classes the softmax tells apart.
    """
    inputs = keras.Input(input_shape)
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Conv2D(16, 3, padding="same", activation="relu")(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Conv2D(32, 3, padding="same", activation="relu")(x)
    x = layers.MaxPooling2D(2)(x)
    outputs = layers.Dense(classes, activation="softmax")(layers.Flatten()(x))
    return keras.Model(inputs, outputs, name="cnn-pool")


def cnn_stride(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
    """`cnn-pool` with strides of 2 in place of pooling; 20,490 parameters (document A)."""
    inputs = keras.Input(input_shape)
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu")(x)
    x = layers.Conv2D(32, 3, strides=2, padding="same", activation="relu")(x)
    outputs = layers.Dense(classes, activation="softmax")(layers.Flatten()(x))
    return keras.Model(inputs, outputs, name="cnn-stride")


def cnn_pool_augmented(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
    """`cnn-pool` behind layers that shift and turn each picture anew while it trains.

    By up to a tenth of the picture's size and a twentieth of a turn. Outside training they do
    nothing, so what is tested, saved and shipped is `cnn-pool`.
    """
    inputs = keras.Input(input_shape)
    x = layers.RandomTranslation(0.1, 0.1, fill_mode="constant")(inputs)
    x = layers.RandomRotation(0.05, fill_mode="constant")(x)
    for layer in cnn_pool(input_shape, classes).layers[1:]:
        x = layer(x)
    return keras.Model(inputs, x, name="cnn-pool-augmented")


def cnn_pool_gap(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
    """`cnn-pool` with its last map averaged over space in place of flattened (document C's talk).

    Source: M. Lin et al. 2013, "Network in network", section 3.2.
    """
    inputs = keras.Input(input_shape)
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Conv2D(16, 3, padding="same", activation="relu")(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.Conv2D(32, 3, padding="same", activation="relu")(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(classes, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="cnn-pool-gap")
