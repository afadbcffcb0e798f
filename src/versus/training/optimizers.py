"""Keras's update rules, each as one pass over all weights, on Keras's own variables.

Weights, momenta and the step count live in the Keras optimizer's variables and nowhere else: what
a callback reads or a `.keras` file saves is always the present state, and nothing is synchronised.
What a rule here does not cover (averaged weights, gradient accumulation, constraints, rates of
layer groups, any other optimizer) is done by the optimizer's own `apply`.
"""

# torch's foreach and fused kernels have names with an underscore, and no other way in.
# pyright: reportPrivateImportUsage=false

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from versus.backend import keras, torch
from versus.errors import TrainingError
from versus.training.adam import adam_direction
from versus.training.groups import in_groups
from versus.training.optimizer_state import OptimizerState

Tensor = torch.Tensor


@dataclass(frozen=True)
class Update:
    """What a rule is given: it changes weights and state in place.

    Attributes:
        optimizer: the Keras optimizer, for its constants.
        weights, gradients: one tensor a weight, laid out alike.
        state: what the optimizer keeps.
        rate, step: the learning rate, and the step counted from 1; tensors where nothing may be
            read from the device.
    """

    optimizer: Any
    weights: list[Tensor]
    gradients: list[Tensor]
    state: OptimizerState
    rate: float | Tensor
    step: int | Tensor

    def flat_gradient(self) -> Tensor:
        """Return all gradients as one vector."""
        return torch.cat([gradient.reshape(-1) for gradient in self.gradients])

    def move(self, change: Tensor, factor: float | Tensor) -> None:
        """Add `factor` times a vector of all changes to the weights."""
        if isinstance(factor, Tensor):
            change, factor = change * factor, 1
        parts = change.split([weight.numel() for weight in self.weights])
        shaped = [part.view(w.shape) for part, w in zip(parts, self.weights, strict=True)]
        torch._foreach_add_(self.weights, shaped, alpha=factor)


Rule = Callable[[Update], None]


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
        rows = [optimizer._get_variable_index(variable) for variable in self.variables]
        self._state = OptimizerState(optimizer, rows)
        self.weights = [variable.value for variable in self.variables]
        self.rule = find_rule(optimizer, self.variables)

    def __call__(self, gradients: Sequence[Tensor | None], rate: Tensor | None = None) -> None:
        """Change the weights by one step.

        Args:
            gradients: None is that of a weight that played no part.
            rate: the learning rate on the device, for a graph: nothing is then read from there.
        """
        optimizer = self.optimizer
        used = [gradient for gradient in gradients if gradient is not None]
        if self.rule is None or len(used) < len(gradients):
            optimizer.apply(list(gradients), self.variables)
            return
        with torch.no_grad():
            clipped = optimizer._clip_gradients(used)
            step = optimizer._iterations.value + 1
            if optimizer.weight_decay is not None and rate is None:
                optimizer._apply_weight_decay(self.variables)
            elif rate is not None:
                self._decay(rate)
            now = (rate, step) if rate is not None else (learning_rate(optimizer), int(step))
            self.rule(Update(optimizer, self.weights, clipped, self._state, *now))
            optimizer._iterations.value.add_(1)

    def _decay(self, rate: Tensor) -> None:
        """Keras's weight decay, with a learning rate that nobody has to look up."""
        optimizer = self.optimizer
        for weight, variable in zip(self.weights, self.variables, strict=True):
            if optimizer.weight_decay and optimizer._use_weight_decay(variable):
                weight.sub_(weight * optimizer.weight_decay * rate)


def find_updater(model: Any, epoch: int, present: Updater | None = None) -> Updater:
    """Return what updates the weights that are trained now, with the model's optimizer of now.

    Args:
        model: compiled.
        epoch: the one under way, from 0, for a message.
        present: returned where it still does.

    Raises:
        TrainingError: a weight is trained that the optimizer does not know; Keras's own rule.
    """
    optimizer, variables = model.optimizer, model.trainable_variables
    if present is not None and present.optimizer is optimizer:
        pairs = zip(present.variables, variables, strict=False)
        same = len(present.variables) == len(variables) and all(a is b for a, b in pairs)
        if same and present.rule is find_rule(optimizer, variables):
            return present
    try:
        return Updater(optimizer, variables)
    except ValueError as cause:  # Keras's own: "Unknown variable"
        known = {id(variable) for variable in optimizer._trainable_variables}
        new = next((variable.path for variable in variables if id(variable) not in known), "")
        raise TrainingError(
            f"variable {new} is trained in epoch {epoch + 1}, but was frozen, or not there, when "
            "the optimizer was built: let it be trainable before fit, and freeze it in a "
            "callback's on_train_begin"
        ) from cause


def learning_rate(optimizer: Any) -> float:
    """Return the learning rate of the next step, as callbacks and schedules have left it."""
    rate = optimizer.learning_rate
    return float(rate.value if isinstance(rate, keras.Variable) else rate)


def find_rule(optimizer: Any, variables: Sequence[Any]) -> Rule | None:
    """Return the rule for an optimizer, None where its own `apply` is to do it."""
    kind = type(optimizer)
    if not kind.__module__.startswith("keras.src."):
        return None
    kinds = {(variable.value.dtype, variable.value.device) for variable in variables}
    unusual = (
        len(kinds) > 1
        or optimizer.use_ema
        or optimizer.gradient_accumulation_steps
        or optimizer.loss_scale_factor is not None
        or in_groups(optimizer)
        or getattr(optimizer, "amsgrad", False)
        or getattr(optimizer, "centered", False)
        or any(v.constraint is not None or v.overwrite_with_gradient for v in variables)
    )
    return None if unusual else RULES.get(kind.__name__)


def sgd(update: Update) -> None:
    """SGD; Keras's velocity contains the learning rate."""
    optimizer, weights, rate = update.optimizer, update.weights, update.rate
    momentum = float(optimizer.momentum)
    if momentum == 0:
        if isinstance(rate, Tensor):
            update.move(update.flat_gradient(), -rate)
        else:
            torch._foreach_add_(weights, update.gradients, alpha=-rate)
        return
    gradient, velocity = update.flat_gradient(), update.state.flat("momentums")
    velocity.mul_(momentum)
    if isinstance(rate, Tensor):
        velocity.addcmul_(gradient, rate, value=-1)
    else:
        velocity.add_(gradient, alpha=-rate)
    if optimizer.nesterov:
        update.move(velocity, momentum)
        update.move(gradient, -rate)
    else:
        update.move(velocity, 1)


def adam(update: Update) -> None:
    """Adam and AdamW, by torch's fused kernel.

    Keras adds epsilon outside the bias correction, torch inside; so torch is given epsilon divided
    by the square root of the correction. Weight decay has been applied before.
    """
    optimizer = update.optimizer
    beta_1, beta_2 = float(optimizer.beta_1), float(optimizer.beta_2)
    if isinstance(update.rate, Tensor) or isinstance(update.step, Tensor):
        # The fused kernel wants epsilon as a number, and the correction is on the device.
        kept = update.state.flat("_momentums"), update.state.flat("_velocities")
        numbers = beta_1, beta_2, float(optimizer.epsilon), update.step
        update.move(adam_direction(update.flat_gradient(), *kept, *numbers), -update.rate)
        return
    torch._fused_adam_(
        update.weights,
        # The fused kernel runs along memory: gradients must lie as their weights do.
        [gradient.contiguous() for gradient in update.gradients],
        update.state.each("_momentums"),
        update.state.each("_velocities"),
        [],
        [torch.tensor(float(update.step), device=update.weights[0].device)] * len(update.weights),
        lr=update.rate,
        beta1=beta_1,
        beta2=beta_2,
        weight_decay=0.0,
        eps=float(optimizer.epsilon) / (1 - beta_2**update.step) ** 0.5,
        amsgrad=False,
        maximize=False,
    )


def adadelta(update: Update) -> None:
    """Adadelta (Zeiler 2012)."""
    rho, epsilon = float(update.optimizer.rho), float(update.optimizer.epsilon)
    gradient = update.flat_gradient()
    squares = update.state.flat("_accumulated_grads")
    deltas = update.state.flat("_accumulated_delta_vars")
    squares.mul_(rho).addcmul_(gradient, gradient, value=1 - rho)
    change = (deltas + epsilon).div_(squares + epsilon).sqrt_().mul_(gradient)
    deltas.mul_(rho).addcmul_(change, change, value=1 - rho)
    update.move(change, -update.rate)


def rmsprop(update: Update) -> None:
    """RMSprop; Keras adds epsilon inside the root."""
    optimizer = update.optimizer
    rho, momentum = float(optimizer.rho), float(optimizer.momentum)
    gradient, squares = update.flat_gradient(), update.state.flat("_velocities")
    squares.mul_(rho).addcmul_(gradient, gradient, value=1 - rho)
    change = gradient.mul_(update.rate).div_((squares + float(optimizer.epsilon)).sqrt_())
    if momentum > 0:
        change = update.state.flat("_momentums").mul_(momentum).add_(change)
    update.move(change, -1)


RULES: dict[str, Rule] = {
    "SGD": sgd,
    "Adam": adam,
    "AdamW": adam,
    "Adadelta": adadelta,
    "RMSprop": rmsprop,
}
