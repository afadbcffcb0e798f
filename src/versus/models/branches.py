"""What the functional API is for: branches, skips, several inputs and outputs (document A).

Small examples that train in minutes, not contenders.
"""

from typing import Any

from versus.backend import keras

layers = keras.layers


def inception_small(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
    """Two Inception blocks, each of four branches side by side (Szegedy et al. 2014, figure 2)."""
    inputs = keras.Input(input_shape)
    x = layers.Rescaling(1 / 255)(inputs)
    x = _convolution(x, 16, 3)
    x = layers.MaxPooling2D(2)(x)
    x = _inception(x, 8, "first")
    x = layers.MaxPooling2D(2)(x)
    x = _inception(x, 16, "second")
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(classes, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="inception-small")


def unet_small(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
    """Down twice and up again, each level joined to its equal by a skip; then one softmax.

    After Ronneberger et al. 2015, "U-Net", figure 1, which gives a class to every pixel; here the
    last map is averaged over space, so that it gives one to the picture.
    """
    inputs = keras.Input(input_shape)
    first = _convolution(layers.Rescaling(1 / 255)(inputs), 8, 3)
    second = _convolution(layers.MaxPooling2D(2)(first), 16, 3)
    x = _convolution(layers.MaxPooling2D(2)(second), 32, 3)
    for skip, filters in ((second, 16), (first, 8)):
        height, width = skip.shape[1:3]  # pooling rounds odd sizes down
        x = layers.Resizing(height, width, interpolation="nearest")(x)
        x = _convolution(layers.Concatenate()([skip, x]), filters, 3)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(classes, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="unet-small")


def two_outputs(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
    """One picture in, two answers out: "label", its class, and "picture", itself drawn again.

    No contender in a study, which asks one answer of a model; Keras's own `fit` trains it.

    Args:
        input_shape: (height, width, channels) of uint8 pictures, 0 to 255.
        classes: how many classes the softmax of "label" tells apart.

    Example:
        >>> model = versus.two_outputs((28, 28, 1), 10)
        >>> model.compile("adam", {"label": "sparse_categorical_crossentropy", "picture": "mse"})
        >>> model.fit(images, {"label": labels, "picture": images / 255.0})
    """
    height, width, channels = input_shape
    inputs = keras.Input(input_shape, name="image")
    x = _convolution(layers.Rescaling(1 / 255)(inputs), 16, 3)
    x = layers.Flatten()(layers.MaxPooling2D(2)(x))
    code = layers.Dense(32, activation="relu", name="code")(x)
    label = layers.Dense(classes, activation="softmax", name="label")(code)
    x = layers.Dense(height * width * channels, activation="sigmoid")(code)
    picture = layers.Reshape(input_shape, name="picture")(x)
    return keras.Model(inputs, {"label": label, "picture": picture}, name="two-outputs")


def two_inputs(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
    """Two pictures in, "left" and "right"; out the chance, `[n, 1]`, that they are of one class.

    Both are read by one and the same branch, so its weights are shared (Bromley et al. 1993,
    "Signature verification using a siamese time delay neural network"). Keras's own `fit` trains
    it, and no study compares it.

    Args:
        input_shape: (height, width, channels) of uint8 pictures, 0 to 255.
        classes: not used.

    Example:
        >>> model = versus.two_inputs((28, 28, 1), 10)
        >>> model.compile("adam", "binary_crossentropy")
        >>> model.fit({"left": images, "right": others}, same)
    """
    del classes
    left, right = keras.Input(input_shape, name="left"), keras.Input(input_shape, name="right")
    inner = keras.Input(input_shape)
    x = _convolution(layers.Rescaling(1 / 255)(inner), 16, 3)
    x = layers.Flatten()(layers.MaxPooling2D(4)(x))
    branch = keras.Model(inner, layers.Dense(32, activation="relu")(x), name="branch")
    joined = layers.Concatenate()([branch(left), branch(right)])
    x = layers.Dense(32, activation="relu")(joined)
    same = layers.Dense(1, activation="sigmoid", name="same")(x)
    return keras.Model([left, right], same, name="two-inputs")


def _convolution(x: Any, filters: int, kernel: int) -> Any:
    return layers.Conv2D(filters, kernel, padding="same", activation="relu")(x)


def _inception(x: Any, filters: int, name: str) -> Any:
    """Return 1x1, 1x1 then 3x3, 1x1 then 5x5, and pooled then 1x1, side by side."""
    half = filters // 2
    branches = [
        _convolution(x, filters, 1),
        _convolution(_convolution(x, half, 1), filters, 3),
        _convolution(_convolution(x, half, 1), filters, 5),
        _convolution(layers.MaxPooling2D(3, strides=1, padding="same")(x), filters, 1),
    ]
    return layers.Concatenate(name=f"{name}_inception")(branches)
