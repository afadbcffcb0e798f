"""Runs with what an opened test set said of them: who counts, and who is not tested yet."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from versus.errors import DamagedError
from versus.evaluation.intervals import mean_sd
from versus.evaluation.verdict import HIGHER_IS_BETTER
from versus.results.contract import Damage, Store
from versus.results.opening import OPENINGS, OpenedTest, Opening, read_opened, read_openings
from versus.results.record import RunRecord
from versus.studies.runs import StudyRuns


class OpenedRuns(NamedTuple):
    """The runs of a study after its test set was opened.

    Attributes:
        records: failed runs, and finished ones with their test metrics; as they were where no
            opening has finished.
        untested: finished runs without, while others have them: mixing the two would compare
            test with validation.
        damaged: runs whose test record cannot be trusted.
        openings: every one, in order.
    """

    records: tuple[RunRecord, ...]
    untested: tuple[RunRecord, ...]
    damaged: tuple[Damage, ...]
    openings: tuple[Opening, ...]


def opened_runs(store: Store, records: Sequence[RunRecord]) -> OpenedRuns:
    """Return the runs with what finished openings said of them.

    Raises:
        DamagedError: a run was tested in an opening that the list of openings does not tell.
    """
    openings = read_openings(store)
    opened: dict[int, OpenedTest] = {}
    damaged: list[Damage] = []
    for place, record in enumerate(records):
        try:
            found = read_opened(store, record) if _may_be_opened(record) else None
        except DamagedError as error:
            damaged.append(Damage(record.variant, record.seed, str(error)))
            continue
        if found is not None:
            opened[place] = found
    _check_told(store, openings, opened.values())
    finished = {opening.number for opening in openings if opening.finished}
    if not finished:
        return OpenedRuns(tuple(records), (), tuple(damaged), openings)
    counted: list[RunRecord] = []
    untested: list[RunRecord] = []
    for place, record in enumerate(records):
        test = opened.get(place)
        if test is not None and test.opening in finished:
            metrics = {**record.metrics, "test": test.metrics}
            counted.append(record.model_copy(update={"metrics": metrics}))
        else:
            (untested if record.status == "finished" else counted).append(record)
    return OpenedRuns(tuple(counted), tuple(untested), tuple(damaged), openings)


def chosen_on_validation(runs: StudyRuns) -> str | None:
    """Return the variant that is best on validation; None unless a sealed test set was opened."""
    if not runs.openings or runs.judged_on != "test" or len(runs.study.variants) < 2:
        return None
    endpoint = runs.study.endpoint
    means = {
        v.name: mean_sd(r.metrics["validation"].get(endpoint) for r in found).mean
        for v in runs.study.variants
        if (found := runs.finished(v.name))
    }
    known = {name: mean for name, mean in means.items() if mean is not None}
    best = max if HIGHER_IS_BETTER[endpoint] else min  # pyright: ignore[reportArgumentType]
    return best(known, key=lambda name: known[name], default=None)


def _may_be_opened(record: RunRecord) -> bool:
    return record.status == "finished" and record.config.protocol.get("test") == "sealed"


def _check_told(store: Store, openings: Sequence[Opening], opened: Iterable[OpenedTest]) -> None:
    told = {opening.number for opening in openings}
    for test in opened:
        if test.opening not in told:
            raise DamagedError(
                f"{store.root / OPENINGS}: damaged: it does not tell of opening {test.opening}, in "
                f"which {test.variant}/{test.seed} was tested: put a copy of it back"
            )
