"""`versus runs`: what is in a folder of results, whether it is whole, what can go and be kept."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from versus.cli import screen
from versus.cli.options import FolderArgument, JsonOption, RunArgument
from versus.cli.run_facts import run_facts
from versus.errors import ResultsError, UnknownNameError

if TYPE_CHECKING:
    from versus.results.contract import Survey
    from versus.results.record import RunRecord
    from versus.results.store import DirectoryStore

app = typer.Typer(
    help="List, show, verify, copy and prune the runs in a folder.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

TargetArgument = Annotated[
    Path,
    typer.Argument(metavar="TO", help="Folder of the copy.", show_default=False),
]
YesOption = Annotated[bool, typer.Option("--yes", help="Remove it; without, only say what.")]


@app.command("list")
def list_runs(folder: FolderArgument, json: JsonOption = False) -> None:
    """List every run: status, epochs, accuracy; and what is damaged."""
    from versus.results.prunable import prunable  # brings pydantic

    store = _open(folder)
    survey = store.survey()
    if json:
        screen.print_json(
            {
                "runs": [_row(record) for record in survey.records],
                "damaged": _damaged(survey),
                "set_aside": [str(place) for place in store.set_asides()],
                "leftovers": [str(place) for place in store.leftovers()],
            }
        )
    else:
        columns = ("variant", "seed", "status", "epochs", "seconds", "split", "accuracy", "loss")
        rows = [[_shown(_row(record)[column]) for column in columns] for record in survey.records]
        lost = dict.fromkeys((damage.variant, damage.seed) for damage in survey.damaged)
        rows += [[*run, "damaged", "-", "-", "-", "-", "-"] for run in lost]
        screen.print_table(columns, rows)
        for what, places in prunable(store).items():
            if what != "failed":
                sys.stdout.write(f"{what}: {', '.join(map(str, places))}\n")
    raise typer.Exit(screen.print_damaged(survey.damaged))


@app.command("show")
def show(run: RunArgument, json: JsonOption = False) -> None:
    """Show one run: what made it, its metrics, its files."""
    from versus.results.contract import STUDY  # brings pydantic

    # absolute: in DIR/VARIANT, "0" alone names a run.
    place = run if len(run.parts) > 2 else run.absolute()
    if len(place.parts) < 3 or (run / STUDY).exists():
        raise ResultsError(f"{run}: expected a run, DIR/VARIANT/SEED; got another folder")
    variant, seed = place.parts[-2:]
    store = _open(place.parents[1])
    record = store.read(variant, int(seed)) if seed.isdecimal() else None
    if record is None:
        known = [f"{r.variant}/{r.seed}" for r in store.records()]
        raise UnknownNameError("run", f"{variant}/{seed}", known)
    faults = store.faults(record)
    left = [name for name in record.files if not faults and not store.keeps(record, name)]
    if json:
        screen.print_json({**record.to_dict(), "damaged": faults, "left_out": left})
    else:
        screen.print_facts(run_facts(record, store.run_folder(variant, record.seed), left))
    for fault in faults:
        sys.stderr.write(f"versus: {fault}\n")
    raise typer.Exit(1 if faults else 0)


@app.command("verify")
def verify(folder: FolderArgument, json: JsonOption = False) -> None:
    """Hold every checksum against its file; name what differs, with exit code 1."""
    from versus.studies.tested import opened_runs  # brings pydantic

    store = _open(folder)
    survey = store.survey(models=True)
    reasons = [damage.reason for damage in survey.damaged]
    try:
        store.read_study()
        reasons += [damage.reason for damage in opened_runs(store, survey.records).damaged]
    except ResultsError as error:
        reasons.append(str(error))
    left = sum(not store.keeps(record, name) for record in survey.records for name in record.files)
    files = sum(len(record.files) + 1 for record in survey.records) - left
    if json:
        whole = [f"{record.variant}/{record.seed}" for record in survey.records]
        screen.print_json({"whole": whole, "files": files, "left_out": left, "damaged": reasons})
    else:
        lacking = f", {left} left out of this copy" if left else ""
        sys.stdout.write(f"{_plural(len(survey.records), 'run')} whole, {files} files{lacking}\n")
    for reason in reasons:
        sys.stderr.write(f"versus: {reason}\n")
    raise typer.Exit(1 if reasons else 0)


@app.command("numbers")
def numbers(folder: FolderArgument, to: TargetArgument, json: JsonOption = False) -> None:
    """Copy the runs' records and curves without models and predictions, to keep beside code.

    The copy can be listed, compared and continued like the study itself; called again, it adds
    the runs that are new.
    """
    from versus.results.numbers import copy_numbers  # these bring pydantic
    from versus.results.store import DirectoryStore

    store = _open(folder)
    if to.resolve().is_relative_to(folder.resolve()):
        raise ResultsError(f"{to}: expected a folder for the copy; got one in the study's own")
    if to.exists() and not to.is_dir():
        raise ResultsError(f"{to}: expected a folder for the copy; got a file: name another")
    copied, there = copy_numbers(store, DirectoryStore(to))
    size = sum(path.stat().st_size for path in to.rglob("*") if path.is_file())
    if json:
        found = {"copied": copied, "there": there, "folder": str(to), "bytes": size}
        screen.print_json(found)
    else:
        said = f"{_plural(copied, 'run')} copied, {there} there already"
        sys.stdout.write(f"{said}: {to}, {size / 1024:,.0f} KiB\n")
    raise typer.Exit(screen.print_damaged(store.survey().damaged))


@app.command("prune")
def prune(folder: FolderArgument, yes: YesOption = False, json: JsonOption = False) -> None:
    """Remove failed runs, leftovers of killed processes, and what was set aside as damaged.

    What another command works on just now is left.
    """
    from versus.results import prunable  # brings pydantic

    store = _open(folder)
    found = prunable.prune(store) if yes else prunable.prunable(store)
    if json:
        places = {what: [str(place) for place in there] for what, there in found.items()}
        screen.print_json({"removed": yes, **places})
        return
    for what, places in found.items():
        for place in places:
            sys.stdout.write(f"{what}: {place}\n")
    count = _plural(sum(map(len, found.values())), "item")
    said = f"{count} removed" if yes else f"{count} to remove: repeat with --yes"
    sys.stdout.write(f"{said if found else 'nothing to remove'}\n")


def _open(folder: Path) -> "DirectoryStore":
    """Return the store in `folder`.

    Raises:
        ResultsError: it holds neither a study nor a run.
    """
    from versus.results.contract import STUDY  # these bring pydantic
    from versus.results.store import DirectoryStore

    store = DirectoryStore(folder)
    survey = store.survey(files=False)
    if not (folder / STUDY).exists() and not survey.records and not survey.damaged:
        raise ResultsError(
            f"{folder}: no study here: expected a folder holding {STUDY}, "
            "as `versus run` and `versus compare` write it"
        )
    return store


def _row(record: "RunRecord") -> dict[str, Any]:
    """Return one run in short, ready for JSON."""
    judged = record.judged()
    return {
        "variant": record.variant,
        "seed": record.seed,
        "status": record.status,
        "epochs": record.epochs,
        "seconds": record.seconds,
        "split": "test" if "test" in record.metrics else "validation" if judged else None,
        "accuracy": judged.get("accuracy"),
        "loss": judged.get("loss"),
        "error": record.error,
    }


def _shown(value: object) -> object:
    return screen.number(value, ".4f") if value is None or isinstance(value, float) else value


def _damaged(survey: "Survey") -> list[dict[str, str]]:
    return [{"run": f"{d.variant}/{d.seed}", "reason": d.reason} for d in survey.damaged]


def _plural(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
