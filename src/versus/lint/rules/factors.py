"""VS104 to VS107: what differs between two variants besides what is asked about."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from versus.lint.rule import Check, Found, Rule
from versus.lint.rules.aspects import differing
from versus.lint.subject import Candidate, Design
from versus.training.recipe import ESTIMATOR

Candidates = tuple[Candidate, ...]

# Fields of a Recipe that are settings of one thing.
GROUPS = {
    "learning_rate": "optimizer",
    "optimizer_options": "optimizer",
    "from_logits": "loss",
    "batch_size": "batch size",
}


@dataclass(frozen=True)
class _Difference:
    """What differs between two variants."""

    a: Candidate
    b: Candidate
    recipe: tuple[str, ...]
    model: tuple[str, ...]

    @property
    def size(self) -> int:
        return len(self.recipe) + len(self.model)


def difference(a: Candidate, b: Candidate) -> _Difference:
    """Return what differs between two variants."""
    return _Difference(a, b, tuple(_recipe(a, b)), tuple(_model(a, b)))


def _recipe(a: Candidate, b: Candidate) -> list[str]:
    before = a.recipe.to_dict() if a.recipe else {}
    now = b.recipe.to_dict() if b.recipe else {}
    changed = (key for key in before if before[key] != now.get(key))
    return list(dict.fromkeys(GROUPS.get(key, key.replace("_", " ")) for key in changed))


def _model(a: Candidate, b: Candidate) -> list[str]:
    if a.graph and b.graph:
        # A saved model brings its weights along, so another file is another start.
        saved = a.model != b.model and (a.model + b.model).count(".keras")
        return differing(a.graph, b.graph) or (["initial weights"] if saved else [])
    return [] if a.model == b.model else ["model"]


def confounded(design: Design, candidates: Candidates) -> Iterator[_Difference]:
    """Yield the nearest pair of every two groups of variants that no chain of single steps links.

    A grid of factors is thus no fault: each of its cells is one step from another.
    """
    del design
    pairs = [difference(a, b) for a, b in itertools.combinations(candidates, 2)]
    group = {candidate.name: number for number, candidate in enumerate(candidates)}
    for pair in sorted(pairs, key=lambda pair: pair.size):
        one, other = group[pair.a.name], group[pair.b.name]
        if one == other:
            continue
        if pair.size > 1:
            yield pair
        group = {name: one if number == other else number for name, number in group.items()}


def _where(pair: _Difference) -> str:
    return f"{pair.a.name}, {pair.b.name}"


def _both(design: Design, candidates: Candidates) -> Iterable[Found]:
    for pair in confounded(design, candidates):
        if pair.recipe and pair.model:
            yield Found(
                _where(pair),
                f"they differ in {_listed(pair.model)} of the model and in {_listed(pair.recipe)} "
                "of the recipe, and no variant stands between them",
            )


def _recipes(design: Design, candidates: Candidates) -> Iterable[Found]:
    for pair in confounded(design, candidates):
        if pair.recipe and not pair.model:
            yield Found(_where(pair), f"their recipes differ in {_listed(pair.recipe)}")


def _architectures(design: Design, candidates: Candidates) -> Iterable[Found]:
    for pair in confounded(design, candidates):
        if pair.model and not pair.recipe:
            yield Found(_where(pair), f"their models differ in {_listed(pair.model)}")


def _same(design: Design, candidates: Candidates) -> Iterable[Found]:
    del design
    for a, b in itertools.combinations(candidates, 2):
        if a.broken or b.broken or difference(a, b).size:
            continue
        # The layers of what scikit-learn learns are there only when it is learned.
        learned = a.recipe is not None and a.recipe.optimizer == ESTIMATOR
        if not learned or a.model == b.model:
            what = "their layers, connections and recipes are equal: they are one system trained"
            yield Found(f"{a.name}, {b.name}", f"{what} twice")


def _listed(words: tuple[str, ...]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


_NEEDS = ("design", "candidates")

RULES = (
    Rule(
        "VS104",
        "model and recipe changed together",
        "warning",
        "A difference between the two may come from the model or from its training; the study "
        "cannot say from which.",
        "Add a variant with the model of the one and the recipe of the other, or give both one "
        "recipe.",
        (Check(_NEEDS, _both),),
    ),
    Rule(
        "VS105",
        "several parts of the recipe changed",
        "warning",
        "A difference between the two may come from any of these parts.",
        "Change one part at a time, or add the variants in between.",
        (Check(_NEEDS, _recipes),),
    ),
    Rule(
        "VS106",
        "several parts of the architecture changed",
        "warning",
        "A difference between the two can be put down to none of these parts alone.",
        "Change one part only, or ask about the nets as wholes and suppress this with that reason.",
        (Check(_NEEDS, _architectures),),
    ),
    Rule(
        "VS107",
        "two variants are the same",
        "warning",
        "Any difference between them is noise of the seeds; with shared seeds there is none.",
        "Drop one of them, or change what was meant to differ.",
        (Check(_NEEDS, _same),),
    ),
)
