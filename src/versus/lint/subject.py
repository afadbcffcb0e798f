"""Subject: everything a rule may look at; what is not there is None or empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from versus.evaluation.predictions import Predictions
from versus.lint.finding import Finding
from versus.lint.graph import Graph
from versus.results.record import RunRecord
from versus.studies.protocol import Protocol
from versus.training.recipe import Recipe

if TYPE_CHECKING:
    from versus.data.dataset import Dataset
    from versus.evaluation.verdict import Verdict
    from versus.lint.script.facts import Script


@dataclass(frozen=True)
class Design:
    """How a study is laid out.

    Attributes:
        name, question, seeds, endpoint, margin: as the Study has them.
        protocol: None where a record holds one that cannot be read.
        counts: pictures by split; empty where the data are not at hand.
        suppress: codes that the study does not want to hear of, each with its reason.
    """

    name: str
    question: str
    seeds: tuple[int, ...]
    endpoint: str
    margin: float | None
    protocol: Protocol | None
    counts: Mapping[str, int] = field(default_factory=dict)
    suppress: Mapping[str, str] = field(default_factory=dict)

    @property
    def judged_on(self) -> str:
        """The split that runs are judged on."""
        return "validation" if self.protocol and self.protocol.test == "sealed" else "test"


@dataclass(frozen=True)
class Loss:
    """A loss by its Recipe name, and whether it is told that outputs are logits."""

    name: str
    from_logits: bool = False


@dataclass(frozen=True)
class Candidate:
    """A variant, or a model by itself.

    Attributes:
        name: as messages call it.
        model: the MODEL as it was given.
        recipe: None for a model by itself.
        graph: its layers; None where they are not known.
        loss: what it is trained with; None where that is not known.
        broken: why it cannot be built, "" where it can.
        takes_bytes: whether its input is pixels of 0 to 255, as a Dataset's are.
    """

    name: str
    model: str = ""
    recipe: Recipe | None = None
    graph: Graph | None = None
    loss: Loss | None = None
    broken: str = ""
    takes_bytes: bool = True


@dataclass(frozen=True, eq=False)
class Pictures:
    """The pictures a study is about, and how one of its runs takes validation out of train."""

    data: Dataset
    protocol: Protocol | None = None
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Run:
    """A run that has ended.

    Attributes:
        record: of the run.
        curves: values of each epoch, by the keys of the History; empty for a failed run.
        predictions: by split.
    """

    record: RunRecord
    curves: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    predictions: Mapping[str, Predictions] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """As messages name it: "fc/3"."""
        return f"{self.record.variant}/{self.record.seed}"


@dataclass(frozen=True)
class Activity:
    """How many units of a layer answered none of the pictures shown.

    Attributes:
        candidate, layer: where.
        units: outputs of the layer, a channel of a convolution counting as one.
        dead: those that were zero, everywhere, for every picture.
        pictures: how many were shown.
    """

    candidate: str
    layer: str
    units: int
    dead: int
    pictures: int


@dataclass(frozen=True, eq=False)
class Subject:
    """Everything a rule may look at.

    Attributes:
        name: what was checked, as the user called it.
        design: of a study.
        candidates: its variants, or the models of a file.
        pictures: where they are on this machine.
        runs: those that have ended.
        verdicts: of those runs.
        activity: of trained models.
        script: the syntax tree of a file.
        unseen: what could not be looked at, one sentence each.
        kept: what was found before training, and might not be found again.
    """

    name: str
    design: Design | None = None
    candidates: tuple[Candidate, ...] = ()
    pictures: Pictures | None = None
    runs: tuple[Run, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    activity: tuple[Activity, ...] = ()
    script: Script | None = None
    unseen: tuple[str, ...] = ()
    kept: tuple[Finding, ...] = ()
