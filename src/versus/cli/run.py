"""`versus run`: a study, from its name or file to its report."""

from typing import Annotated

import typer

from versus.cli.data_options import Loading, reads_data
from versus.cli.finish import UntilDecided, run_and_show
from versus.cli.options import (
    BudgetOption,
    DataOption,
    DeviceOption,
    EpochsOption,
    JobsOption,
    JsonOption,
    MaxSeedsOption,
    OutOption,
    SeedsOption,
    StudyArgument,
    VariantsOption,
    WeightsOption,
    chosen_study,
)
from versus.errors import ConfigurationError

UntilDecidedOption = Annotated[
    bool, typer.Option("--until-decided", help="Add paired seeds until every pair has its word.")
]
MaxMinutesOption = Annotated[
    float | None,
    typer.Option("--max-minutes", metavar="M", help="Start no run later, with --until-decided."),
]


@reads_data
def run(
    study: StudyArgument,
    seeds: SeedsOption = None,
    epochs: EpochsOption = None,
    data: DataOption = None,
    variants: VariantsOption = None,
    budget: BudgetOption = None,
    out: OutOption = None,
    jobs: JobsOption = None,
    until_decided: UntilDecidedOption = False,
    max_seeds: MaxSeedsOption = None,
    max_minutes: MaxMinutesOption = None,
    weights: WeightsOption = None,
    device: DeviceOption = None,
    json: JsonOption = False,
    *,
    loading: Loading,
) -> None:
    """Run a study: train what is missing, give the verdict, write the report."""
    del weights, device  # their options have seen to them
    if not until_decided and (max_seeds is not None or max_minutes is not None):
        raise ConfigurationError("--max-seeds and --max-minutes go with --until-decided")
    if until_decided and seeds is not None:
        raise ConfigurationError(
            "--seeds fixes how many seeds there are, --until-decided leaves it open; "
            "say how many at most with --max-seeds"
        )
    found = chosen_study(study, data, seeds, epochs, variants, budget, loading)
    until = UntilDecided(max_seeds, max_minutes) if until_decided else None
    source = study if study.endswith(".py") else ""
    run_and_show(found, out, json=json, jobs=jobs, until=until, source=source)
