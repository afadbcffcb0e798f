"""From a Plan to its StudyRecord; variants and seeds that the folder holds already stay in it."""

from pathlib import Path

from versus.errors import MismatchError
from versus.results.study_record import DataRecord, StudyRecord, VariantRecord
from versus.studies.plan import Plan


def describe_study(
    plan: Plan, earlier: StudyRecord | None, folder: Path, command: str
) -> StudyRecord:
    """Return what `study.json` is to say.

    Args:
        plan: of the study as it is asked for now.
        earlier: what `study.json` says so far; None where no run has finished yet, so that
            nothing is known that could have led to a change of mind.
        folder: DIR, for the message.
        command: how the study is run again.

    Raises:
        MismatchError: the folder holds another study: other data, another question, margin or
            protocol, a variant of the same name with another recipe, or other looks.
    """
    now = _describe(plan, command)
    if earlier is None:
        return now
    _check_same_study(earlier, now, folder)
    names = {variant.name for variant in earlier.variants}
    # A call for a part of what is here leaves the words that describe the whole.
    whole = names <= {v.name for v in now.variants} and set(earlier.seeds) <= set(now.seeds)
    grown = earlier.looks is None and not set(now.seeds) <= set(earlier.seeds)
    added = [variant for variant in now.variants if variant.name not in names]
    return now.model_copy(
        update={
            "variants": [*earlier.variants, *added],
            "seeds": sorted({*earlier.seeds, *now.seeds}),
            "data": now.data,
            "command": now.command if whole else earlier.command,
            "looks": earlier.looks,
            "extended": [*earlier.extended, len(earlier.seeds)] if grown else earlier.extended,
            "suppress": {**earlier.suppress, **now.suppress} if not whole else now.suppress,
        }
    )


def _check_same_study(earlier: StudyRecord, now: StudyRecord, folder: Path) -> None:
    differing = [
        f"{name} {before!r}, now {after!r}"
        for name, before, after in (
            ("name", earlier.name, now.name),
            ("question", earlier.question, now.question),
            ("margin", earlier.margin, now.margin),
            ("data", earlier.data.name, now.data.name),
            ("data fingerprint", earlier.data.fingerprint, now.data.fingerprint),
            ("protocol", earlier.protocol, now.protocol),
            ("endpoint", earlier.endpoint, now.endpoint),
        )
        if before != after
    ]
    if now.looks is not None and now.looks != earlier.looks:
        before = "at a fixed number of seeds" if earlier.looks is None else earlier.looks.seeds
        differing.append(f"the verdict fixed beforehand {_at(before)}, now {_at(now.looks.seeds)}")
    by_name = {variant.name: variant for variant in earlier.variants}
    for variant in now.variants:
        before = by_name.get(variant.name, variant)
        if before.recipe != variant.recipe:
            differing.append(
                f"{variant.name} under {before.recipe_text}, now {variant.recipe_text}"
            )
    if differing:
        raise MismatchError(
            f"{folder} holds a study with {differing[0]}: give another folder with --out, "
            "or remove this one"
        )


def _at(looks: tuple[int, ...] | str) -> str:
    return looks if isinstance(looks, str) else f"at looks of {', '.join(map(str, looks))} seeds"


def _describe(plan: Plan, command: str) -> StudyRecord:
    study, data = plan.study, plan.data
    models = {run.variant.name: run.config.model for run in plan.runs}
    return StudyRecord(
        name=study.name,
        question=study.question,
        source=study.source,
        endpoint=study.endpoint,
        margin=study.margin,
        seeds=list(study.seed_list),
        variants=[
            VariantRecord(
                name=variant.name,
                model=models[variant.name],
                recipe=variant.recipe.to_dict(),
                recipe_text=variant.recipe.describe(epochs=study.protocol.budget_amount is None),
            )
            for variant in study.variants
        ],
        data=DataRecord(
            name=data.name,
            fingerprint=data.fingerprint,
            classes=list(data.classes),
            shape=data.input_shape,
            counts={name: len(split) for name, split in data.splits.items()},
            source=data.source,
            equal_pictures=list(plan.equal_pictures),
            preparation=data.preparation,
            reading=data.reading,
        ),
        protocol=study.protocol.to_dict(),
        protocol_text=study.protocol.describe(data),
        command=command,
        looks=study.looks,
        suppress=dict(study.suppress),
    )
