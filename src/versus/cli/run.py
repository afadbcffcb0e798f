"""`versus run`: a study, from its name or file to its report."""

from typing import Annotated

import typer

from versus.cli.finish import run_and_show
from versus.cli.options import (
    DataOption,
    EpochsOption,
    JsonOption,
    OutOption,
    SeedsOption,
    StudyArgument,
)

VariantsOption = Annotated[
    str | None, typer.Option("--variants", metavar="A,B", help="Only these variants of the study.")
]


def run(
    study: StudyArgument,
    seeds: SeedsOption = None,
    epochs: EpochsOption = None,
    data: DataOption = None,
    variants: VariantsOption = None,
    out: OutOption = None,
    json: JsonOption = False,
) -> None:
    """Run a study: train what is missing, give the verdict, write the report."""
    from versus.library.catalogue import find_study  # brings numpy and pydantic

    found = find_study(study).with_changes(
        data=data,
        seeds=seeds,
        epochs=epochs,
        variants=[name.strip() for name in variants.split(",")] if variants else None,
    )
    run_and_show(found, out, json=json)
