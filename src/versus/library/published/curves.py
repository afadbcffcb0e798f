"""The learning curves that documents print, epoch by epoch, and how long each epoch took."""

import csv
from functools import cache
from importlib.resources import files

from versus.library.published.figures import Metric, Printed, Split

_COLUMNS: dict[str, tuple[Split, Metric]] = {
    "loss": ("train", "loss"),
    "accuracy": ("train", "accuracy"),
    "val_loss": ("validation", "loss"),
    "val_accuracy": ("validation", "accuracy"),
}


def printed_curve(system: str) -> tuple[Printed, ...]:
    """Return what is printed of every epoch of a system's training, epochs in order.

    Loss and accuracy of train and of validation, as Keras's progress lines print them: those of
    train are means over the epoch's batches, taken while the weights change.

    Args:
        system: its name in the documents' list.

    Raises:
        KeyError: no curve of it is printed.
    """
    return tuple(
        Printed(split, metric, line[column], int(line["epoch"]))
        for line in _lines()[system]
        for column, (split, metric) in _COLUMNS.items()
    )


def printed_seconds(system: str) -> float:
    """Return how long its epochs took, as they are printed in whole seconds, together.

    Raises:
        KeyError: no curve of it is printed.
    """
    return float(sum(int(line["seconds"]) for line in _lines()[system]))


@cache
def _lines() -> dict[str, list[dict[str, str]]]:
    text = files("versus.library.published").joinpath("curves.csv").read_text(encoding="utf-8")
    found: dict[str, list[dict[str, str]]] = {}
    for line in csv.DictReader(text.splitlines()):
        found.setdefault(line["system"], []).append(line)
    return found
