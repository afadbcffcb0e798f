"""A Study from models alone: the short form, every variant under one recipe."""

import re
from collections.abc import Sequence
from pathlib import Path

from versus.data.dataset import Dataset
from versus.data.sources.names import shown
from versus.models.zoo import ZOO
from versus.studies.study import Study, Variant
from versus.training.recipe import ESTIMATOR, Recipe


def compare_models(
    models: Sequence[str], data: str | Dataset, recipe: Recipe, seeds: int | Sequence[int]
) -> Study:
    """Return the Study that compares `models` on `data`; with one model, that trains it.

    Args:
        models: each a MODEL; variants are named after them, with a number where two are alike.
        data: a Dataset, or the name of one.
        recipe: of every variant but those that scikit-learn learns.
        seeds: how many, or which.
    """
    title = data if isinstance(data, str) else data.name
    on, called = short_name(title), shown(Path(title).name if "/" in title else title)
    names: list[str] = []
    for model in models:
        base = short_name(model)
        same = sum(name == base or name.startswith(f"{base}.") for name in names)
        names.append(f"{base}.{same + 1}" if same else base)
    listed = " or ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
    question = (
        f"Which is better on {called}: {listed}?"
        if len(names) > 1
        else f"How well does {listed} do on {called}?"
    )
    verb = "compare" if len(names) > 1 else "train"
    return Study(
        name="-".join([verb, *names, on])[:80],
        question=question,
        data=data,
        variants=[
            Variant(name, model, _recipe_of(model, recipe))
            for name, model in zip(names, models, strict=True)
        ],
        seeds=seeds,
    )


def _recipe_of(model: str, recipe: Recipe) -> Recipe:
    learned = model in ZOO and ZOO[model].learned_by == ESTIMATOR
    return Recipe(optimizer=ESTIMATOR) if learned else recipe


def short_name(reference: str) -> str:
    """Return what a MODEL or a data set is called: its function, file or folder, fit for a name."""
    _, colon, function = reference.rpartition(":")
    text = function if colon else Path(reference).stem if "/" in reference else reference
    text = text.removesuffix(".keras")
    return re.sub(r"[^A-Za-z0-9._+-]+", "-", text.replace("_", "-")).strip("-._+") or "model"
