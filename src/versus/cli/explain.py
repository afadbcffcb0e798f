"""`versus explain`: record what the model of a run looks at, and write the run's page."""

import sys
from typing import Annotated

import typer

from versus.cli.open_test import DataOption, StudyOption, study_data
from versus.cli.options import RunArgument


def explain(
    run: RunArgument,
    pictures: Annotated[
        int, typer.Option("--pictures", metavar="N", min=1, help="Wrong ones, and right ones.")
    ] = 6,
    study: StudyOption = None,
    data: DataOption = None,
) -> None:
    """Record filters, feature maps, occlusion and Grad-CAM of a run; write its page."""
    # Keras and torch take seconds to import.
    from versus.explain.explain import explain_run
    from versus.reports.run_page import find_place, write_run_report

    result, variant, seed = find_place(run)
    recorded = explain_run(result, variant, seed, study_data(study, data), each=pictures)
    sys.stdout.write(f"{recorded}\n{write_run_report(result, variant, seed)}\n")
