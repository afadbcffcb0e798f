"""Keras's update rules, each as one pass over all weights, on Keras's own variables.

Weights, momenta and the step count live in the Keras optimizer's variables and nowhere else: what
a callback reads or a `.keras` file saves is always the present state, and nothing is synchronised.
What a rule here does not cover (averaged weights, gradient accumulation, constraints, any other
optimizer) is done by the optimizer's own `apply`.
"""

# torch's foreach and fused kernels have names with an underscore, and no other way in.
# pyright: reportPrivateImportUsage=false

from collections.abc import Callable, Sequence
from typing import Any

from versus.backend import keras, torch

Tensor = torch.Tensor
Tensors = Sequence[Tensor]
State = Callable[[str], list[Tensor]]
# (optimizer, weights, gradients, state by name, learning rate, step from 1), in place
Rule = Callable[[Any, list[Tensor], list[Tensor], State, float, int], None]


class Updater:
    """Applies gradients to the weights of a model."""

    def __init__(self, optimizer: Any, variables: Sequence[Any]) -> None:
        """Build the optimizer's state if it has none.

        Args:
            optimizer: a Keras optimizer.
            variables: the trainable weights, in the order of the gradients.
        """
        self.optimizer, self.variables = optimizer, list(variables)
        if not optimizer.built:
            optimizer.build(self.variables)
        optimizer._check_variables_are_known(self.variables)
        self._rows = [optimizer._get_variable_index(variable) for variable in self.variables]
        self._weights = [variable.value for variable in self.variables]
        self.rule = find_rule(optimizer, self.variables)

    def __call__(self, gradients: Tensors) -> None:
        """Change the weights by one step."""
        optimizer = self.optimizer
        if self.rule is None:
            optimizer.apply(list(gradients), self.variables)
            return
        with torch.no_grad():
            clipped = optimizer._clip_gradients(list(gradients))
            rate = learning_rate(optimizer)
            step = int(optimizer._iterations.value) + 1
            if optimizer.weight_decay is not None:
                optimizer._apply_weight_decay(self.variables)
            # The fused kernels run along memory: gradients must lie as their weights do.
            ordered = [g.contiguous() for g in clipped]
            self.rule(optimizer, self._weights, ordered, self._state, rate, step)
            optimizer._iterations.value.add_(1)

    def _state(self, name: str) -> list[Tensor]:
        """Return what the optimizer keeps for each weight, as `_momentums`."""
        kept = getattr(self.optimizer, name)
        return [kept[row].value for row in self._rows]


def learning_rate(optimizer: Any) -> float:
    """Return the learning rate of the next step, as callbacks and schedules have left it."""
    rate = optimizer.learning_rate
    return float(rate.value if isinstance(rate, keras.Variable) else rate)


def find_rule(optimizer: Any, variables: Sequence[Any]) -> Rule | None:
    """Return the rule for an optimizer, None where its own `apply` is to do it."""
    kind = type(optimizer)
    if not kind.__module__.startswith("keras.src."):
        return None
    unusual = (
        optimizer.use_ema
        or optimizer.gradient_accumulation_steps
        or optimizer.loss_scale_factor is not None
        or getattr(optimizer, "amsgrad", False)
        or getattr(optimizer, "centered", False)
        or any(v.constraint is not None or v.overwrite_with_gradient for v in variables)
    )
    return None if unusual else RULES.get(kind.__name__)


def sgd(
    optimizer: Any,
    weights: list[Tensor],
    gradients: list[Tensor],
    state: State,
    rate: float,
    step: int,
) -> None:
    """SGD; Keras's velocity contains the learning rate."""
    momentum = float(optimizer.momentum)
    if momentum == 0:
        torch._foreach_add_(weights, gradients, alpha=-rate)
        return
    velocities = state("momentums")
    torch._foreach_mul_(velocities, momentum)
    torch._foreach_add_(velocities, gradients, alpha=-rate)
    if optimizer.nesterov:
        torch._foreach_add_(weights, velocities, alpha=momentum)
        torch._foreach_add_(weights, gradients, alpha=-rate)
    else:
        torch._foreach_add_(weights, velocities)


def adam(
    optimizer: Any,
    weights: list[Tensor],
    gradients: list[Tensor],
    state: State,
    rate: float,
    step: int,
) -> None:
    """Adam and AdamW, by torch's fused kernel.

    Keras adds epsilon outside the bias correction, torch inside; so torch is given epsilon divided
    by the square root of the correction. Weight decay has been applied before.
    """
    beta_1, beta_2 = float(optimizer.beta_1), float(optimizer.beta_2)
    torch._fused_adam_(
        weights,
        gradients,
        state("_momentums"),
        state("_velocities"),
        [],
        [torch.tensor(float(step), device=weights[0].device)] * len(weights),
        lr=rate,
        beta1=beta_1,
        beta2=beta_2,
        weight_decay=0.0,
        eps=float(optimizer.epsilon) / (1 - beta_2**step) ** 0.5,
        amsgrad=False,
        maximize=False,
    )


def adadelta(
    optimizer: Any,
    weights: list[Tensor],
    gradients: list[Tensor],
    state: State,
    rate: float,
    step: int,
) -> None:
    """Adadelta (Zeiler 2012)."""
    rho, epsilon = float(optimizer.rho), float(optimizer.epsilon)
    squares = state("_accumulated_grads")
    deltas = state("_accumulated_delta_vars")
    torch._foreach_mul_(squares, rho)
    torch._foreach_addcmul_(squares, gradients, gradients, value=1 - rho)
    change = torch._foreach_add(deltas, epsilon)
    below = torch._foreach_add(squares, epsilon)
    torch._foreach_div_(change, below)
    torch._foreach_sqrt_(change)
    torch._foreach_mul_(change, gradients)
    torch._foreach_mul_(deltas, rho)
    torch._foreach_addcmul_(deltas, change, change, value=1 - rho)
    torch._foreach_add_(weights, change, alpha=-rate)


def rmsprop(
    optimizer: Any,
    weights: list[Tensor],
    gradients: list[Tensor],
    state: State,
    rate: float,
    step: int,
) -> None:
    """RMSprop; Keras adds epsilon inside the root."""
    rho = float(optimizer.rho)
    squares = state("_velocities")
    torch._foreach_mul_(squares, rho)
    torch._foreach_addcmul_(squares, gradients, gradients, value=1 - rho)
    below = torch._foreach_add(squares, float(optimizer.epsilon))
    torch._foreach_sqrt_(below)
    change = torch._foreach_div(torch._foreach_mul(gradients, rate), below)
    if optimizer.momentum > 0:
        momenta = state("_momentums")
        torch._foreach_mul_(momenta, float(optimizer.momentum))
        torch._foreach_add_(momenta, change)
        change = momenta
    torch._foreach_add_(weights, change, alpha=-1)


RULES: dict[str, Rule] = {
    "SGD": sgd,
    "Adam": adam,
    "AdamW": adam,
    "Adadelta": adadelta,
    "RMSprop": rmsprop,
}
