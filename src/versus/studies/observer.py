"""Observer: what wants to know how a study goes. Its methods do nothing unless overridden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from versus.evaluation.looks import Looks
    from versus.evaluation.verdict import Verdict
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

    def one_at_a_time(self, reason: str) -> None:
        """Runs cannot go on side by side, for a reason; they are made one after the other."""

    def run_retried(self, run: PlannedRun, reason: str, attempt: int) -> None:
        """The process of a run died; the run goes on from its last save, for the attempt-th time.

        The first attempt was 1.
        """

    def waiting_for_others(self, runs: Mapping[tuple[str, int], str]) -> None:
        """All is done but what others make just now: who, in words, by variant and seed."""

    def run_made_elsewhere(self, record: RunRecord) -> None:
        """Another command has made a run that was missing when this one started."""

    def run_ended(self, record: RunRecord) -> None:
        """A run has ended, finished, failed or diverged, and its record is written."""

    def study_ended(self) -> None:
        """No run is left, or the study was interrupted."""

    def look_taken(self, looks: Looks, number: int, verdicts: Sequence[Verdict]) -> None:
        """A study that goes on until it is decided was judged, at the look counted from 0."""
