"""Which run is shipped: the one that was named, or the best of its study on validation."""

from pathlib import Path
from typing import NamedTuple

from versus.errors import BundleError
from versus.results.contract import STUDY
from versus.results.record import RunRecord
from versus.studies.caveats import validated_on_test
from versus.studies.result import StudyResult, read_result


class Choice(NamedTuple):
    """A run with its study, and why it was taken."""

    result: StudyResult
    record: RunRecord
    reason: str


def choose(place: Path) -> Choice:
    """Return the run to ship.

    Args:
        place: DIR of a study, whose run with the lowest validation NLL is taken, or the folder of
            a run, DIR/VARIANT/SEED.

    Raises:
        BundleError: nothing there can be shipped, or the study was validated on its test set and
            no run was named.
        ResultsError: there is no study, or it cannot be read.
    """
    named = _run_of(place)
    if named is None:
        return _best(read_result(place))
    folder, variant, seed = named
    result = read_result(folder)
    for damage in result.damaged:
        if (damage.variant, damage.seed) == (variant, seed):
            raise BundleError(f"{place}: cannot be shipped: {damage.reason}")
    for record in (*result.records, *result.untested):
        if (record.variant, record.seed) == (variant, seed):
            if record.status != "finished":
                raise BundleError(f"{place}: cannot be shipped: the run {record.status}")
            return Choice(result, record, "it was named")
    raise BundleError(f"{place}: {folder / STUDY} knows no run {variant}/{seed}")


def _run_of(place: Path) -> tuple[Path, str, int] | None:
    """Return study, variant and seed of a run's folder; None where it is not one."""
    if (place / STUDY).is_file() or not place.name.isdecimal():
        return None
    folder = place.parent.parent
    return (folder, place.parent.name, int(place.name)) if (folder / STUDY).is_file() else None


def _best(result: StudyResult) -> Choice:
    """Return the finished run with the lowest validation NLL."""
    if validated_on_test(result.study):
        raise BundleError(
            f"{result.folder}: its validation pictures are its test pictures, so the best run "
            "would be chosen on the pictures that judge it: name one yourself, as "
            f"{result.folder / 'VARIANT' / 'SEED'}"
        )
    found = {
        (record.metrics["validation"]["nll"], record.variant, record.seed): record
        for record in (*result.records, *result.untested)
        if record.status == "finished"
        and record.metrics.get("validation", {}).get("nll") is not None
    }
    if not found:
        raise BundleError(
            f"{result.folder}: no finished run has an NLL on validation: there is nothing to ship"
        )
    (nll, *_), record = min(found.items())
    reason = f"validation NLL {nll:.4f}, the lowest of {len(found)} runs"
    return Choice(result, record, reason if len(found) > 1 else "it is the only run")
