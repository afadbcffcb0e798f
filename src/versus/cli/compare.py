"""`versus compare`: any models side by side, under one recipe."""

from pathlib import Path
from typing import Annotated

import typer

from versus.cli.data_options import Loading, data_or_name, reads_data
from versus.cli.finish import run_and_show
from versus.cli.options import (
    BatchSizeOption,
    BudgetOption,
    DeviceOption,
    EmbeddedDataOption,
    FromLogitsOption,
    JobsOption,
    JsonOption,
    LearningRateOption,
    OptimizerOption,
    OutOption,
    WeightsOption,
)

ModelsArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="MODEL",
        help="Built-in names, file.py:function, package.module:function, or .keras files.",
        show_default=False,
    ),
]

_ALONE = "one model is trained by `versus train`"


@reads_data
def compare(
    models: ModelsArgument,
    data: EmbeddedDataOption = "digits",
    seeds: Annotated[int, typer.Option("--seeds", metavar="N", help="Seeds 0 to N-1.")] = 6,
    epochs: Annotated[int, typer.Option("--epochs", metavar="N", help="Epochs of each.")] = 10,
    batch_size: BatchSizeOption = 128,
    optimizer: OptimizerOption = "adam",
    learning_rate: LearningRateOption = None,
    from_logits: FromLogitsOption = False,
    budget: BudgetOption = None,
    out: OutOption = None,
    jobs: JobsOption = None,
    weights: WeightsOption = None,
    device: DeviceOption = None,
    json: JsonOption = False,
    *,
    loading: Loading,
) -> None:
    """Compare two or more models on one data set, under one recipe."""
    del weights, device  # their options have seen to them
    # These bring numpy and pydantic, which `versus --help` does without.
    from versus.errors import ConfigurationError
    from versus.results.study_files import STUDY
    from versus.studies.comparison import compare_models
    from versus.training.recipe import Recipe

    if len(models) < 2:
        study = any((Path(model) / STUDY).is_file() for model in models)
        hint = "what a study found is told by `versus report DIR --text`" if study else _ALONE
        raise ConfigurationError(
            f"compare: expected two or more models; got {len(models)} ({hint})"
        )
    recipe = Recipe(
        optimizer=optimizer,
        learning_rate=learning_rate,
        batch_size=batch_size,
        epochs=epochs,
        from_logits=from_logits,
    )
    pictures = data_or_name(data, loading)
    study = compare_models(models, pictures, recipe, seeds).with_changes(budget=budget)
    run_and_show(study, out, json=json, jobs=jobs)
