"""RunRecord: what remains of one run, whatever became of it."""

from typing import Any, Literal

from pydantic import Field

from versus.results.html_table import html_table
from versus.results.seal import FORMAT
from versus.schema import Schema


class RunConfig(Schema):
    """Everything that decides the numbers of a run; two runs of equal RunConfig are one run.

    Attributes:
        variant: its name.
        model: the MODEL as it was given.
        builder_sha256: of the builder's source text; "" where it cannot be read.
        architecture_sha256: of the built model's Keras configuration.
        recipe: the Recipe, as JSON.
        protocol: the Protocol, as JSON.
        data: name of the Dataset.
        data_fingerprint: of its pictures, labels and class names.
        seed: of the run.
        versions: of the libraries on which the numbers depend.
        device: that computed, "cpu" or "cuda"; runs of an older versus say nothing of it, and
            count as the processor's.
    """

    variant: str
    model: str
    builder_sha256: str
    architecture_sha256: str
    recipe: dict[str, Any]
    protocol: dict[str, Any]
    data: str
    data_fingerprint: str
    seed: int
    versions: dict[str, str]
    device: str = "cpu"

    def differences(self, other: "RunConfig") -> list[str]:
        """Return each field in which `other` differs, as "recipe.epochs: 20, now 5".

        How the MODEL was written does not count: its source and architecture do.
        """
        before, now = (c.model_dump(mode="json", exclude={"model"}) for c in (self, other))
        return _differences("", before, now)


class Divergence(Schema):
    """Where a training went astray.

    Attributes:
        loss: what the training loss became, "nan", "inf" or "-inf": JSON has no such numbers.
        epoch: in which, counted from 1.
        step: of that epoch, counted from 1; None where only the epoch is known.
        weights: whether `model.keras` holds the weights of the step before, all of them finite.
    """

    loss: str
    epoch: int
    step: int | None = None
    weights: bool = False


class RunRecord(Schema):
    """What remains of one run.

    Attributes:
        format: version of this layout.
        status: "finished"; "diverged" if its loss was no number any more, which is a result of its
            recipe and would come again; "failed" if it could not be made, with its `error`.
        config: what decided the run's numbers.
        parameters, trainable, multiply_adds: the model's cost; multiply-adds of one picture.
        engine: what trained it: "versus" or "keras", with the reason where it was not the one
            that the protocol names.
        epochs: how many were trained to their end.
        seconds: wall time of the training, validation included.
        used: of the budget: "steps" and "pictures" trained, "multiply_adds" (3 x those of the
            forward pass of each), and under a budget that ends within an epoch "seconds" of
            training, without validation; None where an older versus made the run.
        latency: of the trained model, see `versus.training.latency.Latency`; on the machine, and
            with the threads, of the run. None where it was not measured.
        model_bytes: size of `model.keras`, the optimizer's state with it; None as before.
        started: UTC time, ISO 8601.
        metrics: by split ("validation", "test"), then by name; no "test" while it is sealed.
        error: why the run failed or diverged, in one line.
        divergence: where a diverged run did.
        files: SHA-256 of each other file of the run, by name.
    """

    format: int = FORMAT
    status: Literal["finished", "failed", "diverged"]
    config: RunConfig
    parameters: int
    trainable: int
    multiply_adds: int
    engine: str = "keras"
    epochs: int = 0
    seconds: float = 0.0
    used: dict[str, float] | None = None
    latency: dict[str, Any] | None = None
    model_bytes: int | None = None
    started: str = ""
    metrics: dict[str, dict[str, Any]] = Field(default_factory=dict)
    error: str | None = None
    divergence: Divergence | None = None
    files: dict[str, str] = Field(default_factory=dict)

    @property
    def variant(self) -> str:
        """Name of the variant."""
        return self.config.variant

    @property
    def seed(self) -> int:
        """Seed of the run."""
        return self.config.seed

    def judged(self) -> dict[str, Any]:
        """Return the metrics that judge the run: of test, of validation while test is sealed."""
        return self.metrics.get("test") or self.metrics.get("validation") or {}

    def _repr_html_(self) -> str:
        shown = {"status": self.status, "epochs": self.epochs, "seconds": round(self.seconds, 1)}
        shown |= {k: v for k, v in self.judged().items() if isinstance(v, (int, float))}
        rows = [(name.replace("_", " "), value) for name, value in shown.items()]
        return html_table((), rows, f"{self.variant}, seed {self.seed}")


def _differences(prefix: str, before: Any, now: Any) -> list[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        return [
            line
            for key in sorted(before.keys() | now.keys())
            for line in _differences(
                f"{prefix}.{key}" if prefix else key, before.get(key), now.get(key)
            )
        ]
    return [] if before == now else [f"{prefix}: {_short(before)}, now {_short(now)}"]


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 24 else f"{text[:20]}..."
