"""What a bundle says of pictures: the likeliest classes, with what the model saw."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from versus.bundles.classifier import Classifier
from versus.bundles.picture import Seen


class Guess(NamedTuple):
    """A class and its probability."""

    name: str
    probability: float


class Answer(NamedTuple):
    """What is said of one picture.

    Attributes:
        guesses: the likeliest classes, best first; none of a blank picture.
        seen: what the model saw.
    """

    guesses: tuple[Guess, ...]
    seen: Seen

    def to_dict(self) -> dict[str, Any]:
        """Return class, probability, all guesses and notes, ready for JSON."""
        best = self.guesses[0] if self.guesses else Guess("", 0.0)
        return {
            "class": best.name if self.guesses else None,
            "probability": best.probability if self.guesses else None,
            "top": [{"class": name, "probability": value} for name, value in self.guesses],
            "notes": list(self.seen.notes),
        }


def answer(classifier: Classifier, pictures: Sequence[Seen], top: int) -> list[Answer]:
    """Run the model once over some pictures, and return what it says of each.

    Args:
        classifier: of a bundle.
        pictures: prepared as the bundle says.
        top: how many classes are told, at most.
    """
    if not pictures:
        return []
    rows = classifier(np.stack([picture.pixels for picture in pictures]))
    classes = classifier.bundle.manifest.classes
    return [
        Answer(() if picture.blank else best_guesses(row, classes, top), picture)
        for picture, row in zip(pictures, rows, strict=True)
    ]


def best_guesses(
    row: npt.NDArray[np.float32], classes: Sequence[str], top: int
) -> tuple[Guess, ...]:
    """Return the likeliest classes of one row of probabilities; of equal ones the first."""
    order: list[int] = np.argsort(-row, kind="stable")[:top].tolist()
    return tuple(Guess(classes[column], float(row[column])) for column in order)
