"""Recipe: how one Variant is trained. Frozen, checked, JSON-serialisable, light to import."""

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field, field_validator, model_serializer, model_validator

from versus.errors import UnknownNameError
from versus.schema import Schema
from versus.training.layer_group import LayerGroup
from versus.training.schedules import SCHEDULES, check_options

# As a Recipe names them, and the class in keras.optimizers or keras.losses.
OPTIMIZERS = {
    name.lower(): name
    for name in (
        *("Adadelta", "Adafactor", "Adagrad", "Adam", "Adamax", "AdamW", "Ftrl", "Lamb", "Lion"),
        *("Muon", "Nadam", "RMSprop", "SGD"),
    )
}
LOSSES = {
    "categorical_crossentropy": "CategoricalCrossentropy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
    "binary_crossentropy": "BinaryCrossentropy",
    "categorical_focal_crossentropy": "CategoricalFocalCrossentropy",
    "categorical_hinge": "CategoricalHinge",
    "kl_divergence": "KLDivergence",
    "mean_absolute_error": "MeanAbsoluteError",
    "mean_squared_error": "MeanSquaredError",
}
ESTIMATOR = "scikit-learn"
"""Stands for an optimizer where scikit-learn learns a model in one go."""

Options = dict[str, bool | int | float | str | list[float] | list[int] | None]


class Schedule(Schema):
    """A learning rate that changes with the step, by one of Keras's schedules.

    Attributes:
        name: of a class in `keras.optimizers.schedules`, such as "CosineDecay".
        options: its arguments; boundaries and decay lengths are counted in steps (batches).

    Raises:
        ConfigurationError, UnknownNameError: there is no such schedule, it has no such option, or
            one that it needs is missing; the message names them.

    Example:
        >>> versus.Schedule(
        ...     name="CosineDecay", options={"initial_learning_rate": 1e-3, "decay_steps": 5000}
        ... )
    """

    name: str
    options: Options = Field(default_factory=dict)

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        return _spelled(name, SCHEDULES, "schedule")

    @model_validator(mode="after")
    def _options_fit(self) -> "Schedule":
        check_options(self.name, self.options)
        return self


class EarlyStopping(Schema):
    """Stop once a monitored value has not improved for some epochs, as Keras's callback does.

    Attributes:
        monitor: a key of the History.
        patience: epochs without improvement after which training stops.
        min_delta: the least change that counts as improvement.
        restore_best_weights: go back to the best epoch's weights at the end.
    """

    monitor: Literal["val_loss", "val_accuracy", "loss", "accuracy"] = "val_loss"
    patience: int = Field(default=5, ge=0)
    min_delta: float = Field(default=0.0, ge=0)
    restore_best_weights: bool = False


class Recipe(Schema):
    """How one Variant is trained.

    Attributes:
        optimizer: a Keras optimizer by name, or an optimizer object, whose configuration is taken;
            "scikit-learn" for a model that is learned in one go, such as `svm`: its `epochs` are 1,
            and nothing else here but the loss, which is measured, concerns it.
        learning_rate: a number, a Schedule or a Keras schedule object; None is Keras's default.
        optimizer_options: further arguments of the optimizer, such as {"momentum": 0.9}.
        loss: a Keras loss by name. Labels are made one-hot where the loss wants them so.
        from_logits: the model ends without softmax, and the loss is told so.
        batch_size: pictures a step; the last batch of an epoch may be smaller.
        epochs: how often every training picture is seen.
        class_weight: how much a picture of a class counts in the training loss, by the number of
            the class, as in Keras's `fit`; 1 where a class is not named. Losses that are reported
            of validation and test pictures are not weighted. Trained by Keras's own `fit`.
        groups: layers that learn at a rate of their own, or begin later than the rest; a layer is
            in the first group that fits it. None has all learn alike.
        early_stopping: None trains all epochs.
        precision: of products and convolutions while training. "bfloat16" is faster where the
            processor has it; "tf32" is on a CUDA card, and the same as "float32" elsewhere.
            Weights, optimizer state, losses, validation and predictions are float32 always.

    Raises:
        ConfigurationError, UnknownNameError: a value cannot be; the message names the field.
    """

    optimizer: str = "adam"
    learning_rate: float | Schedule | None = None
    optimizer_options: Options = Field(default_factory=dict)
    loss: str = "categorical_crossentropy"
    from_logits: bool = False
    batch_size: int = Field(default=128, gt=0)
    epochs: int = Field(default=10, gt=0)
    class_weight: dict[int, float] | None = None
    groups: tuple[LayerGroup, ...] | None = Field(default=None, min_length=1)
    early_stopping: EarlyStopping | None = None
    precision: Literal["float32", "tf32", "bfloat16"] = "float32"

    @model_validator(mode="before")
    @classmethod
    def _take_keras_objects(cls, values: Any) -> Any:
        """Replace Keras's optimizer and schedule objects by their configuration."""
        if not isinstance(values, dict):
            return values
        values = dict(values)
        if hasattr(values.get("optimizer"), "get_config"):
            optimizer = values["optimizer"]
            config = dict(optimizer.get_config())
            config.pop("name", None)
            values["optimizer"] = type(optimizer).__name__.lower()
            values.setdefault("learning_rate", config.pop("learning_rate", None))
            config.pop("learning_rate", None)
            values["optimizer_options"] = {**config, **values.get("optimizer_options", {})}
        values["learning_rate"] = _schedule(values.get("learning_rate"))
        if values.get("optimizer") == ESTIMATOR:
            values["epochs"] = 1
        return values

    @field_validator("optimizer")
    @classmethod
    def _known_optimizer(cls, name: str) -> str:
        return _spelled(name, (*OPTIMIZERS, ESTIMATOR), "optimizer")

    @field_validator("loss")
    @classmethod
    def _known_loss(cls, name: str) -> str:
        return _spelled(name, LOSSES, "loss")

    @field_validator("learning_rate")
    @classmethod
    def _not_negative(cls, rate: float | Schedule | None) -> float | Schedule | None:
        if isinstance(rate, float) and rate < 0:
            raise ValueError("expected a learning rate of 0 or more")
        return rate

    @field_validator("class_weight")
    @classmethod
    def _weights_of_classes(cls, weights: dict[int, float] | None) -> dict[int, float] | None:
        if weights is not None and (not weights or min(*weights, *weights.values(), 0) < 0):
            raise ValueError("expected weights of 0 or more by class number, as {0: 1.0, 1: 2.5}")
        return weights

    @model_validator(mode="after")
    def _logits_fit_the_loss(self) -> "Recipe":
        if self.from_logits and "categorical" not in self.loss:
            raise ValueError(
                f"from_logits needs a categorical crossentropy as the loss, not {self.loss}"
            )
        return self

    @model_serializer(mode="wrap")
    def _without_groups(self, dump: Any) -> dict[str, Any]:
        """Leave `groups` out where there are none: recipes of before there were any stay equal."""
        values = dump(self)
        if self.groups is None:
            del values["groups"]
        return values

    def describe(self, *, epochs: bool = True) -> str:
        """Return the recipe in one line, as tables show it.

        Args:
            epochs: whether to say how many; a study's budget may take their place.
        """
        if self.optimizer == ESTIMATOR:
            return f"{ESTIMATOR}, in one go"
        rate = self.learning_rate
        number = (
            rate.name if isinstance(rate, Schedule) else f"{rate:g}" if rate is not None else ""
        )
        shown = f" {number}" if number else ""
        options = "".join(f", {k} {v}" for k, v in self.optimizer_options.items() if v)
        stop = f", early stopping on {self.early_stopping.monitor}" if self.early_stopping else ""
        stop += ", class weights" if self.class_weight else ""
        stop += "".join(f", {group.describe()}" for group in self.groups or ())
        precision = "" if self.precision == "float32" else f", {self.precision}"
        return (
            f"{self.optimizer}{shown}{options}, batch {self.batch_size}"
            f"{f', {self.epochs} epochs' if epochs else ''}{stop}{precision}"
        )


def _spelled(name: str, known: Iterable[str], kind: str) -> str:
    """Return `name` as `known` spells it, whatever its case."""
    for candidate in known:
        if candidate.lower() == name.lower():
            return candidate
    raise UnknownNameError(kind, name, known)


def _schedule(rate: Any) -> Any:
    """Return a Keras schedule, as an object or as its serialised form, in Recipe's own form."""
    if hasattr(rate, "get_config"):
        rate = {"class_name": type(rate).__name__, "config": rate.get_config()}
    if isinstance(rate, dict) and "class_name" in rate:
        options = {key: value for key, value in rate["config"].items() if key != "name"}
        return {"name": rate["class_name"], "options": options}
    return rate
