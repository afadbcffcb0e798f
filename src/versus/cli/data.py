"""`versus data`: which data sets there are, and what is in one."""

import io
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from versus.cli import prune_data, screen
from versus.cli.data_options import Loading, chosen_data, reads_data
from versus.cli.options import JsonOption

app = typer.Typer(help="List and inspect data sets.", no_args_is_help=True, rich_markup_mode=None)
app.command("prune", help=prune_data.prune.__doc__)(prune_data.prune)


@app.command("list")
def list_sets(json: JsonOption = False) -> None:
    """List the named data sets, and where each is found."""
    from versus.data import catalogue  # brings numpy
    from versus.data.named_sets import NAMED_SETS

    rows = []
    for name in catalogue.names():
        entry, place = NAMED_SETS.get(name), catalogue.find(name)
        rows.append(
            {
                "name": name,
                "description": entry.description if entry else "a folder of IDX files",
                "licence": entry.licence if entry else "",
                "found": str(place) if place else "",
            }
        )
    if json:
        screen.print_json(rows)
        return
    screen.print_table(
        ("data set", "what it is", "where"),
        [(row["name"], row["description"], row["found"] or "to be downloaded") for row in rows],
    )


@app.command("inspect")
@reads_data
def inspect(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A data set's name, or a path.")],
    grid: Annotated[
        Path | None, typer.Option("--grid", metavar="PNG", help="Where to put the sample grid.")
    ] = None,
    json: JsonOption = False,
    *,
    loading: Loading,
) -> None:
    """Show a data set: shapes, ranges, pictures a class, fingerprint, and a grid of samples."""
    # matplotlib is slow to import.
    from versus.data.description import describe
    from versus.studies.comparison import short_name

    dataset = chosen_data(name, loading)
    description = describe(dataset)
    target = None
    if dataset.input_shape[2] in (1, 3):
        target = grid or Path("versus-runs") / "data" / f"{short_name(name)}.png"
        _save_figure(dataset.plot(), target)
    if json:
        screen.print_json({**description.to_dict(), "grid": target and str(target)})
        return
    for split, arrays in description.splits.items():
        rows = {"images": arrays.images, "labels": arrays.labels}
        screen.print_table(
            (f"{dataset.name}, {split}", "dims", "shape", "dtype", "min", "max"),
            [
                (what, d.dims, " x ".join(map(str, d.shape)), d.dtype, d.min, d.max)
                for what, d in rows.items()
            ],
        )
    counts = dataset.frame()
    screen.print_table(
        ("class", *map(str, counts.columns)),
        [(label, *(f"{count:,}" for count in row)) for label, row in counts.iterrows()],
    )
    screen.print_facts(
        {
            "first label": f"{description.first_label}, one-hot {list(description.first_one_hot)}",
            "source": dataset.source,
            "fingerprint": dataset.fingerprint,
            "samples": target or "not drawn: neither grey nor colour",
        }
    )


@app.command("duplicates")
@reads_data
def duplicates(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A data set's name, or a path.")],
    json: JsonOption = False,
    *,
    loading: Loading,
) -> None:
    """Find pictures that are equal byte for byte, in one split or in two; exit code 1 if any."""
    from versus.data.equal_pictures import find_equal_pictures  # brings numpy

    dataset = chosen_data(name, loading)
    found = find_equal_pictures(dataset)
    if json:
        facts = {"name": dataset.name, "fingerprint": dataset.fingerprint}
        counts = {split: len(pictures) for split, pictures in dataset.splits.items()}
        equal = [each.to_dict() for each in found]
        screen.print_json({**facts, "counts": counts, "equal_pictures": equal})
    else:
        for equal in found:
            sys.stdout.write(f"{equal.sentence()}\n")
        if found:
            rows = [
                (e.a, one, e.b, other, *_labels(dataset, e.a, one), *_labels(dataset, e.b, other))
                for e in found
                for one, other in e.examples
            ]
            columns = ("split", "row", "split", "row", "label", "label")
            screen.print_table(columns, rows)
        else:
            sys.stdout.write(f"{dataset.name}: no two pictures are equal, in no split\n")
    raise typer.Exit(1 if found else 0)


def _labels(dataset: Any, split: str, row: int) -> tuple[str]:
    return (dataset.classes[dataset.splits[split].labels[row]],)


def _save_figure(figure: Any, path: Path) -> None:
    # Only needed here: lists start sooner.
    from versus.errors import ResultsError
    from versus.filesystem.atomic import write_file

    try:
        picture = io.BytesIO()
        figure.savefig(picture, format="png", dpi=120)
        write_file(path, picture.getvalue())
    except OSError as cause:
        raise ResultsError(f"{path}: {cause.strerror or cause}: choose another --grid") from cause
