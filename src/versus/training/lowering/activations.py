"""Activations by Keras's own functions: what each is in torch, with Keras's constants."""

from collections.abc import Callable
from typing import Any

from versus.backend import keras, torch
from versus.training.lowering.native import Native, NotNative, Tensor, from_keras, to_keras

F = torch.nn.functional
Function = Callable[[Tensor], Tensor]

# Keras's constants, which are not torch's: a leaky ReLU falls with 0.2 as a function.
FUNCTIONS: dict[str, Function] = {
    "linear": lambda x: x,
    "relu": F.relu,
    "relu6": F.relu6,
    "leaky_relu": lambda x: F.leaky_relu(x, 0.2),
    "elu": F.elu,
    "selu": F.selu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "softplus": F.softplus,
    "silu": F.silu,
    "gelu": F.gelu,
}
# Only where ties of the activation are ties of its input too, or have no gradient.
MONOTONE = {"relu", "leaky_relu", "elu", "selu"}
# These saturate to ties that their input does not have: their maxima are the same, not the places.
SATURATING = {"sigmoid", "tanh", "relu6"}


def activation(function: Any) -> Native:
    """Return a Keras activation function as a Native; unknown ones are called as they are."""
    name = getattr(function, "__name__", "")
    if getattr(keras.activations, name, None) is function:
        if name == "softmax":
            return Native(lambda inputs, training: softmax(inputs[0]), softmax=True)
        if name in FUNCTIONS:
            known, over = FUNCTIONS[name], F.relu_ if name == "relu" else None
            return Native(
                lambda inputs, training: known(inputs[0]),
                monotone=name in MONOTONE,
                rising=_no_gradient if name in SATURATING else None,
                in_place=None if over is None else lambda inputs, training: over(inputs[0]),
                floors=name == "relu",
            )
    return Native(lambda inputs, training: from_keras(function(to_keras(inputs[0]))))


def _no_gradient() -> bool:
    return not torch.is_grad_enabled()


def softmax(x: Tensor) -> Tensor:
    """Return the softmax over Keras's last axis."""
    return torch.softmax(x, dim=1 if x.ndim == 4 else -1)


def activation_layer(layer: Any) -> Native | NotNative:
    """Rule of `Activation`."""
    return activation(layer.activation)


def relu_layer(layer: Any) -> Native | NotNative:
    """Rule of `ReLU`: a plain one, a capped one or a leaky one."""
    slope, cap, threshold = (layer.negative_slope, layer.max_value, layer.threshold)
    if threshold not in (0, 0.0) or (slope and cap is not None):
        return NotNative("ReLU with a threshold, or leaky and capped at once")
    if cap is not None:
        return Native(lambda inputs, training: torch.clamp(inputs[0], 0.0, float(cap)))
    return leaky(float(slope)) if slope else activation(keras.activations.relu)


def leaky_relu_layer(layer: Any) -> Native | NotNative:
    """Rule of `LeakyReLU`, whose slope is 0.3 unless said otherwise."""
    return leaky(float(layer.negative_slope))


def leaky(slope: float) -> Native:
    """Return a leaky ReLU; one with a negative slope is not monotone."""
    return Native(
        lambda inputs, training: F.leaky_relu(inputs[0], slope),
        monotone=slope >= 0,
        # What is left tells the sign of what was there, so the gradient can be had from it.
        in_place=(lambda inputs, training: F.leaky_relu_(inputs[0], slope)) if slope > 0 else None,
    )


def softmax_layer(layer: Any) -> Native | NotNative:
    """Rule of `Softmax` over the last axis."""
    if layer.axis != -1:
        return NotNative(f"Softmax over axis {layer.axis}")
    return Native(lambda inputs, training: softmax(inputs[0]), softmax=True)
