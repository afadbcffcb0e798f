"""Protocol: how a study is run, the same for every Variant."""

from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from versus import seeding
from versus.data import splits
from versus.data.dataset import Dataset, Split
from versus.errors import ConfigurationError
from versus.schema import Schema
from versus.training.recipe import ESTIMATOR, Recipe, Schedule


@dataclass(frozen=True, eq=False)
class Partition:
    """What one run trains and validates on.

    Attributes:
        train: trained on.
        validation: measured after each epoch.
        validation_indices: int64, rows of the split that the validation pictures were taken from.
    """

    train: Split
    validation: Split
    validation_indices: npt.NDArray[np.int64]


class Protocol(Schema):
    """How a study is run, the same for every Variant.

    Attributes:
        validation: how validation pictures are taken out of train: "tail" is its last part,
            unshuffled, as Keras's validation_split; "stratified" draws the same fraction of each
            class, by the run's seed; "drawn" draws it as scikit-learn's train_test_split does with
            `validation_seed` as its random_state, alike for every run. None is used where the data
            set brings validation pictures. "test" measures the test pictures after each epoch and
            trains on all of train: numbers are then too good, and every output says so. It is there
            to repeat what others have done.
        validation_fraction: how much of train they are.
        validation_seed: only for "drawn"; 0 where None.
        test: "open" tests each run once, after its training: for a comparison fixed in advance.
            "sealed" never touches the test set: runs are judged on validation, until
            `versus open-test` opens it.
        budget: what every variant is given alike: "epochs", "seconds" of training (validation
            not counted), or "multiply-adds" of training, counted as 3 x those of a forward pass
            for each picture trained on. The last two take the place of the recipes' epochs.
        budget_amount: how much of it; None, for epochs only, leaves each recipe its own.
        threads: that each run computes with.
        engine: "versus" trains with versus's own engine, and with Keras's `fit` where only that
            keeps a model's meaning; "keras" always with Keras's `fit`.
    """

    validation: Literal["tail", "stratified", "drawn", "test"] = "tail"
    validation_fraction: float = Field(default=0.2, gt=0, lt=1)
    validation_seed: int | None = Field(default=None, ge=0, lt=2**32)
    test: Literal["open", "sealed"] = "open"
    budget: Literal["epochs", "seconds", "multiply-adds"] = "epochs"
    budget_amount: float | None = Field(default=None, gt=0)
    threads: int = Field(default=1, gt=0)
    engine: Literal["versus", "keras"] = "versus"

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.validation == "test" and self.test == "sealed":
            raise ValueError("validation on the test set cannot go with a sealed test set")
        if self.validation_seed is not None and self.validation != "drawn":
            raise ValueError('validation_seed is for validation="drawn" only')
        amount = self.budget_amount
        if amount is None and self.budget != "epochs":
            raise ValueError(f"a budget of {self.budget} needs its budget_amount")
        if amount is not None and self.budget == "epochs" and amount != int(amount):
            raise ValueError(f"expected a whole number of epochs; got {amount}")
        return self

    @property
    def validates_on_test(self) -> bool:
        """Whether the pictures that every epoch is measured on are the test pictures."""
        return self.validation == "test"

    def check(self, recipe: Recipe, name: str) -> None:
        """Raise ConfigurationError where a recipe cannot go with the budget.

        A schedule counts steps, whose number nobody may know; and not everything learns in steps.

        Args:
            recipe: of a variant.
            name: of the variant.
        """
        if self.budget_amount is not None and recipe.optimizer == ESTIMATOR:
            raise ConfigurationError(
                f"Variant '{name}': {ESTIMATOR} learns in one go, and cannot be held to a budget "
                f"of {self.budget}: leave the budget out, or this variant"
            )
        if self.budget == "seconds" and isinstance(recipe.learning_rate, Schedule):
            raise ConfigurationError(
                f"Variant '{name}': {recipe.learning_rate.name} counts steps, and under a budget "
                "of seconds nobody knows how many there will be: give a learning rate that is a "
                "number, or hold epochs or multiply-adds equal"
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON; those that are None are left out.

        A study recorded before a field was thought of is the same study.
        """
        return self.model_dump(mode="json", exclude_none=True)

    def split(self, data: Dataset, seed: int) -> Partition:
        """Return what to train and validate on, for the run of `seed`.

        Raises:
            DataError: one of the two would be empty.
        """
        if self.validates_on_test:
            return Partition(data.train, data.test, np.arange(len(data.test)))
        if data.validation is not None:
            return Partition(data.train, data.validation, np.arange(len(data.validation)))
        if self.validation == "tail":
            train, held_out = splits.tail(len(data.train), self.validation_fraction)
        elif self.validation == "drawn":
            number = self.validation_seed or 0
            train, held_out = splits.drawn(len(data.train), self.validation_fraction, number)
        else:
            rng = seeding.stream(seed, "split")
            train, held_out = splits.stratified(
                data.train.labels, self.validation_fraction, rng, data.classes
            )
        return Partition(data.train.take(train), data.train.take(held_out), held_out)

    def describe(self, data: Dataset) -> str:
        """Return in a few sentences what is trained, validated and tested on, and for how long."""
        if self.validates_on_test:
            how = "the test set itself, so numbers are too good"
        elif data.validation is not None:
            how = "the validation pictures that the data set brings"
        elif self.validation == "tail":
            how = f"the last {self.validation_fraction:.0%} of train, unshuffled"
        elif self.validation == "drawn":
            how = (
                f"{self.validation_fraction:.0%} of train, drawn as train_test_split does with "
                f"random_state {self.validation_seed or 0}"
            )
        else:
            how = f"{self.validation_fraction:.0%} of each class of train, drawn by the seed"
        tested = (
            f"tested once, after training, on {len(data.test):,} pictures"
            if self.test == "open"
            else "never tested: the test set stays sealed"
        )
        trainer = "versus's engine" if self.engine == "versus" else "Keras's own fit"
        return (
            f"Validation is {how}; every run is {tested}. Trained by {trainer} with {self.threads} "
            f"thread{'s'[: self.threads > 1]} a run, {self.describe_budget()}."
        )

    def with_budget(self, text: str) -> Self:
        """Return the protocol under another budget, such as "seconds=60".

        Raises:
            ConfigurationError: the text is no KIND=AMOUNT, or there is no such budget.
        """
        kind, _, amount = text.partition("=")
        try:
            wanted = float(amount)
        except ValueError:
            raise ConfigurationError(
                "budget: expected epochs=, seconds= or multiply-adds= and an amount, as "
                f"seconds=60; got {text!r}"
            ) from None
        try:
            return self.from_dict({**self.to_dict(), "budget": kind, "budget_amount": wanted})
        except ConfigurationError as error:
            # Whoever gave a text knows of no fields.
            raise ConfigurationError(f"budget: {str(error).partition(': ')[2]}") from None

    def describe_budget(self) -> str:
        """Return for how long every variant is trained."""
        amount = self.budget_amount
        if amount is None:
            return "for as many epochs as its recipe says"
        if self.budget == "epochs":
            return f"for {amount:,.0f} epoch{'s'[: amount > 1]}, the same for every variant"
        if self.budget == "seconds":
            return (
                f"for {amount:,g} seconds of training, the same for every variant (so another "
                "machine, or other work on it, gives other numbers)"
            )
        return (
            f"for {amount:.4g} multiply-adds, the same for every variant (3 x those of a forward "
            "pass for each picture trained on)"
        )
