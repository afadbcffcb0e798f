"""Observer: what wants to know how a study goes. Its methods do nothing unless overridden."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from versus.results.contract import Damage
    from versus.results.record import RunRecord
    from versus.studies.plan import Plan, PlannedRun
    from versus.training.beat import Beat


class Observer:
    """Is told of each step of a study, in the process that runs the study."""

    def run_set_aside(self, damage: Damage, place: Path) -> None:
        """A run that is damaged was moved to `place`, and is made again."""

    def study_started(self, plan: Plan) -> None:
        """Everything is checked; the missing runs start now."""

    def run_started(self, run: PlannedRun) -> None:
        """A run starts."""

    def epoch_ended(self, run: PlannedRun, epoch: int, values: Mapping[str, float]) -> None:
        """An epoch (counted from 0) of a run has ended, with values under Keras's keys."""

    def progressed(self, run: PlannedRun, beat: Beat) -> None:
        """A run says where it is: when it starts, and then a few times a second."""

    def run_ended(self, record: RunRecord) -> None:
        """A run has ended, finished or failed, and its record is written."""

    def study_ended(self) -> None:
        """No run is left, or the study was interrupted."""
