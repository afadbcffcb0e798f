"""`versus run`: a study, from its name or file to its report."""

from typing import Annotated

import typer

from versus.cli import screen
from versus.cli.finish import run_and_show
from versus.cli.options import (
    DataOption,
    EpochsOption,
    JobsOption,
    JsonOption,
    OutOption,
    SeedsOption,
    StudyArgument,
    WeightsOption,
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
    jobs: JobsOption = None,
    weights: WeightsOption = None,
    json: JsonOption = False,
) -> None:
    """Run a study: train what is missing, give the verdict, write the report."""
    del weights  # its option has seen to it
    from versus.library.catalogue import find_study  # brings numpy and pydantic

    with screen.user_code():
        given = find_study(study)
    found = given.with_changes(
        data=data,
        seeds=seeds,
        epochs=epochs,
        variants=None if variants is None else [name.strip() for name in variants.split(",")],
    )
    run_and_show(found, out, json=json, jobs=jobs)
