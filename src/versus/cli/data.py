"""`versus data`: which data sets there are, and what is in one."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from versus.cli import prune_data, screen
from versus.cli.data_import import import_file
from versus.cli.data_options import Loading, chosen_data, reads_data
from versus.cli.drawing import check_drawing, keep_drawing, parse_form
from versus.cli.options import JsonOption

app = typer.Typer(help="List and inspect data sets.", no_args_is_help=True, rich_markup_mode=None)
app.command("import")(import_file)
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
    name: Annotated[
        str, typer.Argument(metavar="PATH|NAME", help="A folder or file, or a data set's name.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Write tables and pictures of them there."),
    ] = None,
    label_errors: Annotated[
        bool,
        typer.Option("--label-errors", help="Suspect wrong labels (trains; extra `labels`)."),
    ] = False,
    folds: Annotated[
        int, typer.Option("--folds", metavar="K", help="Models trained for --label-errors.")
    ] = 5,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Seed of these trainings.")] = 0,
    grid: Annotated[
        Path | None,
        typer.Option("--grid", metavar="FILE", help="A grid of samples, into an .svg or .png."),
    ] = None,
    grid_form: Annotated[
        str | None,
        typer.Option(
            "--grid-form",
            metavar="ROWSxCOLUMNS",
            help="Pictures in the grid, 4x10 say, of whatever class, the label over each.",
        ),
    ] = None,
    grid_seed: Annotated[
        int | None,
        typer.Option("--grid-seed", metavar="N", help="Draw the grid's pictures by this seed."),
    ] = None,
    json: JsonOption = False,
    *,
    loading: Loading,
) -> None:
    """Look a data set through: counts, repeated, odd and few pictures, suspected labels."""
    # numpy and pydantic take a while to import.
    from versus.cli.inspection import print_inspection
    from versus.data.description import describe
    from versus.data.inspection.kept import inspected

    if grid is not None:
        check_drawing(grid, "--grid")
    form = _grid_form(grid, grid_form, grid_seed)
    if label_errors:
        from versus.evaluation.label_errors import check_extra  # as above

        check_extra()
    dataset = chosen_data(name, loading)
    if grid is not None:
        keep_drawing(dataset.plot(**form), grid, "--grid")
    found = inspected(dataset)
    errors = _label_errors(dataset, folds, seed) if label_errors else None
    files: list[str] = []
    if out is not None:
        from versus.cli.inspection_files import write_inspection  # pandas and matplotlib

        files = [str(out / file) for file in write_inspection(dataset, found, errors, out)]
    if json:
        rest = {"label_errors": errors and errors.to_dict(), "grid": grid and str(grid)}
        told = [{"what": w.what, "mend": w.mend, "grave": w.grave} for w in found.warnings()]
        content = {**found.to_dict(), **describe(dataset).to_dict(), "warnings": told, **rest}
        screen.print_json({**content, "files": files})
        return
    print_inspection(dataset, found, errors, files)


def _grid_form(grid: Path | None, form: str | None, seed: int | None) -> dict[str, Any]:
    """Return what the grid's options say to `Dataset.plot`.

    Raises:
        ConfigurationError: the form is none, or there is to be no grid.
    """
    from versus.errors import ConfigurationError  # as above

    if grid is None and (form is not None or seed is not None):
        raise ConfigurationError(
            "--grid-form and --grid-seed say what --grid draws: expected --grid FILE.png too"
        )
    chosen: dict[str, Any] = {} if seed is None else {"seed": seed}
    if form is not None:
        chosen |= parse_form(form, "--grid-form")
    return chosen


def _label_errors(dataset: Any, folds: int, seed: int) -> Any:
    # Keras and torch take seconds to import.
    from versus.evaluation.label_errors import find_label_errors
    from versus.evaluation.out_of_fold import out_of_fold

    def ended(done: int, of: int) -> None:
        sys.stderr.write(f"out-of-fold predictions: {done} of {of} models\n")

    return find_label_errors(dataset, out_of_fold(dataset, folds=folds, seed=seed, ended=ended))


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
