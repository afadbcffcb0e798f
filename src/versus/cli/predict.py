"""`versus predict`: what a bundle says of picture files."""

import csv
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from versus.cli import screen
from versus.cli.options import JsonOption
from versus.cli.pictures import Picture, find_pictures
from versus.cli.printable import printable
from versus.errors import ConfigurationError, DataError

if TYPE_CHECKING:
    from versus.bundles.answering import Answer
    from versus.bundles.classifier import Classifier
    from versus.bundles.picture import Seen

BATCH = 64

BundleArgument = Annotated[
    Path,
    typer.Argument(metavar="BUNDLE", help="Folder that `versus export` wrote.", show_default=False),
]
ImagesArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="IMAGE...|DIR|-",
        help="Picture files, folders of them, or - for one picture on stdin.",
        show_default=False,
    ),
]
TopOption = Annotated[int, typer.Option("--top", metavar="N", help="So many classes each.")]
CsvOption = Annotated[bool, typer.Option("--csv", help="Print CSV instead of a table.")]
ShowOption = Annotated[
    Path | None,
    typer.Option("--show", metavar="DIR", help="Write what the model saw into this folder."),
]
AsIsOption = Annotated[
    bool,
    typer.Option("--as-is", help="The pictures are prepared already: only the size is checked."),
]


class Line(NamedTuple):
    """One picture and what is said of it."""

    name: str
    answer: "Answer"


def predict(
    bundle: BundleArgument,
    images: ImagesArgument,
    top: TopOption = 3,
    json: JsonOption = False,
    as_csv: CsvOption = False,
    show: ShowOption = None,
    as_is: AsIsOption = False,
) -> None:
    """Say what is on pictures, by the model of a bundle, prepared as its training data were.

    A picture that cannot be read is named on stderr and the others are answered, with exit code 1
    at the end; 2 means that nothing could be.
    """
    from versus.bundles.classifier import Classifier  # brings numpy and pillow
    from versus.bundles.reading import read_bundle

    if top < 1 or (json and as_csv):
        raise ConfigurationError(f"expected --top of 1 or more; got {top}" if top < 1 else _ONE)
    pictures = find_pictures(images)
    lines, failed = _answered(Classifier(read_bundle(bundle)), pictures, top, as_is=as_is)
    if show is not None:
        _write_seen(show, lines)
    if json:
        screen.print_json([{"file": line.name, **line.answer.to_dict()} for line in lines])
    elif as_csv:
        _print_csv(lines, top)
    elif lines:
        _print_table(lines)
    raise typer.Exit(0 if not failed else 1 if lines else 2)


_ONE = "expected --json or --csv; got both: give one of them"


def _answered(
    classifier: "Classifier", pictures: Iterable[Picture], top: int, *, as_is: bool
) -> tuple[list[Line], int]:
    """Return what is said of each picture that can be read, and how many cannot."""
    from versus.bundles.answering import answer

    lines: list[Line] = []
    waiting: list[tuple[str, Seen]] = []
    failed = 0

    def flush() -> None:
        answers = answer(classifier, [seen for _, seen in waiting], top)
        lines.extend(Line(name, one) for (name, _), one in zip(waiting, answers, strict=True))
        waiting.clear()

    for picture in pictures:
        try:
            waiting.append((picture.name, _seen(classifier, picture, as_is=as_is)))
        except DataError as error:
            failed += 1
            sys.stderr.write(f"versus: {printable(str(error))}\n")
        if len(waiting) == BATCH:
            flush()
    flush()
    return lines, failed


def _seen(classifier: "Classifier", picture: Picture, *, as_is: bool) -> "Seen":
    from versus.bundles.picture import prepare

    preparation = classifier.bundle.manifest.preparation
    return prepare(picture.read(), picture.name, preparation, as_is=as_is)


def _write_seen(folder: Path, lines: Iterable[Line]) -> None:
    """Write what the model saw of each picture as a PNG, in the order of the answers."""
    from versus.bundles.picture import png
    from versus.filesystem.atomic import write_file

    for number, line in enumerate(lines, start=1):
        stem = "".join(sign if sign.isalnum() else "-" for sign in Path(line.name).stem)[:60]
        try:
            write_file(folder / f"{number:04d}-{stem}.png", png(line.answer.seen.pixels))
        except OSError as cause:
            raise ConfigurationError(f"{folder}: cannot be written: {cause.strerror}") from cause


def _print_table(lines: Iterable[Line]) -> None:
    rows = [
        (
            line.name,
            ", ".join(f"{name} {value:.1%}" for name, value in line.answer.guesses) or "-",
            "; ".join(line.answer.seen.notes),
        )
        for line in lines
    ]
    if rows:
        screen.print_table(("picture", "classes", "notes"), rows)


def _print_csv(lines: Sequence[Line], top: int) -> None:
    top = min(top, max((len(line.answer.guesses) for line in lines), default=top))
    columns = [f"{kind}_{n}" for n in range(1, top + 1) for kind in ("class", "probability")]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["file", *columns, "notes"])
    for line in lines:
        cells: list[Any] = []
        for name, value in line.answer.guesses:
            cells += [_inert(name), value]
        cells += [""] * (2 * top - len(cells))
        writer.writerow([_inert(line.name), *cells, "; ".join(line.answer.seen.notes)])


def _inert(text: str) -> str:
    """Return text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "@", "\t", "\r") else text
