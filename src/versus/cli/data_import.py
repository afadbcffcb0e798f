"""`versus data import`: pictures and labels out of one `.npy` file, as a folder of IDX files."""

from pathlib import Path
from typing import Annotated

import typer

from versus.cli import screen
from versus.cli.options import JsonOption


def import_file(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="An .npy of features and target.", show_default=False),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", metavar="DIR", help="Where to put the data set.", show_default=False),
    ],
    allow_pickle: Annotated[
        bool,
        typer.Option(
            "--allow-pickle", help="Read arrays out of a pickle, which is refused without."
        ),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Write the pictures of FILE, split 90/5/5 into train, test and validation, into DIR.

    `--data DIR` then takes them with that split: the same rows whenever FILE is the same.

    An .npy that holds a dict holds a pickle, a program that may do anything when it is read. With
    --allow-pickle nothing of it is run: only arrays, lists and dicts are read out of it.
    """
    from versus.data.features_file import read_features  # brings numpy
    from versus.data.idx_writing import write_folder
    from versus.data.pickle_stand_ins import few

    dataset = read_features(file, allow_pickle=allow_pickle)
    write_folder(out, dataset)
    counts = {name: len(split) for name, split in dataset.splits.items()}
    if json:
        screen.print_json(
            {"folder": str(out), "counts": counts, "fingerprint": dataset.fingerprint}
        )
        return
    facts: dict[str, object] = {
        "folder": out,
        "pictures": ", ".join(f"{count:,} {name}" for name, count in counts.items()),
        "classes": few(dataset.classes, 20),
        "fingerprint": dataset.fingerprint,
    }
    screen.print_facts(facts)
