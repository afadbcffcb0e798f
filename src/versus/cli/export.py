"""`versus export`: a run becomes a bundle that runs elsewhere."""

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from versus.cli import screen
from versus.cli.open_test import DataOption, StudyOption, study_data

PlaceArgument = Annotated[
    Path,
    typer.Argument(
        metavar="RUN|DIR",
        help="DIR/VARIANT/SEED of a run; or DIR: its run of the lowest validation NLL.",
        show_default=False,
    ),
]
OutOption = Annotated[
    Path, typer.Option("--out", metavar="BUNDLE", help="Folder of the bundle; a new one.")
]
NameOption = Annotated[
    str | None,
    typer.Option(
        "--name", metavar="NAME", help="Of the model; made from the folder's where not given."
    ),
]


def export(
    place: PlaceArgument,
    out: OutOption,
    name: NameOption = None,
    study: StudyOption = None,
    data: DataOption = None,
) -> None:
    """Write a bundle (ONNX, labels, preparation, card), proved to answer as measured.

    The proof: on 1,000 pictures or all there are, in batches of several sizes, every probability is
    within 1e-5 of the one recorded, or, where float32 itself rounds more in this model, within
    twice that and 1e-4 at the most. Where one is not, nothing is written.
    """
    # These bring Keras and torch, which take seconds; `versus --help` must not wait for them.
    from versus.export.bundle import export as write_bundle

    done = write_bundle(place, out, name=name, data=study_data(study, data), tell=_tell)
    size = sum(file.bytes for file in done.manifest.files.values())
    typed = shlex.quote(str(done.folder))
    facts: dict[str, Any] = {
        "bundle": done.folder,
        "model": f"{done.manifest.name}, {len(done.manifest.classes)} classes",
        "size": f"{size / 1e6:.1f} MB",
        "next": f"versus predict {typed} PICTURE; versus serve {typed}",
    }
    screen.print_facts(facts)


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
