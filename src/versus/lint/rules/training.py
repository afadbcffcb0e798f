"""VS401 to VS405: what learning curves say."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from versus.lint.rule import Check, Found, Rule
from versus.lint.script import schedules
from versus.lint.script.rates import small_rate_in_script
from versus.lint.subject import Candidate, Design, Pictures, Run
from versus.studies.protocol import Protocol
from versus.training.recipe import Schedule

Candidates = tuple[Candidate, ...]
Runs = tuple[Run, ...]

STILL_FALLING = 0.02
"""Of the validation loss, over the last quarter of the epochs: a drop of 2 % is more than the
noise of one epoch in any of the records, and so more epochs would have gone on paying."""

LOSS_OF_GENERALITY = 0.05
"""Rise of the validation loss above its lowest: L. Prechelt's GL with the threshold of 5 %, one of
those he tries (1998, "Early stopping, but when?", in Neural Networks: Tricks of the Trade)."""

FEWEST_EPOCHS = 4
"""Below this the last quarter is no curve."""

# Keras's defaults; Adadelta's own paper has 1.0, and so had Keras before 2.4.
USUAL_RATE = {"sgd": 0.01, "adam": 1e-3, "adamw": 1e-3, "nadam": 1e-3, "rmsprop": 1e-3}


def _by_variant(runs: Runs, key: str) -> Iterator[tuple[str, list[Run], np.ndarray]]:
    """Yield each variant, its runs, and one curve: the mean over seeds, as far as all go."""
    for name in dict.fromkeys(run.record.variant for run in runs):
        chosen = [r for r in runs if r.record.variant == name and r.curves.get(key)]
        if chosen:
            length = min(len(run.curves[key]) for run in chosen)
            yield name, chosen, np.mean([run.curves[key][:length] for run in chosen], axis=0)


def last_quarter_drop(curve: Sequence[float] | np.ndarray) -> float:
    """Return how far a loss fell over its last quarter of epochs, as a share of where it was."""
    quarter = max(len(curve) // 4, 1)
    before, now = float(curve[-1 - quarter]), float(curve[-1])
    return (before - now) / before if before > 0 else 0.0


def _last_quarter(curve: np.ndarray) -> str:
    quarter = len(curve) // 4
    return f"the last {f'{quarter} of' if quarter > 1 else 'of'} {len(curve)} epochs"


def _still_improving(runs: Runs) -> Iterable[Found]:
    for name, chosen, curve in _by_variant(runs, "val_loss"):
        if len(curve) < FEWEST_EPOCHS or _small(chosen):
            continue  # VS405 says the same of such a run, and why
        drop = last_quarter_drop(curve)
        if drop > STILL_FALLING and int(curve.argmin()) >= len(curve) - 1:
            yield Found(
                f"variant {name}",
                f"its validation loss fell by {drop:.0%} over {_last_quarter(curve)} (mean of "
                f"{len(chosen)} seed{'s'[: len(chosen) > 1]}) and was lowest in the last",
            )


def _overfitting(runs: Runs) -> Iterable[Found]:
    train = {name: curve for name, _, curve in _by_variant(runs, "loss")}
    for name, chosen, curve in _by_variant(runs, "val_loss"):
        if len(curve) < FEWEST_EPOCHS or name not in train or _restores(chosen):
            continue
        best = int(curve.argmin())
        # One last epoch may be bad luck: the last quarter as a whole must be worse.
        end = float(np.mean(curve[-max(len(curve) // 4, 2) :]))
        lowest = float(curve[best])
        falling = train[name][-1] < train[name][best]
        if lowest > 0 and end > lowest * (1 + LOSS_OF_GENERALITY) and falling:
            yield Found(
                f"variant {name}",
                f"its validation loss was lowest after epoch {best + 1} of {len(curve)} "
                f"({lowest:.4f}) and ended {end / lowest - 1:.0%} higher, while the training loss "
                f"went on falling (mean of {len(chosen)} seed{'s'[: len(chosen) > 1]})",
            )


def _restores(runs: list[Run]) -> bool:
    stop = runs[0].record.config.recipe.get("early_stopping") or {}
    return bool(stop.get("restore_best_weights"))


def _first_step(schedule: Schedule) -> float | None:
    """Return the step at which a schedule that waits first changes the rate; else None."""
    options = schedule.options
    if schedule.name == "PiecewiseConstantDecay":
        boundaries = options.get("boundaries")
        return float(min(boundaries)) if isinstance(boundaries, list) and boundaries else None
    if options.get("staircase") and isinstance(options.get("decay_steps"), (int, float)):
        return float(options["decay_steps"])  # pyright: ignore[reportArgumentType]
    return None


def _never_steps(design: Design, candidates: Candidates, pictures: Pictures) -> Iterable[Found]:
    for candidate in candidates:
        recipe = candidate.recipe
        if recipe is None or not isinstance(recipe.learning_rate, Schedule):
            continue
        first = _first_step(recipe.learning_rate)
        trained = len((design.protocol or Protocol()).split(pictures.data, pictures.seed).train)
        steps = recipe.epochs * -(-trained // recipe.batch_size)
        if first is not None and first >= steps:
            yield Found(
                f"variant {candidate.name}",
                f"{recipe.learning_rate.name} first changes the rate at step {first:,.0f}, and "
                f"{recipe.epochs} epochs of {trained:,} pictures are {steps:,} steps",
            )


def _group_never_begins(design: Design, candidates: Candidates) -> Iterable[Found]:
    if (design.protocol or Protocol()).budget != "epochs":
        return  # how many epochs there will be is not known
    for candidate in candidates:
        recipe = candidate.recipe
        for group in (recipe.groups or ()) if recipe is not None else ():
            if recipe is not None and group.after >= recipe.epochs:
                yield Found(
                    f"variant {candidate.name}",
                    f"the layers '{group.layers}' begin to learn after {group.after} epochs, and "
                    f"there are {recipe.epochs}",
                    mend="Let them begin before the end, or train more epochs.",
                )


def _not_finite(runs: Runs) -> Iterable[Found]:
    for run in runs:
        error = run.record.error or ""
        # A training of Keras's own fit may fail of it where versus's engine says "diverged".
        told = any(words in error for words in ("loss became", "NaN or infinity"))
        if run.record.status == "diverged" or (run.record.status == "failed" and told):
            yield Found(run.place, error.split(":")[0] or "the training diverged")
            continue
        for key, curve in run.curves.items():
            bad = np.flatnonzero(~np.isfinite(curve))
            if len(bad):
                yield Found(run.place, f"{key} is {curve[bad[0]]} in epoch {int(bad[0]) + 1}")
                break


def _rate(recipe: dict) -> float | None:
    rate = recipe.get("learning_rate")
    return float(rate) if isinstance(rate, (int, float)) else None


def _small(runs: list[Run]) -> bool:
    """Whether a constant rate is ten times below the optimizer's usual one, or more."""
    recipe = runs[0].record.config.recipe
    rate, usual = _rate(recipe), USUAL_RATE.get(str(recipe.get("optimizer")))
    momentum = (recipe.get("optimizer_options") or {}).get("momentum")
    return bool(rate and usual and not momentum and rate <= usual / 10 * 1.0001)


def _small_rate(runs: Runs) -> Iterable[Found]:
    for name, chosen, curve in _by_variant(runs, "loss"):
        drop = last_quarter_drop(curve) if len(curve) >= FEWEST_EPOCHS else 0.0
        if _small(chosen) and drop > STILL_FALLING:
            recipe = chosen[0].record.config.recipe
            usual = USUAL_RATE[str(recipe["optimizer"])]
            yield Found(
                f"variant {name}",
                f"{recipe['optimizer']} at {_rate(recipe):g}, where Keras's default is {usual:g}: "
                f"the training loss still fell by {drop:.0%} over {_last_quarter(curve)}",
            )


def _default_adadelta(candidates: Candidates) -> Iterable[Found]:
    for candidate in candidates:
        recipe = candidate.recipe
        if recipe is None or recipe.optimizer != "adadelta":
            continue
        rate = recipe.learning_rate if recipe.learning_rate is not None else 0.001
        if isinstance(rate, float) and rate <= 0.1:
            yield Found(
                f"variant {candidate.name}",
                f"adadelta at {rate:g}: its paper, and Keras before 2.4, have 1.0",
            )


RULES = (
    Rule(
        "VS401",
        "still improving at the end",
        "warning",
        "The comparison is between nets that had not finished learning: with more epochs their "
        "order may change.",
        "Give every variant more epochs.",
        (Check(("runs",), _still_improving),),
    ),
    Rule(
        "VS402",
        "overfitting",
        "warning",
        "From that epoch on the net learned its training pictures, not the task; its probabilities "
        "become too sure.",
        "Train fewer epochs, add dropout or augmentation, or stop early with the best weights.",
        (Check(("runs",), _overfitting),),
    ),
    Rule(
        "VS403",
        "a schedule or layers whose time never comes",
        "warning",
        "The training is that of a constant rate, or of frozen layers, whatever the recipe says.",
        "Bring the first step before the end, or train as long as the schedule was made for.",
        (
            Check(("design", "candidates", "pictures"), _never_steps),
            Check(("design", "candidates"), _group_never_begins),
            Check(("script",), schedules.never_steps),
        ),
    ),
    Rule(
        "VS404",
        "a loss or gradient that is not finite",
        "error",
        "From that step on the weights mean nothing.",
        "Lower the learning rate, scale the input, or clip gradients.",
        (Check(("runs",), _not_finite),),
    ),
    Rule(
        "VS405",
        "a learning rate too small to have converged",
        "warning",
        "What is measured is how far the net came, not how good it can be.",
        "Use the optimizer's usual rate, or many more epochs.",
        (
            Check(("runs",), _small_rate),
            Check(("candidates",), _default_adadelta),
            Check(("script",), small_rate_in_script),
        ),
    ),
)
