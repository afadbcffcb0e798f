"""StudyRuns: the runs of a study that have ended, as they lie in its folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from versus.results.contract import Damage, Store
from versus.results.opening import Opening
from versus.results.record import RunRecord
from versus.results.study_record import StudyRecord
from versus.results.view import read_history

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class StudyRuns:
    """The runs of a study that have ended.

    Attributes:
        study: what the study was.
        records: of every run of its variants and seeds that has ended: finished, failed, diverged.
        store: where the files of the runs are.
        damaged: runs that are here and cannot be read; nothing is said of them.
        openings: of a sealed test set.
        untested: runs that finished after the test set was opened; nothing is said of them.
    """

    study: StudyRecord
    records: tuple[RunRecord, ...]
    store: Store
    damaged: tuple[Damage, ...] = ()
    openings: tuple[Opening, ...] = ()
    untested: tuple[RunRecord, ...] = ()

    @property
    def folder(self) -> Path:
        """DIR of the study."""
        return self.store.root

    @property
    def judged_on(self) -> str:
        """The split that runs are judged on: "test", or "validation" while test is sealed."""
        opened = any(opening.finished for opening in self.openings)
        return "test" if opened or self.study.protocol["test"] == "open" else "validation"

    def finished(self, variant: str) -> list[RunRecord]:
        """Return the finished runs of a variant, by seed."""
        chosen = (r for r in self.records if r.variant == variant and r.status == "finished")
        return sorted(chosen, key=lambda record: record.seed)

    @property
    def failed(self) -> list[RunRecord]:
        """The runs that failed."""
        return [record for record in self.records if record.status == "failed"]

    @property
    def diverged(self) -> list[RunRecord]:
        """The runs whose loss was no number any more; no verdict is about them."""
        return [record for record in self.records if record.status == "diverged"]

    def histories(self, variant: str) -> "dict[int, pd.DataFrame]":
        """Return the learning curve of each finished run of a variant, by seed."""
        return {r.seed: read_history(self.store, r) for r in self.finished(variant)}
