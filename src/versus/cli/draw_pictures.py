"""`versus pictures`: a grid of the pictures that a run classified wrongly, or rightly."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from versus.cli.drawing import check_drawing, keep_drawing, parse_form
from versus.cli.open_test import DataOption, StudyOption, study_data
from versus.cli.options import RunArgument

if TYPE_CHECKING:
    import pandas as pd


class Order(StrEnum):
    """Which pictures come first."""

    surest = "surest"
    unsurest = "unsurest"
    table = "table"


def draw_pictures(
    run: RunArgument,
    right: Annotated[
        bool, typer.Option("--right/--wrong", help="Those classified rightly, or wrongly.")
    ] = False,
    form: Annotated[
        str, typer.Option("--form", metavar="ROWSxCOLUMNS", help="Of the grid.")
    ] = "3x3",
    order: Annotated[
        Order, typer.Option("--order", help="By how sure the answers were, or as in the data.")
    ] = Order.table,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="An .svg or .png file; RUN/wrong.png or right.png where not given.",
        ),
    ] = None,
    study: StudyOption = None,
    data: DataOption = None,
) -> None:
    """Draw pictures that a run classified wrongly, or rightly: each class, and what was said."""
    path = out or run / f"{'right' if right else 'wrong'}.png"
    check_drawing(path, "--out")
    grid = parse_form(form, "--form")
    # Keras, pandas and matplotlib take seconds to import.
    from versus.evaluation.shown import draw_pictures as draw
    from versus.reports.run_page import find_place
    from versus.studies.predicted import run_predictions
    from versus.studies.saved_model import load_data

    result, variant, seed = find_place(run)
    loaded = load_data(result.study, study_data(study, data))
    found = _ordered(run_predictions(result, variant, seed), order)
    split = result.judged_on if result.judged_on in loaded.splits else "train"
    keep_drawing(draw(found, loaded, right=right, split=split, **grid), path, "--out")
    sys.stdout.write(f"{path}\n")


def _ordered(found: "pd.DataFrame", order: Order) -> "pd.DataFrame":
    """Return the predictions in the order they are shown in; of equally sure ones, by row."""
    from versus.evaluation.class_tables import classes_of  # brings numpy

    if order is Order.table:
        return found
    sure = found[classes_of(found)].max(axis=1)
    return found.loc[sure.sort_values(ascending=order is Order.unsurest, kind="stable").index]
