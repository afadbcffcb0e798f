"""A study's numbers without its models and predictions: small enough to keep beside source code.

Of each run its record, configuration, circumstances and learning curve are copied. The copy is
a study's folder like any other: its runs are finished, are never made again, and more can be
added. Only what needs a model or single predictions cannot be had from it.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from versus.errors import DamagedError, ResultsError
from versus.results.contract import RECORD, STUDY, Store
from versus.results.left_out import LEFT_OUT, left_out_bytes
from versus.results.opening import (
    OPENINGS,
    TEST_PREDICTIONS,
    TEST_RECORD,
    read_opened,
    read_openings,
)
from versus.results.prunable import WAIT
from versus.results.record import RunRecord
from versus.results.seal import seal
from versus.results.study_record import StudyRecord

__all__ = ["NUMBERS", "copy_numbers"]

# What is kept of a run beside its record.
NUMBERS = ("config.json", "environment.json", "data.json", "history.csv")


class _Copy(NamedTuple):
    """What is to be written of a run: everything, or of one that is there already its test."""

    record: RunRecord
    contents: dict[str, bytes]
    whole: bool


def copy_numbers(source: Store, target: Store) -> tuple[int, int]:
    """Copy what the runs of a study gave, without models and predictions.

    Runs that finished or diverged and are whole are copied, their records byte for byte; failed
    ones are not. Nothing is written unless all of it fits to what `target` holds.

    Args:
        source: of the study; nothing in it is changed.
        target: a new one, or one that holds runs of the same study.

    Returns:
        How many runs were copied, and how many were there already.

    Raises:
        ResultsError: there is no study in `source`; `target` holds another one, or another run in
            the place of one; somebody runs a study there; something is damaged, or cannot be
            written.
    """
    study = source.read_study()
    if study is None:
        raise ResultsError(f"{source.root}: no study here: expected a folder holding {STUDY}")
    with target.locked(wait=WAIT), target.at_work() as others:
        if others:
            raise ResultsError(
                f"{target.root}: another versus runs this study here: wait until it is done"
            )
        target.settle()
        found = _study_file(source, study, target)
        runs = [r for r in source.survey().records if r.status != "failed"]
        _check_same_models(target, runs)
        copies = [_copy(source, record, target) for record in runs]
        # Read after the runs and written before them: it must tell of every opening of theirs.
        found |= _openings_file(source, target)
        for name, content in found.items():
            target.write_study_file(name, content)
        for copy in copies:
            _write(target, copy)
    copied = sum(copy.whole for copy in copies)
    return copied, len(copies) - copied


def _study_file(source: Store, ours: StudyRecord, target: Store) -> dict[str, bytes]:
    """Return study.json as it is to be; nothing where it is that already.

    Raises:
        ResultsError: the target holds another study.
    """
    there = target.read_study()
    content = source.read_study_bytes(STUDY)
    if there is None:
        return {} if content is None else {STUDY: content}
    differing = _differences(there, ours)
    if differing:
        raise ResultsError(
            f"{target.root} holds another study than {source.root}: {differing[0]}: give another "
            "folder"
        )
    names = {variant.name for variant in there.variants}
    added = [variant for variant in ours.variants if variant.name not in names]
    seeds = sorted({*there.seeds, *ours.seeds})
    grown = seeds != sorted(there.seeds)
    if not added and not grown:
        return {}
    if content and seeds == sorted(ours.seeds) and len(names) + len(added) == len(ours.variants):
        return {STUDY: content}
    # As where more seeds are asked for in one folder: that is told beside the verdict.
    marked = [*there.extended, len(there.seeds)] if grown and not there.looks else there.extended
    whole = {"variants": [*there.variants, *added], "seeds": seeds, "extended": marked}
    return {STUDY: seal(ours.model_copy(update=whole).to_dict())}


def _differences(there: StudyRecord, ours: StudyRecord) -> list[str]:
    """Return in what two studies are not the same, a phrase each; either may have more variants."""
    pairs = [
        ("name", there.name, ours.name),
        ("question", there.question, ours.question),
        ("data fingerprint", there.data.fingerprint, ours.data.fingerprint),
        *_by_key("protocol", there.protocol, ours.protocol),
        ("endpoint", there.endpoint, ours.endpoint),
        ("margin", there.margin, ours.margin),
        ("looks", there.looks and there.looks.seeds, ours.looks and ours.looks.seeds),
    ]
    recipes = {variant.name: variant.recipe for variant in there.variants}
    for variant in ours.variants:
        pairs += _by_key(variant.name, recipes.get(variant.name, variant.recipe), variant.recipe)
    return [f"{name} {one}, not {other}" for name, one, other in pairs if one != other]


def _by_key(
    name: str, there: dict[str, Any], ours: dict[str, Any]
) -> Iterator[tuple[str, Any, Any]]:
    for key in {**there, **ours}:
        yield f"{name}.{key}", there.get(key), ours.get(key)


def _check_same_models(target: Store, runs: Iterable[RunRecord]) -> None:
    """Raise ResultsError where a variant of the same name is another model in the target."""
    there = {r.variant: r for r in target.survey(files=False).records if r.status != "failed"}
    for run in runs:
        other = there.get(run.variant, run)
        if other.config.architecture_sha256 != run.config.architecture_sha256:
            raise ResultsError(
                f"{target.run_folder(other.variant, other.seed)}: is a run of another model than "
                f"the {run.variant} to be copied: give another folder"
            )


def _copy(source: Store, record: RunRecord, target: Store) -> _Copy:
    """Return what is to be written of a run.

    Raises:
        ResultsError: the target has another run in its place, or something is damaged.
    """
    folder = f"{record.variant}/{record.seed}"
    raw = source.read_study_bytes(f"{folder}/{RECORD}")
    opened = read_opened(source, record) and source.read_study_bytes(f"{folder}/{TEST_RECORD}")
    test = {} if opened is None else {TEST_RECORD: opened}
    if raw is None:
        raise DamagedError(f"{source.root / folder / RECORD}: it was here just now and is gone")
    there = target.read(record.variant, record.seed)
    if there is not None and there.status != "failed":
        if there != record:
            raise ResultsError(
                f"{target.root / folder}: holds another run than {source.root / folder}: their "
                "records differ; give another folder"
            )
        return _Copy(record, _lacking(target, there, test), whole=False)
    kept = {name: source.read_file(record, name) for name in NUMBERS if source.keeps(record, name)}
    left = {*(record.files.keys() - kept.keys()), *([TEST_PREDICTIONS] if test else [])}
    return _Copy(record, {**kept, LEFT_OUT: left_out_bytes(left), **test, RECORD: raw}, whole=True)


def _lacking(target: Store, there: RunRecord, test: dict[str, bytes]) -> dict[str, bytes]:
    """Return what a run that was copied before lacks: what it gave on a test set opened since."""
    name = f"{there.variant}/{there.seed}/{TEST_RECORD}"
    before = target.read_study_bytes(name)
    if not test or before == test[TEST_RECORD]:
        return {}
    if before is not None:
        raise ResultsError(f"{target.root / name}: tells of another test than the run to be copied")
    left = left_out_bytes(target.left_out(there) | {TEST_PREDICTIONS})
    return {LEFT_OUT: left, **test}


def _openings_file(source: Store, target: Store) -> dict[str, bytes]:
    """Return openings.json as it is to be; nothing where the target tells as many.

    Raises:
        ResultsError: the target tells of other openings.
    """
    ours, there = read_openings(source), read_openings(target)
    for one, other in zip(ours, there, strict=False):
        if (one.number, one.started) != (other.number, other.started):
            raise ResultsError(
                f"{target.root / OPENINGS}: tells of an opening of {other.started}, "
                f"{source.root / OPENINGS} of one of {one.started}: give another folder"
            )
    data = source.read_study_bytes(OPENINGS)
    return {OPENINGS: data} if data is not None and len(ours) >= len(there) else {}


def _write(target: Store, copy: _Copy) -> None:
    record = copy.record
    if copy.whole:
        target.write_copy(record, copy.contents)
        return
    for name, content in copy.contents.items():
        target.write_study_file(f"{record.variant}/{record.seed}/{name}", content)
