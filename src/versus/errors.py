"""Every error that versus raises on purpose.

VersusError
├── ConfigurationError      a Recipe, Protocol, Variant or Study holds a value that cannot be
├── UnknownNameError        no data set, model, study or variant has this name
├── BackendError            Keras runs on another backend than torch
├── DataError               pictures or labels that cannot be used
│   ├── DataFormatError     a file's bytes are not what its format says
│   └── DataUnavailableError  a data set is neither on this machine nor to be downloaded
├── ModelError              a model that cannot be built, or does not fit the data
├── TrainingError           a training that cannot go on
│   └── DivergedError       a training whose loss is not finite any more
├── StudyError              a study file that cannot be read
├── BundleError             a bundle that cannot be made, read or trusted
└── ResultsError            a results folder that cannot be read or written
    ├── DamagedError        a record, or a file of a run, that is not what was written
    ├── LeftOutError        a file of a run that a copy of numbers leaves out
    ├── NewerFormatError    a record that a newer versus wrote
    └── MismatchError       a finished run that was made in another way than the one asked for

A message says what was expected, what came, where, and what to do, on one line.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

LONGEST_LIST = 120
"""Signs of a list of names that an error gives whole."""


class VersusError(Exception):
    """Root of every error raised on purpose; the command line prints it as one line, exit 2."""

    def __str__(self) -> str:
        return " ".join(super().__str__().split())


class ConfigurationError(VersusError, ValueError):
    """A Recipe, Protocol, Variant or Study holds a value that cannot be."""


class UnknownNameError(VersusError, LookupError):
    """No data set, model, study or variant has this name."""

    def __init__(
        self, kind: str, name: str, known: Iterable[str], hint: str = "", *, see: str = ""
    ) -> None:
        """Say which names there are: all where they are few, else the closest ones.

        Args:
            kind: what was looked for, in words: "data set", "model".
            name: the name that came.
            known: every name there is.
            hint: what else may be given, as a sentence.
            see: the command that lists them all.
        """
        known = list(known)
        close = get_close_matches(name.lower(), known, n=3, cutoff=0.5)
        guess = f"did you mean '{close[0]}'? " if close else ""
        there = f"there is {_listed(known, close, see)}"
        super().__init__(f"no {kind} is called '{name}': {guess}{there}{hint and '; ' + hint}")


def _listed(known: Sequence[str], close: Sequence[str], see: str) -> str:
    whole = ", ".join(known)
    if len(whole) <= LONGEST_LIST:
        return whole or "none"
    some = close or known[:3]
    command = f" (see `{see}`)" if see else ""
    return f"{', '.join(some)} and {len(known) - len(some)} more{command}"


class BackendError(VersusError, ImportError):
    """Keras runs on another backend than torch."""


class DataError(VersusError, ValueError):
    """Pictures or labels that cannot be used."""


class DataFormatError(DataError):
    """A file's bytes are not what its format says."""


class DataUnavailableError(DataError, FileNotFoundError):
    """A data set is neither on this machine nor to be downloaded."""


class ModelError(VersusError, ValueError):
    """A model that cannot be built, or does not fit the data."""


class TrainingError(VersusError, RuntimeError):
    """A training that cannot go on."""


class DivergedError(TrainingError):
    """A training whose loss is not finite any more.

    Attributes:
        loss: the value it came to.
        epoch: in which, counted from 1.
        step: of that epoch, counted from 1; None where only the epoch is known.
    """

    def __init__(self, loss: float, epoch: int, step: int | None = None) -> None:
        """Say where, and what to try."""
        self.loss, self.epoch, self.step = loss, epoch, step
        place = f"epoch {epoch}" if step is None else f"epoch {epoch}, step {step}"
        kept = "" if step is None else " (the weights are those of the step before)"
        super().__init__(
            f"the training loss became {loss} in {place}: try a smaller learning rate, and look "
            f"at the scale of the input{kept}"
        )


class StudyError(VersusError, ValueError):
    """A study file that cannot be read."""


class BundleError(VersusError):
    """A bundle that cannot be made, read or trusted."""


class ResultsError(VersusError):
    """A results folder that cannot be read or written."""


class DamagedError(ResultsError):
    """A record, or a file of a run, that is not what was written."""


class LeftOutError(ResultsError):
    """A file of a run that was left out of this copy on purpose."""

    def __init__(self, place: object) -> None:
        """Say so, and what to do.

        Args:
            place: of the file.
        """
        super().__init__(
            f"{place}: left out of this copy of the run, which keeps numbers only: use the folder "
            "it was copied from, or run it again elsewhere"
        )


class NewerFormatError(ResultsError):
    """A record that a newer versus wrote."""


class MismatchError(ResultsError):
    """A finished run that was made in another way than the one asked for."""
