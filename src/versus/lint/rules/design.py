"""VS101 to VS103: how a study is laid out."""

from collections.abc import Iterable
from math import comb

import numpy as np

from versus.evaluation.multiplicity import joint_factor, seeds_needed
from versus.lint.rule import Check, Found, Rule
from versus.lint.script import choices
from versus.lint.subject import Candidate, Design, Pictures

Candidates = tuple[Candidate, ...]


def _validates_on_test(design: Design, pictures: Pictures) -> Iterable[Found]:
    data = pictures.data
    if data.validation is None:
        return
    one, other = (_digests(split.images) for split in (data.validation, data.test))
    shared = len(one & other)
    if shared > len(other) / 2:
        yield Found(
            f"study {design.name}",
            f"{shared:,} of the {len(other):,} different test pictures of {data.name} are also "
            "its validation pictures",
        )


def _validation_by_name(design: Design) -> Iterable[Found]:
    if design.protocol and design.protocol.validation == "test":
        yield Found(
            f"study {design.name}",
            "its Protocol measures every epoch on the test pictures: validation='test'",
        )


def _digests(images: np.ndarray) -> set[bytes]:
    return {image.tobytes() for image in images}


def _few_seeds(design: Design, candidates: Candidates) -> Iterable[Found]:
    pairs, n = comb(len(candidates), 2), len(design.seeds)
    if not pairs or n >= (least := seeds_needed(pairs, margin=design.margin)):
        return
    least_p = min(1.0, pairs * joint_factor(pairs, design.margin) * 2.0 ** (1 - n))
    yield Found(
        f"study {design.name}",
        f"{n} seed{'s'[: n > 1]} for {pairs} pair{'s'[: pairs > 1]} of variants: the least p-value "
        f"possible is {least_p:.2g}, so no difference, however large, "
        "could be told from chance",
        mend=f"Give {least} seeds or more: --seeds {least}.",
    )


def _budgets(design: Design, candidates: Candidates) -> Iterable[Found]:
    if design.protocol and design.protocol.budget != "epochs":
        return  # something else is held equal, by the study itself
    known = [c for c in candidates if c.recipe]
    epochs = {c.name: c.recipe.epochs for c in known if c.recipe}
    if len(set(epochs.values())) > 1:
        shown = ", ".join(f"{name} {count}" for name, count in epochs.items())
        yield Found(f"study {design.name}", f"epochs differ: {shown}")
    stopped = {c.name: c.recipe.early_stopping is not None for c in known if c.recipe}
    if len(set(stopped.values())) > 1:
        with_it, without = (
            [n for n, s in stopped.items() if s is there] for there in (True, False)
        )
        yield Found(
            f"study {design.name}",
            f"{', '.join(with_it)} may stop early, {', '.join(without)} may not",
        )


_NEEDS = ("design", "candidates")

RULES = (
    Rule(
        "VS101",
        "validation on the test set",
        "error",
        "Whatever is chosen by validation (the epoch, a size, when to stop reworking) is chosen "
        "by the test set, so no untouched pictures are left to say how good the net is.",
        "Take validation pictures out of train: `Protocol(validation_fraction=0.2)`, or "
        "`validation_split=0.2` in Keras's fit.",
        (
            Check(("design",), _validation_by_name),
            Check(("design", "pictures"), _validates_on_test),
            Check(("script",), choices.validates_on_test),
        ),
    ),
    Rule(
        "VS102",
        "too few seeds for any verdict",
        "warning",
        "The exact test over n paired seeds cannot go below 2^(1-n), times the number of pairs: "
        'the hours are spent, and the answer is "can\'t tell" whatever comes out.',
        "Give more seeds.",
        (Check(_NEEDS, _few_seeds),),
    ),
    Rule(
        "VS103",
        "unequal budgets",
        "warning",
        "The variant that trains longer has an advantage that is not the model's.",
        "Give every variant the same epochs and the same early stopping.",
        (Check(_NEEDS, _budgets),),
    ),
)
