"""`versus reproduce`: what the documents print beside what is measured here."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from versus.cli import screen
from versus.cli.finish import command_line
from versus.cli.options import JobsOption, JsonOption, SeedsOption, WeightsOption

ChosenArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[A|B|C|D|E|STUDY]...",
        help="Documents by their letters, or their studies; all where none is named.",
        show_default=False,
    ),
]
FolderOption = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Holds a folder of results for each study.")
]
NoRunOption = Annotated[
    bool, typer.Option("--no-run", help="Read the runs that are there; train nothing.")
]
EarlierOption = Annotated[
    Path | None,
    typer.Option(
        "--earlier",
        metavar="FILE",
        help="reproduction.json of an earlier sitting: its rows stand where no runs are left.",
    ),
]


def reproduce(
    chosen: ChosenArgument = None,
    seeds: SeedsOption = None,
    out: FolderOption = Path("versus-runs"),
    no_run: NoRunOption = False,
    earlier: EarlierOption = None,
    jobs: JobsOption = None,
    weights: WeightsOption = None,
    json: JsonOption = False,
) -> None:
    """Run the documents' studies, and lay published and measured numbers side by side."""
    del weights  # its option has seen to it
    # These bring numpy, and the runs Keras and torch.
    from versus.cli.reproduction_rows import print_document
    from versus.errors import ResultsError
    from versus.library.reproduction.earlier import read_earlier, with_earlier
    from versus.library.reproduction.reproduce import reproduce as run_and_compare
    from versus.library.reproduction.reproduce import with_what_is_there
    from versus.library.reproduction.text import to_dict, write_reproduction
    from versus.reports.printed_curves import write_curves
    from versus.reports.reproduction import write_reproduction_page
    from versus.studies.watching.progress import progress_on

    before = None if earlier is None else read_earlier(earlier)  # before hours of training
    observer = None if no_run else progress_on(sys.stderr)
    documents = run_and_compare(
        chosen or (), out, seeds=seeds, run=not no_run, jobs=jobs, observer=observer
    )
    whole = with_what_is_there(documents, out, seeds=seeds) if chosen else documents
    if before is not None:
        documents, whole = (with_earlier(rows, before) for rows in (documents, whole))
    command = command_line()
    try:
        pictures = write_curves(whole, out)
        paths = write_reproduction(whole, out, command, pictures)
        page = write_reproduction_page(whole, out, command)
    except OSError as cause:
        raise ResultsError(f"{out}: {cause.strerror or cause}: choose another --out") from cause
    if json:
        screen.print_json(to_dict(documents, command))
    else:
        for document in documents:
            print_document(document)
        others = f"{paths[1].name} and {page.name}"
        sys.stdout.write(f"\nWritten: {paths[0]}, {others}, with every seed and erratum\n")
    if not no_run and not any(system.seconds.n for d in documents for system in d.systems):
        raise typer.Exit(1)  # nothing that was asked for could be run; each row says why
