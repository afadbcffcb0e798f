"""Losses with Keras's own arithmetic, from a model's output to one number."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from versus.backend import keras, torch
from versus.training.compilation import make_loss
from versus.training.kernels.compiled import usable
from versus.training.kernels.crossentropy import crossentropy_of_softmax
from versus.training.lowering.native import FLOATS
from versus.training.recipe import Recipe

Tensor = torch.Tensor
Loss = Callable[[Tensor, Tensor], Tensor]
MOST_AT_ONCE = 2**15
"""Logits that one thread has done before torch has made its calls."""


def loss_function(recipe: Recipe) -> Loss:
    """Return the recipe's loss as a function of labels int64 `[n]` and outputs `[n, classes]`.

    Crossentropy is Keras's on torch: probabilities are divided by their sum and clipped at 1e-7,
    beyond which there is no gradient; only with `from_logits` is it computed from logits. Every
    other loss is Keras's own object.
    """
    if recipe.loss in ("categorical_crossentropy", "sparse_categorical_crossentropy"):
        return logits_crossentropy if recipe.from_logits else crossentropy
    loss: Any = make_loss(recipe)

    def keras_loss(labels: Tensor, outputs: Tensor) -> Tensor:
        # Not torch's one_hot, which looks at the labels first.
        classes = torch.arange(outputs.shape[1], device=labels.device)
        wanted = (labels.unsqueeze(1) == classes).to(outputs.dtype)
        # Keras's own mean of them makes a tensor of how many there are.
        values = loss.call(wanted, outputs)
        return values.sum() / values.numel()

    return keras_loss


def crossentropy(labels: Tensor, probabilities: Tensor) -> Tensor:
    """Return the mean crossentropy of probabilities, clipped as Keras clips them."""
    epsilon = keras.config.epsilon()
    rows = probabilities / probabilities.sum(dim=1, keepdim=True)
    chosen = rows.gather(1, labels.unsqueeze(1))
    return -torch.log(torch.clip(chosen, epsilon, 1 - epsilon)).mean()


class SoftmaxCrossentropy(torch.autograd.Function):
    """`crossentropy` of a softmax, and the probabilities, in one function of the logits.

    The same value and the same gradient in a third of the calls: a probability clipped at 1e-7
    still has a gradient of zero, which a crossentropy from logits would not give it.
    """

    @staticmethod
    def forward(ctx: Any, labels: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
        """Return the mean loss and the probabilities float `[n, classes]`.

        Args:
            ctx: of torch.
            labels: int64 `[n]`.
            logits: float `[n, classes]`.
        """
        epsilon = keras.config.epsilon()
        ctx.gradient = None
        if _small(logits) and len(labels) == len(logits):
            return _in_one_pass(ctx, labels, logits, epsilon)
        probabilities = torch.softmax(logits, dim=1)
        chosen = probabilities.gather(1, labels.unsqueeze(1))
        clipped = chosen.clamp(epsilon, 1 - epsilon)
        ctx.save_for_backward(labels, probabilities, clipped == chosen)
        ctx.mark_non_differentiable(probabilities)
        return -clipped.log_().mean(), probabilities

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Return no gradient for the labels, and that for the logits."""
        loss = gradients[0]
        if ctx.gradient is not None:
            return None, ctx.gradient if loss.item() == 1 else ctx.gradient * loss
        labels, probabilities, inside = ctx.saved_tensors
        weight = inside * (loss / len(labels))
        gradient = probabilities * weight
        return None, gradient.scatter_add_(1, labels.unsqueeze(1), -weight)


def _small(logits: Tensor) -> bool:
    """Return whether a kernel can take them, and is faster."""
    here = usable() and logits.device.type == "cpu" and logits.dtype in FLOATS
    return here and 0 < logits.numel() <= MOST_AT_ONCE


def _in_one_pass(ctx: Any, labels: Tensor, logits: Tensor, epsilon: float) -> tuple[Tensor, Tensor]:
    """Do the same by a kernel, for which few logits are no more work than a call of torch."""
    given = logits.detach().contiguous().numpy()
    low, high = given.dtype.type(epsilon), given.dtype.type(1 - epsilon)
    probabilities, gradient = torch.empty_like(logits), np.empty_like(given)
    losses = np.empty(len(given))
    out = probabilities.numpy(), gradient, losses
    crossentropy_of_softmax(0, len(given), given, labels.numpy(), low, high, *out)
    ctx.gradient = torch.from_numpy(gradient)
    ctx.mark_non_differentiable(probabilities)
    return torch.tensor(losses.mean(), dtype=logits.dtype), probabilities


def logits_crossentropy(labels: Tensor, logits: Tensor) -> Tensor:
    """Return the mean crossentropy of the softmax of logits."""
    return torch.nn.functional.cross_entropy(logits, labels)


def penalties(variables: Sequence[Any]) -> Tensor | None:
    """Return the sum of the variables' weight penalties, as Keras adds them; None without any."""
    total: Tensor | None = None
    for variable in variables:
        if variable.regularizer is not None:
            penalty = variable.regularizer(variable)
            total = penalty if total is None else total + penalty
    return total
