"""From a Study, or its Plan, before anything is trained, to a Subject."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from versus.data import catalogue
from versus.data.dataset import Dataset
from versus.errors import DataUnavailableError, VersusError
from versus.lint.collect.script import collect_script
from versus.lint.graph import Graph, graph_from_config
from versus.lint.subject import Candidate, Design, Loss, Pictures, Subject
from versus.studies.study import Study, Variant
from versus.training.recipe import Recipe

if TYPE_CHECKING:
    from versus.studies.plan import Plan


def collect_study(study: Study, *, source: str = "") -> Subject:
    """Return what can be known of a study before its first run.

    Args:
        study: its models are built, untrained, and its data loaded.
        source: its file, whose code is read too; "" for none.

    Raises:
        VersusError: the data cannot be used.
    """
    data, unseen = _data(study)
    candidates = (_candidate(variant, data, study) for variant in study.variants)
    return _subject(study, data, candidates, source, unseen)


def collect_plan(study: Study, plan: "Plan", *, source: str = "") -> Subject:
    """Return what can be known of a study whose data are loaded and whose models were built.

    Args:
        study: the whole, of which `plan` may be a part only: a look at some of its variants.
        plan: neither its data nor its models are asked for again.
        source: as in `collect_study`.
    """
    candidates = (
        replace(_known(variant), graph=_planned_graph(plan, variant.name))
        for variant in study.variants
    )
    return _subject(study, plan.data, candidates, source)


def _subject(
    study: Study,
    data: Dataset | None,
    candidates: Iterable[Candidate],
    source: str,
    unseen: tuple[str, ...] = (),
) -> Subject:
    design = Design(
        name=study.name,
        question=study.question,
        seeds=study.seed_list,
        endpoint=study.endpoint,
        margin=study.margin,
        protocol=study.protocol,
        counts=_counts(study, data) if data else {},
        suppress=study.suppress,
    )
    subject = Subject(
        name=study.name,
        design=design,
        candidates=tuple(candidates),
        pictures=Pictures(data, study.protocol, study.seed_list[0]) if data else None,
        unseen=unseen,
    )
    # The models that the file's code would build are those just built.
    return replace(subject, script=collect_script(source).script) if source else subject


def _data(study: Study) -> tuple[Dataset | None, tuple[str, ...]]:
    if isinstance(study.data, Dataset):
        return study.data, ()
    try:
        return catalogue.load(study.data, download=False), ()
    except DataUnavailableError:
        reason = f"models and pictures: the data set '{study.data}' is not on this machine"
        return None, (reason,)


def _counts(study: Study, data: Dataset) -> dict[str, int]:
    parts = study.protocol.split(data, study.seed_list[0])
    return {
        "train": len(parts.train),
        "validation": len(parts.validation),
        "test": len(data.test),
    }


def _known(variant: Variant) -> Candidate:
    """Return what a variant says of itself."""
    recipe = variant.recipe
    name = variant.model if isinstance(variant.model, str) else _function_name(variant.model)
    return Candidate(variant.name, name, recipe=recipe, loss=Loss(recipe.loss, recipe.from_logits))


def _planned_graph(plan: "Plan", variant: str) -> Graph | None:
    built = plan.architectures.get(variant)
    return graph_from_config(json.loads(built)) if built else None


def _candidate(variant: Variant, data: Dataset | None, study: Study) -> Candidate:
    known = _known(variant)
    if data is None:
        return known
    try:
        return replace(known, graph=_graph(variant, data, study.seed_list[0]))
    except VersusError as error:
        return replace(known, broken=str(error))


def _function_name(function: object) -> str:
    module = getattr(function, "__module__", "")
    return f"{module}:{getattr(function, '__qualname__', type(function).__name__)}"


def _graph(variant: Variant, data: Dataset, seed: int) -> Graph | None:
    from versus.lint.collect.model import built_graph  # brings Keras, which takes seconds

    return built_graph(variant.model, data.input_shape, len(data.classes), seed)


def recipe_or_none(values: object) -> Recipe | None:
    """Return the Recipe of a record, None where it is not one that this version reads."""
    try:
        return Recipe.from_dict(values)
    except VersusError:
        return None
