"""Batch and layer normalisation, with Keras's moving averages."""

from typing import Any

from versus.backend import torch
from versus.training.lowering.native import Native, NotNative, Tensor

F = torch.nn.functional


def batch_normalization(layer: Any) -> Native | NotNative:
    """Rule of `BatchNormalization` over channels.

    Keras's momentum is what is kept, torch's what is replaced; Keras keeps the biased variance,
    torch the unbiased one. A frozen layer infers, also while training.
    """
    rank = len(layer.input_spec.axes or {}) and layer.input_spec.ndim
    if layer.axis not in (-1, (rank or 0) - 1) or rank not in (2, 4):
        return NotNative(f"normalises axis {layer.axis} of rank {rank}")
    if getattr(layer, "renorm", False) or getattr(layer, "synchronized", False):
        return NotNative("renormalised or synchronised")

    def call(inputs: Any, training: bool) -> Tensor:
        x = inputs[0]
        gamma = layer.gamma.value if layer.scale else None
        beta = layer.beta.value if layer.center else None
        mean, variance = layer.moving_mean.value, layer.moving_variance.value
        if not (training and layer.trainable):
            return F.batch_norm(x, mean, variance, gamma, beta, False, 0.0, layer.epsilon)
        count = x.numel() // x.shape[1]
        if count == 1:  # torch refuses what Keras takes: the mean is the value, the variance 0
            shape = (1, -1, *[1] * (x.ndim - 2))
            out = x - x if gamma is None else (x - x) * gamma.view(shape)
            move_averages(layer, x.detach().reshape(-1), torch.zeros_like(variance))
            return out if beta is None else out + beta.view(shape)
        batch_mean, batch_variance = torch.zeros_like(mean), torch.zeros_like(variance)
        out = F.batch_norm(x, batch_mean, batch_variance, gamma, beta, True, 1.0, layer.epsilon)
        # torch hands out the unbiased variance; Keras keeps the biased one.
        move_averages(layer, batch_mean, batch_variance * ((count - 1) / count))
        return out

    def rising() -> bool:
        # Not with a gamma of 0: it makes ties where its input has none.
        return not layer.scale or bool((layer.gamma.value > 0).all())

    return Native(call, fresh=True, rising=rising, normalises=layer if rank == 4 else None)


def move_averages(layer: Any, mean: Tensor, variance: Tensor) -> None:
    """Move a layer's averages towards those of a batch."""
    with torch.no_grad():
        for average, latest in ((layer.moving_mean, mean), (layer.moving_variance, variance)):
            average.value.lerp_(latest.to(average.value.dtype), 1 - layer.momentum)


def layer_normalization(layer: Any) -> Native | NotNative:
    """Rule of `LayerNormalization` over the last axis."""
    axis = layer.axis if isinstance(layer.axis, (list, tuple)) else [layer.axis]
    rank = len(layer.gamma.shape) if layer.scale else 1
    if list(axis) not in ([-1],) or rank != 1 or getattr(layer, "rms_scaling", False):
        return NotNative(f"normalises axis {layer.axis}")

    def call(inputs: Any, training: bool) -> Tensor:
        x = inputs[0]
        last = x.permute(0, 2, 3, 1) if x.ndim == 4 else x
        gamma = layer.gamma.value if layer.scale else None
        beta = layer.beta.value if layer.center else None
        out = F.layer_norm(last, (last.shape[-1],), gamma, beta, layer.epsilon)
        return out.permute(0, 3, 1, 2) if x.ndim == 4 else out

    return Native(call)
