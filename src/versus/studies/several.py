"""Several observers as one."""

from collections.abc import Mapping
from pathlib import Path

from versus.results.contract import Damage
from versus.results.record import RunRecord
from versus.studies.observer import Observer
from versus.studies.plan import Plan, PlannedRun
from versus.training.beat import Beat


class Several(Observer):
    """Passes every step on to several observers, in their order."""

    def __init__(self, *observers: Observer) -> None:
        """Pass on to `observers`."""
        self._observers = observers

    def run_set_aside(self, damage: Damage, place: Path) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.run_set_aside(damage, place)

    def study_started(self, plan: Plan) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.study_started(plan)

    def run_started(self, run: PlannedRun) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.run_started(run)

    def epoch_ended(self, run: PlannedRun, epoch: int, values: Mapping[str, float]) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.epoch_ended(run, epoch, values)

    def progressed(self, run: PlannedRun, beat: Beat) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.progressed(run, beat)

    def run_ended(self, record: RunRecord) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.run_ended(record)

    def study_ended(self) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.study_ended()
