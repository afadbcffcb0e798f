"""Arguments and options that several commands share."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from versus.cli import screen
from versus.cli.data_options import Loading, data_or_name
from versus.device import VARIABLE, choose_device
from versus.errors import ConfigurationError, VersusError

if TYPE_CHECKING:
    from versus.studies.study import Study


def _use_weights(context: typer.Context, weights: str | None) -> str | None:
    """Tell this process, and those it starts, where pretrained weights come from."""
    if weights is not None:
        if weights != "random" and not Path(weights).is_file():
            raise ConfigurationError(
                f"--weights: expected a file, or random; there is no file {weights}"
            )
        before = os.environ.get("VERSUS_WEIGHTS", "")
        # A run's process may be another one, so it cannot be an argument of a builder.
        path = weights if weights == "random" else str(Path(weights).resolve())
        os.environ["VERSUS_WEIGHTS"] = path
        context.call_on_close(lambda: os.environ.update(VERSUS_WEIGHTS=before))
    return weights


def _checked(jobs: int | None) -> int | None:
    """Refuse a number of jobs that is none, before anything is loaded or trained."""
    from versus.studies.processes.jobs import check_jobs  # lists and help do without

    check_jobs(jobs)
    return jobs


def _use_device(context: typer.Context, device: str | None) -> str | None:
    """Tell this process, before it imports Keras, and those it starts, what computes."""
    if device is not None:
        names = (VARIABLE, "KERAS_TORCH_DEVICE", "CUDA_VISIBLE_DEVICES")
        before = {name: os.environ[name] for name in names if name in os.environ}

        def restore() -> None:
            for name in names:
                os.environ.pop(name, None)
            os.environ.update(before)

        context.call_on_close(restore)
        try:
            choose_device(device)
            if "versus.backend" in sys.modules:  # a program that calls several commands
                sys.modules["versus.backend"].check_device(os.environ[VARIABLE])
        except VersusError:  # a context that is not entered is not closed either
            restore()
            raise
    return device


DataOption = Annotated[
    str | None,
    typer.Option("--data", metavar="NAME", help="Data set: a name (versus data list) or a path."),
]
SeedsOption = Annotated[
    int | None, typer.Option("--seeds", metavar="N", help="Train with seeds 0 to N-1.")
]
EpochsOption = Annotated[
    int | None, typer.Option("--epochs", metavar="N", help="Epochs of every variant.")
]
BudgetOption = Annotated[
    str | None,
    typer.Option(
        "--budget",
        metavar="KIND=AMOUNT",
        help="The same for every variant: epochs=20, seconds=60 or multiply-adds=1e12.",
    ),
]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Folder of the results.")
]
JobsOption = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        metavar="N",
        envvar="VERSUS_JOBS",
        callback=_checked,
        help="Runs at once, each in a process of its own; one per core where not given.",
    ),
]
MaxSeedsOption = Annotated[
    int | None,
    typer.Option("--max-seeds", metavar="N", help="At most N seeds, with --until-decided."),
]
DeviceOption = Annotated[
    str | None,
    typer.Option(
        "--device",
        metavar="DEVICE",
        callback=_use_device,
        help="cpu (where not given), cuda, cuda:N, or auto: a card if there is one.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
BatchSizeOption = Annotated[
    int, typer.Option("--batch-size", metavar="N", help="Pictures a training step.")
]
OptimizerOption = Annotated[
    str, typer.Option("--optimizer", metavar="NAME", help="A Keras optimizer by name.")
]
LearningRateOption = Annotated[
    float | None,
    typer.Option("--learning-rate", metavar="RATE", help="Keras's default where not given."),
]
FromLogitsOption = Annotated[
    bool, typer.Option("--from-logits", help="The models end without softmax.")
]
WeightsOption = Annotated[
    str | None,
    typer.Option(
        "--weights",
        metavar="FILE",
        callback=_use_weights,
        help="Weights of a pretrained network, where Keras cannot fetch them; or: random.",
    ),
]
EmbeddedDataOption = Annotated[
    str, typer.Option("--data", metavar="NAME", help="Data set: a name or a path.")
]
ModelArgument = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="A built-in name, file.py:function, package.module:function, or a .keras file.",
        show_default=False,
    ),
]
StudyArgument = Annotated[
    str,
    typer.Argument(
        metavar="STUDY", help="A built-in study, or a file.py with a `study`.", show_default=False
    ),
]
FolderArgument = Annotated[
    Path, typer.Argument(metavar="DIR", help="Folder of a study's results.", show_default=False)
]
RunArgument = Annotated[
    Path, typer.Argument(metavar="RUN", help="A run: DIR/VARIANT/SEED.", show_default=False)
]
VariantsOption = Annotated[
    str | None, typer.Option("--variants", metavar="A,B", help="Only these variants of the study.")
]


def chosen_study(
    study: str,
    data: str | None,
    seeds: int | None,
    epochs: int | None,
    variants: str | None,
    budget: str | None,
    loading: Loading,
) -> "Study":
    """Return the study of a name or a file, with what the options change.

    Raises:
        VersusError: there is no such study, or it cannot have that.
    """
    # These bring numpy and pydantic.
    from versus.library.catalogue import find_study

    with screen.user_code():
        given = find_study(study)
    names = None if variants is None else [name.strip() for name in variants.split(",")]
    if loading and data is None and not isinstance(given.data, str):
        raise ConfigurationError(
            f"study '{given.name}' holds its pictures itself: say how they are read in its file, "
            "or give others with --data"
        )
    wanted = data if data is not None else given.data
    chosen = data_or_name(wanted, loading) if isinstance(wanted, str) else None
    return given.with_changes(
        data=chosen, seeds=seeds, epochs=epochs, variants=names, budget=budget
    )
