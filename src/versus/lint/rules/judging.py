"""VS108 to VS111: what the numbers of a study are judged on, and by how much."""

from collections.abc import Iterable
from math import sqrt

import numpy as np

from versus.evaluation.verdict import Verdict
from versus.lint.rule import Check, Found, Rule
from versus.lint.script import choices
from versus.lint.subject import Candidate, Design, Run

Candidates = tuple[Candidate, ...]

MANY = 4
"""The best of four equal variants lies, on average, more than one standard deviation above them
(1.03; of three, 0.85): from here on picking it by the test set misleads by more than noise."""

FEWEST_DISCORDANT = 6
"""An exact McNemar test of pictures that one model gets right and the other wrong cannot reach
p < 0.05 with fewer of them: 2 x 2**-6 = 0.03, 2 x 2**-5 = 0.06."""


def _best_of_many(design: Design, candidates: Candidates) -> Iterable[Found]:
    if len(candidates) >= MANY and design.judged_on == "test":
        yield Found(
            f"study {design.name}",
            f"{len(candidates)} variants are ranked on the open test set: the best one's own test "
            "number is the highest of several, so too good",
        )


def _stops_on_reported(design: Design, candidates: Candidates) -> Iterable[Found]:
    if design.judged_on != "validation":
        return
    for candidate in candidates:
        stop = candidate.recipe.early_stopping if candidate.recipe else None
        if stop and stop.monitor.startswith("val_"):
            yield Found(
                f"variant {candidate.name}",
                f"training stops by {stop.monitor}, and the same validation pictures judge it, as "
                "the test set is sealed",
                severity="note",
                mend="Open the test set once, when all choices are made.",
            )


def _few_pictures(design: Design) -> Iterable[Found]:
    n, margin = design.counts.get(design.judged_on), design.margin
    if n is None or margin is None or design.endpoint != "accuracy":
        return
    if round(n * margin, 6) < FEWEST_DISCORDANT:
        yield Found(
            f"study {design.name}",
            f"the margin of {margin:g} is {n * margin:.3g} of the {n:,} {design.judged_on} "
            f"pictures; a difference of fewer than {FEWEST_DISCORDANT} pictures cannot be told "
            "from chance on other pictures of the kind",
        )


def _too_small_for_new_pictures(
    design: Design, runs: tuple[Run, ...], verdicts: tuple[Verdict, ...]
) -> Iterable[Found]:
    """Hold a difference that is sure over seeds against the luck of which pictures were drawn.

    The standard error over pictures of the seed-averaged difference in being right: the mean of
    paired differences, as McNemar's test has it, with a picture's share of seeds for its 0 or 1.
    """
    if design.endpoint != "accuracy":
        return
    for verdict in verdicts:
        if verdict.word not in ("better", "worse"):
            continue
        a, b = (_right(runs, name, verdict, design) for name in (verdict.a, verdict.b))
        if a is None or b is None:
            continue
        gap = b - a
        error = float(gap.std(ddof=1)) / sqrt(len(gap))
        mean = float(gap.mean())
        if abs(mean) < 1.96 * error:
            yield Found(
                f"{verdict.a}, {verdict.b}",
                f"they differ by {100 * abs(mean):.2f} points on these {len(gap):,} pictures, "
                f"which is less than 1.96 standard errors over pictures "
                f"({100 * 1.96 * error:.2f} points)",
            )


def _right(runs: tuple[Run, ...], name: str, verdict: Verdict, design: Design) -> np.ndarray | None:
    """Return how often each picture was got right, over the seeds of a verdict: float `[n]`."""
    chosen = [
        run for run in runs if run.record.variant == name and run.record.seed in verdict.seeds
    ]
    found = [run.predictions.get(design.judged_on) for run in chosen]
    parts = [part for part in found if part is not None]
    if len(parts) < len(verdict.seeds) or len({tuple(part.indices[:50]) for part in parts}) > 1:
        return None  # a validation split drawn by the seed has other pictures each time
    return np.mean([part.correct for part in parts], axis=0)


def _last_against_best(design: Design, candidates: Candidates) -> Iterable[Found]:
    kept = {
        c.name: bool(c.recipe.early_stopping and c.recipe.early_stopping.restore_best_weights)
        for c in candidates
        if c.recipe
    }
    if len(set(kept.values())) > 1:
        best, last = ([n for n, b in kept.items() if b is which] for which in (True, False))
        yield Found(
            f"study {design.name}",
            f"{', '.join(best)} is judged by its best epoch, {', '.join(last)} by its last",
        )


def _earlier_epoch_was_better(runs: tuple[Run, ...]) -> Iterable[Found]:
    for variant in dict.fromkeys(run.record.variant for run in runs):
        gaps, errors, best = [], [], []
        for run in runs:
            curve = run.curves.get("val_accuracy", ())
            n = run.record.metrics.get("validation", {}).get("n", 0)
            stop = run.record.config.recipe.get("early_stopping") or {}
            restored = stop.get("restore_best_weights", False)
            if run.record.variant != variant or len(curve) < 2 or not n or restored:
                continue
            top = max(curve)
            gaps.append(top - curve[-1])
            errors.append(sqrt(max(top * (1 - top), 1 / n) / n))
            best.append(curve.index(top) + 1)
        # The best of many epochs is a little better by luck: two standard errors are asked for.
        if gaps and np.mean(gaps) > 2 * np.mean(errors):
            yield Found(
                f"variant {variant}",
                f"the last epoch is judged, and the best was {100 * np.mean(gaps):.1f} points of "
                f"validation accuracy better (epoch {round(float(np.median(best)))}, mean of "
                f"{len(gaps)} seed{'s'[: len(gaps) > 1]})",
            )


_NEEDS = ("design", "candidates")

RULES = (
    Rule(
        "VS108",
        "the best of many is picked on the test set",
        "warning",
        "The highest of several numbers is higher than what it measures: the winner was partly "
        "lucky with these pictures.",
        'Keep the test set sealed while choosing (`Protocol(test="sealed")`), or quote the '
        "verdicts, which are corrected for the number of pairs, not the winner's own number.",
        (Check(_NEEDS, _best_of_many),),
    ),
    Rule(
        "VS109",
        "last epoch against best epoch",
        "warning",
        "A net judged by its last epoch is held against what another, or it itself, reached at its "
        "best: part of the difference is when one looked.",
        "Judge all alike: `EarlyStopping(restore_best_weights=True)` for every variant, or fewer "
        "epochs.",
        (Check(_NEEDS, _last_against_best), Check(("runs",), _earlier_epoch_was_better)),
    ),
    Rule(
        "VS110",
        "training stops by the pictures that judge it",
        "error",
        "The epoch was chosen to look best on exactly these pictures, so the number reported of "
        "them is too good.",
        "Stop by validation pictures, and report others.",
        (Check(_NEEDS, _stops_on_reported), Check(("script",), choices.stops_on_test)),
    ),
    Rule(
        "VS111",
        "too few pictures for the difference",
        "warning",
        "What a handful of pictures decide says little about other pictures of the same kind.",
        "Claim no more than these pictures can carry: a wider margin, or more test pictures.",
        (
            Check(("design",), _few_pictures),
            Check(("design", "runs", "verdicts"), _too_small_for_new_pictures),
        ),
    ),
)
