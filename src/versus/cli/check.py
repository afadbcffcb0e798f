"""`versus check`: coded findings over a study, its results, a run, a model or a script."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from versus.cli import findings, screen
from versus.cli.data_options import Loading, chosen_data, reads_data
from versus.cli.options import JsonOption
from versus.errors import ConfigurationError, UnknownNameError

if TYPE_CHECKING:
    from versus.lint.subject import Subject
    from versus.studies.study import Study

WhatArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="STUDY|DIR|RUN|MODEL|FILE.py",
        help="A study, a folder of results or of one run in it, a model, or a script, whose code "
        "is read and never run.",
        show_default=False,
    ),
]
SelectOption = Annotated[
    str | None,
    typer.Option("--select", metavar="CODES", help="Only these: VS101,VS3 (VS3 is all of VS3..)."),
]
IgnoreOption = Annotated[
    str | None, typer.Option("--ignore", metavar="CODES", help="All but these.")
]
ExplainOption = Annotated[
    str | None, typer.Option("--explain", metavar="CODE", help="Print the page of a code.")
]
ListOption = Annotated[bool, typer.Option("--list", help="List every code.")]
ModelDataOption = Annotated[
    str | None,
    typer.Option(
        "--data",
        metavar="NAME",
        help="What a MODEL by itself is built for (digits); its train pictures are shown to a "
        ".keras file, to find units that answer none.",
        show_default=False,
    ),
]


@reads_data
def check(
    what: WhatArgument = None,
    select: SelectOption = None,
    ignore: IgnoreOption = None,
    explain: ExplainOption = None,
    list_codes: ListOption = False,
    data: ModelDataOption = None,
    json: JsonOption = False,
    *,
    loading: Loading,
) -> None:
    """Look for faults of design, data, models, training and code; exit code 1 if there are errors.

    A study file is imported, as `versus run` does; any other script is only read.
    """
    if explain is not None or list_codes:
        _explain(explain, json=json)
        return
    if what is None:
        raise ConfigurationError(
            "check: expected a STUDY, a folder of results or of a run, a MODEL or a file.py"
        )
    # These bring numpy and pydantic, which `versus --help` does without.
    from versus.lint.check import check_subject

    with screen.user_code():
        subject = _subject(what, data, loading)
    found = check_subject(subject, select=_codes(select), ignore=_codes(ignore))
    if json:
        screen.print_json(found.to_dict())
    else:
        findings.print_checked(found)
    raise typer.Exit(1 if found.of("error") else 0)


def _codes(text: str | None) -> list[str]:
    return [] if text is None else [code.strip().upper() for code in text.split(",")]


def _subject(what: str, data: str | None, loading: Loading) -> "Subject":
    """Return what `what` names; a study's name comes before a folder's.

    Raises:
        VersusError: it names nothing, or what it names cannot be read.
    """
    from versus.library.catalogue import STUDIES, find_study
    from versus.lint.collect.anything import collect
    from versus.lint.collect.script import collect_script, defines_study
    from versus.lint.collect.study import collect_study
    from versus.models.zoo import ZOO

    path = Path(what)
    if what in STUDIES:
        return collect_study(_read_so(find_study(what), loading))
    if path.suffix == ".py":
        subject = collect_script(path)
        if subject.script is None or not defines_study(subject.script):
            return subject
        return collect_study(_read_so(find_study(what), loading), source=what)
    if path.suffix == ".keras":
        return collect(path, None if data is None else chosen_data(data, loading).train.images)
    if path.is_dir():
        return collect(path)
    if what in ZOO or ":" in what:
        return _model(what, data or "digits", loading)
    known = [*STUDIES, *ZOO]
    hint = "a folder of results, a file.py, file.py:function or a .keras file may be given too"
    see = "versus study list` and `versus model list"
    raise UnknownNameError("study, model or folder", what, known, hint, see=see)


def _read_so(study: "Study", loading: Loading) -> "Study":
    """Return a study whose pictures are read as the options say."""
    if loading and isinstance(study.data, str):
        return study.with_changes(data=chosen_data(study.data, loading))
    return study


def _model(what: str, data: str, loading: Loading) -> "Subject":
    # Keras takes seconds to import.
    from versus.lint.collect.model import collect_model
    from versus.models.build import build

    pictures = chosen_data(data, loading)
    model = build(what, pictures.input_shape, len(pictures.classes))
    return collect_model(model, name=what)


def _explain(code: str | None, *, json: bool) -> None:
    from versus.lint.pages import page  # brings numpy and pydantic
    from versus.lint.table import RULES

    if code is not None:
        sys.stdout.write(page(code))
        return
    rows = [(rule.code, rule.severity, rule.title) for rule in RULES]
    if json:
        screen.print_json(
            [{"code": c, "severity": severity, "title": title} for c, severity, title in rows]
        )
        return
    screen.print_table(("code", "severity", "what it finds"), rows)
