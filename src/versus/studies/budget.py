"""Budget: what every variant of a study is given alike, in epochs, seconds or multiply-adds.

Multiply-adds of a training are counted as 3 x those of the forward pass of each picture trained
on: the backward pass takes about twice the forward one. Validation costs nothing, and frozen
layers count like all others.
"""

import math
from dataclasses import dataclass
from typing import Any

from versus.errors import ConfigurationError
from versus.models.cost import Cost
from versus.studies.protocol import Protocol
from versus.training.recipe import Recipe
from versus.training.spending import Spending

PASSES = 3
"""A step of training in forward passes: one forward, and the backward one counted as two."""

# No training of seconds gets so far, and Keras wants a number.
ENDLESS = 10**9


@dataclass(frozen=True)
class Allowance:
    """What one run may train.

    Attributes:
        recipe: of the variant, with the epochs that the budget gives.
        epochs: the same; None where only the clock knows.
        steps: after which training ends, perhaps within an epoch; None where epochs say it.
        seconds: of training after which it ends; None where they do not count.
    """

    recipe: Recipe
    epochs: int | None
    steps: int | None = None
    seconds: float | None = None

    def spending(self) -> Spending | None:
        """Return the callback that ends the training; None where its epochs do."""
        if self.steps is None and self.seconds is None:
            return None
        return Spending(steps=self.steps, seconds=self.seconds)


def allowance(
    protocol: Protocol, recipe: Recipe, cost: Cost, pictures: int, name: str
) -> Allowance:
    """Return what a run may train under the protocol's budget.

    Args:
        protocol: of the study.
        recipe: of the variant.
        cost: of its model.
        pictures: to train on.
        name: of the variant, for messages.

    Raises:
        ConfigurationError: the budget is too small for one step, or no budget for this variant.
    """
    amount = protocol.budget_amount
    if amount is None:
        return Allowance(recipe, recipe.epochs)
    if protocol.budget == "epochs":
        return Allowance(_lasting(recipe, int(amount)), int(amount))
    if protocol.budget == "seconds":
        return Allowance(_lasting(recipe, ENDLESS), None, seconds=amount)
    if not cost.multiply_adds:
        raise ConfigurationError(
            f"{name}: its model has no multiply-adds that are counted, so none can be held equal: "
            "hold epochs or seconds"
        )
    steps = _steps(amount / (PASSES * cost.multiply_adds), recipe.batch_size, pictures)
    if not steps:
        batch = min(recipe.batch_size, pictures)
        raise ConfigurationError(
            f"{name}: one step of {batch} pictures takes "
            f"{PASSES * cost.multiply_adds * batch:,} multiply-adds, more than the budget of "
            f"{amount:,.0f}: raise the budget"
        )
    epochs = math.ceil(steps / -(-pictures // recipe.batch_size))
    return Allowance(_lasting(recipe, epochs), epochs, steps=steps)


def used(
    cost: Cost, spending: Spending | None, recipe: Recipe, *, epochs: int, pictures: int
) -> dict[str, Any]:
    """Return what a run has used: "steps", "pictures", "multiply_adds", perhaps "seconds".

    Args:
        cost: of the model.
        spending: of the run, if it had one; then its seconds are those of training alone.
        recipe: names the batch size.
        epochs: that were trained; all whole without `spending`.
        pictures: of an epoch.
    """
    steps_an_epoch = -(-pictures // recipe.batch_size)
    steps = epochs * steps_an_epoch if spending is None else spending.steps
    whole, rest = divmod(steps, steps_an_epoch)
    trained = whole * pictures + rest * recipe.batch_size
    seconds = {} if spending is None else {"seconds": spending.seconds}
    total = PASSES * cost.multiply_adds * trained
    return {"steps": steps, "pictures": trained, "multiply_adds": total, **seconds}


def _steps(pictures: float, batch_size: int, epoch: int) -> int:
    """Return how many whole steps fit into so many pictures; an epoch's last may be smaller."""
    whole, rest = divmod(math.floor(pictures), epoch)
    return whole * -(-epoch // batch_size) + rest // batch_size


def _lasting(recipe: Recipe, epochs: int) -> Recipe:
    return Recipe.from_dict({**recipe.to_dict(), "epochs": epochs})
