"""The table of layers that have a torch function of their own."""

from collections.abc import Callable
from typing import Any

from versus.backend import keras
from versus.training.lowering import (
    activations,
    augmentation,
    dense_conv,
    dropout,
    normalization,
    pooling,
    resizing,
    shaping,
)
from versus.training.lowering.native import Native, NotNative, Source

layers = keras.layers
Rule = Callable[[Any], Native | NotNative]

RULES: dict[type, Rule] = {
    layers.Activation: activations.activation_layer,
    layers.Add: shaping.add,
    layers.AveragePooling2D: pooling.average_pooling,
    layers.BatchNormalization: normalization.batch_normalization,
    layers.Concatenate: shaping.concatenate,
    layers.Conv2D: dense_conv.conv2d,
    layers.Dense: dense_conv.dense,
    layers.DepthwiseConv2D: dense_conv.depthwise_conv2d,
    layers.Flatten: shaping.flatten,
    layers.GlobalAveragePooling2D: pooling.global_average_pooling,
    layers.GlobalMaxPooling2D: pooling.global_max_pooling,
    layers.Identity: shaping.identity,
    layers.LayerNormalization: normalization.layer_normalization,
    layers.LeakyReLU: activations.leaky_relu_layer,
    layers.MaxPooling2D: pooling.max_pooling,
    layers.Multiply: shaping.multiply,
    layers.RandomRotation: augmentation.warping,
    layers.RandomShear: augmentation.warping,
    layers.RandomTranslation: augmentation.warping,
    layers.RandomZoom: augmentation.warping,
    layers.ReLU: activations.relu_layer,
    layers.Rescaling: shaping.rescaling,
    layers.Reshape: shaping.reshape,
    layers.Resizing: resizing.resizing,
    layers.SeparableConv2D: dense_conv.separable_conv2d,
    layers.Softmax: activations.softmax_layer,
    layers.ZeroPadding2D: shaping.zero_padding,
}
# Layers that end with an activation of their own, which becomes a step of its own.
WITH_ACTIVATION = (layers.Dense, layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D)


def native(layer: Any, generator: Source) -> Native | NotNative:
    """Return the torch function of a layer, or why it runs as the Keras layer it is.

    Only the very classes of the table count: a subclass may mean anything.
    """
    kind = type(layer)
    if kind is layers.Dropout:
        found = dropout.dropout(layer, generator)
    elif kind in RULES:
        found = RULES[kind](layer)
    else:
        return NotNative(f"{kind.__name__} has no rule")
    if layer.compute_dtype != layer.variable_dtype:
        return NotNative(f"computes in {layer.compute_dtype}")
    if getattr(layer, "activity_regularizer", None) is not None:
        return NotNative("an activity regulariser")
    return found
