"""VS309 to VS311: what trained models answer."""

from collections.abc import Iterable, Iterator

import numpy as np

from versus.evaluation.predictions import Predictions
from versus.lint.rule import Check, Found, Rule
from versus.lint.subject import Activity, Run

DEAD_SHARE = 0.4
"""Of a layer's units. Of wide ReLU layers a third may be off for good from the first step on, at
no cost; 40 % is what Stanford's CS231n notes give for too high a learning rate."""

CONSTANT = 1e-4
"""Probabilities that differ less than this between all pictures are one answer."""

ENOUGH = 20
"""Pictures of a class, so that a fair net missing every one of them is no accident."""


def _dead(activity: tuple[Activity, ...]) -> Iterable[Found]:
    for layer in activity:
        if layer.units and layer.dead / layer.units >= DEAD_SHARE:
            yield Found(
                f"{layer.candidate}, layer {layer.layer}",
                f"{layer.dead} of {layer.units} units are 0 for each of {layer.pictures} pictures",
                severity="error" if layer.dead == layer.units else None,
            )


def _answers(runs: tuple[Run, ...]) -> Iterator[tuple[Run, str, Predictions]]:
    """Yield each run with what it is judged on."""
    for run in runs:
        for split in ("test", "validation"):
            if split in run.predictions:
                yield run, split, run.predictions[split]
                break


def is_constant(found: Predictions) -> bool:
    """Say whether all pictures get the same answer."""
    return len(found) > 1 and float(np.ptp(found.probabilities, axis=0).max()) < CONSTANT


def _constant(runs: tuple[Run, ...]) -> Iterable[Found]:
    for run, split, found in _answers(runs):
        if is_constant(found):
            yield Found(
                run.place,
                f"the same probabilities for all {len(found):,} {split} pictures, to within "
                f"{CONSTANT:g}: always {found.classes[int(found.predicted[0])]}",
            )


def _never(runs: tuple[Run, ...]) -> Iterable[Found]:
    for run, split, found in _answers(runs):
        k = len(found.classes)
        said = np.bincount(found.predicted, minlength=k)
        there = np.bincount(found.labels, minlength=k)
        missing = np.flatnonzero((said == 0) & (there >= ENOUGH))
        if len(missing) and not is_constant(found):
            shown = ", ".join(f"{found.classes[int(c)]} ({int(there[c])})" for c in missing[:5])
            yield Found(
                run.place,
                f"never answers {shown}, of {k} classes, on {len(found):,} {split} pictures",
            )


RULES = (
    Rule(
        "VS309",
        "dead units",
        "warning",
        "A unit whose ReLU is 0 for every picture gets no gradient, so it will never learn: the "
        "net is smaller than it looks.",
        "Try a smaller learning rate, he_normal initial weights, or LeakyReLU.",
        (Check(("activity",), _dead),),
    ),
    Rule(
        "VS310",
        "constant output",
        "error",
        "The net does not look at its input: training has collapsed.",
        "Look at the scale of the input, the learning rate, and the last layer.",
        (Check(("runs",), _constant),),
    ),
    Rule(
        "VS311",
        "a class that is never answered",
        "warning",
        "The accuracy is an average over classes one of which is lost altogether.",
        "See its row in the confusion matrix; train longer, or give the class more weight.",
        (Check(("runs",), _never),),
    ),
)
