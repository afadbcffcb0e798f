"""What a document prints of its systems, what is wrong in it, and what it concludes."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Split = Literal["test", "validation", "train"]
Metric = Literal["accuracy", "loss"]
Endpoint = Literal["accuracy", "nll"]


@dataclass(frozen=True)
class Printed:
    """One number as a document prints it.

    Attributes:
        split: of which pictures.
        metric: what was measured.
        text: the number, with the decimals that it is printed with.
        epoch: after which it was measured, from 1; None for the end of training.
    """

    split: Split
    metric: Metric
    text: str
    epoch: int | None = None

    @property
    def value(self) -> float:
        """The number."""
        return float(self.text)

    @property
    def rounding(self) -> float:
        """Half a unit of the last decimal printed: the number itself may lie this far away."""
        exponent = Decimal(self.text).as_tuple().exponent
        return 0.5 * 10.0 ** int(exponent)

    @property
    def name(self) -> str:
        """What was measured, in words."""
        when = "" if self.epoch is None else f", epoch {self.epoch}"
        return f"{self.split} {self.metric}{when}"


@dataclass(frozen=True)
class Corrected:
    """A variant that mends something in a system.

    Attributes:
        study: in which it is run.
        variant: its name there.
        change: what is mended, in a few words.
    """

    study: str
    variant: str
    change: str


@dataclass(frozen=True)
class Experiment:
    """A variant that may explain why printed numbers are not ours.

    It is told as the reason only where its own runs come out as printed; or, of what may have been
    set otherwise, where what is printed lies between its runs and those of the system.

    Attributes:
        study: in which it is run.
        variant: its name there.
        because: what it changes, and so what the reason is, in a few words.
        between: whether lying between is enough: of settings that are not printed.
    """

    study: str
    variant: str
    because: str
    between: bool = False


@dataclass(frozen=True)
class System:
    """One net of a document, trained as printed.

    Attributes:
        variant: its name in the study, and in the document's list.
        study: built-in, in which it is trained as printed.
        also: (study, variant) that train the very same; the one with the most runs is read.
        parameters, trainable: as printed, or as they follow from the layers printed; 0 where they
            are known only when it has learned.
        counts_printed: whether the document prints the counts.
        figures: what is printed of its results.
        curve: what is printed of each epoch of its training.
        seconds: of training, as printed, or of its epochs as printed, together.
        unchecked: why the figures cannot be checked; "" where they can.
        lacking: what not everyone has to run it; the figures are checked once there are runs.
        experiments: asked, where figures differ from ours, for the reason.
        corrected: what mends it.
        remark: what else was found of its printed curve, and where.
    """

    variant: str
    study: str
    parameters: int = 0
    trainable: int = 0
    counts_printed: bool = True
    figures: tuple[Printed, ...] = ()
    curve: tuple[Printed, ...] = ()
    seconds: float | None = None
    unchecked: str = ""
    lacking: str = ""
    experiments: tuple[Experiment, ...] = ()
    also: tuple[tuple[str, str], ...] = ()
    corrected: tuple[Corrected, ...] = ()
    remark: str = ""


@dataclass(frozen=True)
class Pair:
    """Two variants of a study, of which one is said to be the better.

    Attributes:
        study: built-in.
        better, worse: variants of it.
        endpoint: in what.
    """

    study: str
    better: str
    worse: str
    endpoint: Endpoint = "accuracy"


@dataclass(frozen=True)
class Claim:
    """What a document concludes, and where it is asked again.

    Attributes:
        says: the conclusion, in our words.
        printed: pairs as the document trained them; the claim holds if each is "better".
        fair: the same asked with everything else equal; empty where the first is fair.
        remark: what holds whatever the runs say.
    """

    says: str
    printed: tuple[Pair, ...]
    fair: tuple[Pair, ...] = ()
    remark: str = ""


@dataclass(frozen=True)
class Erratum:
    """Something wrong in a document.

    Attributes:
        what: is wrong.
        mended: how that is set right here; "" where it changes no number.
    """

    what: str
    mended: str = ""


@dataclass(frozen=True)
class Document:
    """One document.

    Attributes:
        letter: A to E.
        title: what it is about.
        protocol: batch size, epochs and validation, as printed.
        systems, claims, errata: what it holds.
    """

    letter: str
    title: str
    protocol: str
    systems: tuple[System, ...]
    claims: tuple[Claim, ...]
    errata: tuple[Erratum, ...]
