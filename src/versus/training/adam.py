"""Adam in plain torch, for a step from which nothing may be read back on the way."""

from versus.backend import torch

Tensor = torch.Tensor


def adam_direction(
    gradient: Tensor,
    means: Tensor,
    squares: Tensor,
    beta_1: float,
    beta_2: float,
    epsilon: float,
    step: int | Tensor,
) -> Tensor:
    """Move both moving averages, and return where the weights go, per unit of the learning rate.

    Adam (Kingma and Ba 2015) as Keras has it: epsilon stands outside the bias correction.

    Args:
        gradient: of all weights, one vector.
        means: moving average of the gradient; changed in place.
        squares: the same of its square.
        beta_1: how much of `means` is kept.
        beta_2: how much of `squares`.
        epsilon: added to the root.
        step: counted from 1.
    """
    # Ones minus a power near 1: float32, which a tensor of integers would give, is too coarse.
    step = step.double() if isinstance(step, Tensor) else step
    means.lerp_(gradient, 1 - beta_1)
    squares.mul_(beta_2).addcmul_(gradient, gradient, value=1 - beta_2)
    correction = (1 - beta_2**step) ** 0.5 / (1 - beta_1**step)
    return means / squares.sqrt().add_(epsilon) * correction
