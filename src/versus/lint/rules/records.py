"""VS406 to VS408: what the numbers of a record may be held against."""

from collections.abc import Iterable

import numpy as np
from scipy.stats import binomtest

from versus.evaluation.metrics import confusion_counts
from versus.lint.rule import Check, Found, Rule
from versus.lint.rules.aspects import penalties
from versus.lint.rules.outputs import is_constant
from versus.lint.subject import Candidate, Design, Run


def _unlike_losses(design: Design, candidates: tuple[Candidate, ...]) -> Iterable[Found]:
    del design
    known = {c.name: penalties(c.graph) for c in candidates if c.graph}
    with_it = [name for name, found in known.items() if found]
    if len(set(known.values())) > 1 and with_it:
        first = with_it[0]
        without = next(name for name, found in known.items() if found != known[first])
        kinds = ", ".join(dict.fromkeys(known[first]))
        yield Found(
            f"{first}, {without}",
            f"the loss of {first} includes a penalty on weights ({kinds}) that the loss of "
            f"{without} does not",
        )


def _other_labels(runs: tuple[Run, ...]) -> Iterable[Found]:
    for run in runs:
        for split, found in run.predictions.items():
            told = run.record.metrics.get(split, {}).get("confusion")
            if told is None:
                continue
            k = len(found.classes)
            told = np.asarray(told)
            if np.array_equal(told, confusion_counts(found.labels, found.predicted, k)):
                continue
            rounded = confusion_counts(found.labels, found.probabilities.round().argmax(axis=1), k)
            why = (
                "; they are those of rounded probabilities" if np.array_equal(told, rounded) else ""
            )
            moved = int(np.abs(told.sum(axis=0) - np.bincount(found.predicted, minlength=k)).sum())
            yield Found(
                run.place,
                f"the recorded {split} labels are not the argmax of the recorded probabilities: "
                f"{moved // 2} or more of {len(found):,} differ{why}",
            )


def _chance(runs: tuple[Run, ...]) -> Iterable[Found]:
    for run in runs:
        split = "test" if "test" in run.predictions else "validation"
        found = run.predictions.get(split)
        if found is None or is_constant(found):
            continue  # VS310 says more of a constant one
        share = float(np.bincount(found.labels).max()) / len(found)
        right = int(found.correct.sum())
        better = binomtest(right, len(found), share, alternative="greater").pvalue
        if better > 0.05:
            yield Found(
                run.place,
                f"{right / len(found):.1%} of {len(found):,} {split} pictures right; always "
                f"answering the most frequent class gives {share:.1%} (p = {better:.2g})",
            )


RULES = (
    Rule(
        "VS406",
        "training losses of different penalties",
        "warning",
        "The two losses are sums of different things: that one is lower says nothing.",
        "Compare accuracy or NLL, which hold no penalty, not the column `loss`.",
        (Check(("design", "candidates"), _unlike_losses),),
    ),
    Rule(
        "VS407",
        "recorded labels that are not the argmax",
        "error",
        "Accuracy, precision and recall of such labels are those of another classifier.",
        "Take the argmax of the probabilities as they are.",
        (Check(("runs",), _other_labels),),
    ),
    Rule(
        "VS408",
        "no better than the most frequent class",
        "warning",
        "Such a net has learned nothing that can be told from chance, so comparing it is idle.",
        "Look at scaling, learning rate and labels; train longer.",
        (Check(("runs",), _chance),),
    ),
)
