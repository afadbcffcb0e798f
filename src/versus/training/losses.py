"""Losses with Keras's own arithmetic, from a model's output to one number."""

from collections.abc import Callable
from typing import Any

from versus.backend import keras, torch
from versus.training.compilation import make_loss
from versus.training.recipe import Recipe

Tensor = torch.Tensor
Loss = Callable[[Tensor, Tensor], Tensor]


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
        wanted = torch.nn.functional.one_hot(labels, outputs.shape[1]).to(outputs.dtype)
        return loss(wanted, outputs)

    return keras_loss


def crossentropy(labels: Tensor, probabilities: Tensor) -> Tensor:
    """Return the mean crossentropy of probabilities, clipped as Keras clips them."""
    epsilon = keras.config.epsilon()
    rows = probabilities / probabilities.sum(dim=1, keepdim=True)
    chosen = rows.gather(1, labels.unsqueeze(1))
    return -torch.log(torch.clip(chosen, epsilon, 1 - epsilon)).mean()


def logits_crossentropy(labels: Tensor, logits: Tensor) -> Tensor:
    """Return the mean crossentropy of the softmax of logits."""
    return torch.nn.functional.cross_entropy(logits, labels)


def penalties(variables: list[Any]) -> Tensor | float:
    """Return the sum of the variables' weight penalties, as Keras adds them to the loss."""
    total: Tensor | float = 0.0
    for variable in variables:
        if variable.regularizer is not None:
            total = total + variable.regularizer(variable)
    return total
