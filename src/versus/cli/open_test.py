"""`versus open-test`: a sealed test set is opened, once and on the record."""

import sys
from typing import Annotated, Any

import typer

from versus.cli import screen
from versus.cli.data_options import Loading, chosen_data, reads_data
from versus.cli.finish import show_result
from versus.cli.options import FolderArgument, JsonOption

StudyOption = Annotated[
    str | None,
    typer.Option(
        "--study", metavar="STUDY", help="The study, where its file holds the data or own layers."
    ),
]
DataOption = Annotated[
    str | None,
    typer.Option("--data", metavar="NAME", help="The data, where the study names no known set."),
]


@reads_data
def open_test(
    folder: FolderArgument,
    study: StudyOption = None,
    data: DataOption = None,
    json: JsonOption = False,
    *,
    loading: Loading,
) -> None:
    """Open the sealed test set of the study in DIR: measure each finished run on it, once.

    Each opening is recorded with its time in DIR/openings.json and told in every output.
    """
    # These bring Keras and torch, which take seconds; `versus --help` must not wait for them.
    from versus.studies.opening import open_test as open_sealed

    result = open_sealed(folder, study_data(study, data, loading), tell=_tell)
    show_result(result, json=json)


def study_data(study: str | None, data: str | None, loading: Loading | None = None) -> Any:
    """Return the data that were named, None for those that the study's record names.

    A name or a path by itself is to be read as that record says; with options, as these say.
    """
    from versus.library.catalogue import find_study

    given: Any = data
    if study is not None:
        with screen.user_code():
            found = find_study(study)  # its file also registers layers of its own
        given = given or found.data
    return chosen_data(given, loading) if isinstance(given, str) and loading else given


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
