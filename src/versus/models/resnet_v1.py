"""Document D's ResNet v1 of depth 6n+2, for small pictures (He et al. 2015, section 4.2).

As printed there: normalised before the convolution, no BatchNormalization at the end, no pooling.
"""

from typing import Any

from versus.backend import keras
from versus.errors import ModelError
from versus.models.builder import BuildFunction

layers = keras.layers
STAGES = (16, 32, 64)


def resnet_v1(depth: int, name: str) -> BuildFunction:
    """Return the builder of depth 6n+2: three stages of n blocks; depth 2 has no block at all.

    Raises:
        ModelError: there is no such depth.
    """
    blocks, rest = divmod(depth - 2, 6)
    if rest or blocks < 0:
        raise ModelError(f"model '{name}': expected a depth of 6n+2, as 2, 8, 14, 20; got {depth}")

    def build(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
        inputs = keras.Input(input_shape)
        x = layers.Rescaling(1 / 255)(inputs)
        x = _convolution(STAGES[0], 3)(layers.ReLU()(layers.BatchNormalization()(x)))
        for stage, filters in enumerate(STAGES if blocks else ()):
            for block in range(blocks):
                x = _block(x, filters, strides=2 if stage > 0 and block == 0 else 1)
        head = layers.Dense(classes, activation="softmax", kernel_initializer="he_normal")
        return keras.Model(inputs, head(layers.Flatten()(x)), name=name)

    return build


def _block(x: Any, filters: int, strides: int) -> Any:
    """Return two normalised convolutions added to the shortcut, then ReLU."""
    y = layers.ReLU()(layers.BatchNormalization()(x))
    y = _convolution(filters, 3, strides)(y)
    y = _convolution(filters, 3)(layers.BatchNormalization()(y))
    if strides > 1:
        x = _convolution(filters, 1, strides)(x)
    return layers.ReLU()(layers.Add()([x, y]))


def _convolution(filters: int, kernel: int, strides: int = 1) -> Any:
    return layers.Conv2D(
        filters,
        kernel,
        strides=strides,
        padding="same",
        kernel_initializer="he_normal",
        kernel_regularizer=keras.regularizers.L2(1e-4),
    )


fashion5_resnet_2 = resnet_v1(2, "fashion5-resnet-2")
resnet_v1_8 = resnet_v1(8, "resnet-v1-8")
resnet_v1_14 = resnet_v1(14, "resnet-v1-14")
resnet_v1_20 = resnet_v1(20, "resnet-v1-20")
