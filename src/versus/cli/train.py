"""`versus train`: one model, one seed."""

from typing import Annotated

import typer

from versus.cli.data_options import Loading, data_or_name, reads_data
from versus.cli.finish import run_and_show
from versus.cli.options import (
    BatchSizeOption,
    DeviceOption,
    EmbeddedDataOption,
    FromLogitsOption,
    JobsOption,
    JsonOption,
    LearningRateOption,
    ModelArgument,
    OptimizerOption,
    OutOption,
    WeightsOption,
)


@reads_data
def train(
    model: ModelArgument,
    data: EmbeddedDataOption = "digits",
    seed: Annotated[int, typer.Option("--seed", metavar="SEED", help="Seed of the run.")] = 0,
    epochs: Annotated[int, typer.Option("--epochs", metavar="N", help="Epochs.")] = 10,
    batch_size: BatchSizeOption = 128,
    optimizer: OptimizerOption = "adam",
    learning_rate: LearningRateOption = None,
    from_logits: FromLogitsOption = False,
    out: OutOption = None,
    jobs: JobsOption = None,
    weights: WeightsOption = None,
    device: DeviceOption = None,
    json: JsonOption = False,
    *,
    loading: Loading,
) -> None:
    """Train one model, evaluate it, and keep the run with its report."""
    del weights, device  # their options have seen to them
    # These bring numpy and pydantic, which `versus --help` does without.
    from versus.studies.comparison import compare_models
    from versus.training.recipe import Recipe

    recipe = Recipe(
        optimizer=optimizer,
        learning_rate=learning_rate,
        batch_size=batch_size,
        epochs=epochs,
        from_logits=from_logits,
    )
    study = compare_models([model], data_or_name(data, loading), recipe, [seed])
    run_and_show(study, out, json=json, jobs=jobs)
