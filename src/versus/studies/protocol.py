"""Protocol: how a study is run, the same for every Variant."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from versus import seeding
from versus.data import splits
from versus.data.dataset import Dataset, Split
from versus.schema import Schema


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
            class, by the run's seed. Not used where the data set brings validation pictures.
        validation_fraction: how much of train they are.
        test: "open" tests each run once, after its training: for a comparison fixed in advance.
            "sealed" never touches the test set: runs are judged on validation.
        budget: what every variant is given alike.
        threads: that each run computes with.
        engine: "versus" trains with versus's own engine, and with Keras's `fit` where only that
            keeps a model's meaning; "keras" always with Keras's `fit`.
    """

    validation: Literal["tail", "stratified"] = "tail"
    validation_fraction: float = Field(default=0.2, gt=0, lt=1)
    test: Literal["open", "sealed"] = "open"
    budget: Literal["epochs"] = "epochs"
    threads: int = Field(default=1, gt=0)
    engine: Literal["versus", "keras"] = "versus"

    def split(self, data: Dataset, seed: int) -> Partition:
        """Return what to train and validate on, for the run of `seed`.

        Raises:
            DataError: one of the two would be empty.
        """
        if data.validation is not None:
            return Partition(data.train, data.validation, np.arange(len(data.validation)))
        if self.validation == "tail":
            train, held_out = splits.tail(len(data.train), self.validation_fraction)
        else:
            rng = seeding.stream(seed, "split")
            train, held_out = splits.stratified(data.train.labels, self.validation_fraction, rng)
        return Partition(data.train.take(train), data.train.take(held_out), held_out)

    def describe(self, data: Dataset) -> str:
        """Return in one sentence which pictures are trained, validated and tested on."""
        if data.validation is not None:
            how = "the validation pictures that the data set brings"
        elif self.validation == "tail":
            how = f"the last {self.validation_fraction:.0%} of train, unshuffled"
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
            f"thread{'s'[: self.threads > 1]} a run, for as many epochs as its recipe says."
        )
