"""`versus train`: one model, one seed."""

from typing import Annotated

import typer

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
    run_and_show(compare_models([model], data, recipe, [seed]), out, json=json, jobs=jobs)
