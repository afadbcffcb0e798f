"""Execution: the missing runs of a study, shared with every other command that makes them too."""

import time
from collections import Counter, deque
from typing import Any

from versus.errors import ResultsError
from versus.filesystem.locks import Lock
from versus.results.contract import Store
from versus.studies.observer import Observer
from versus.studies.plan import Plan, PlannedRun, Records
from versus.studies.processes.executor import Died, Executor, Task
from versus.studies.trial import failed_trial
from versus.studies.watching.reporting import clear_progress
from versus.studies.work import Unwritten

# A run whose process died is made so many times in all, each going on from its last save.
ATTEMPTS = 3
# Between two looks at runs that others make; in seconds, doubled up to the second.
SHORTEST, LONGEST = 0.05, 1.0


class Execution:
    """Takes one missing run after the other, and sees each to its record.

    Only the holder of a run's lock makes it. What another command holds is passed over; at the
    end its record is read, or, if that command died without one, the run is made here.
    """

    def __init__(self, store: Store, plan: Plan, observer: Observer, earlier: Records) -> None:
        """Nothing starts before `run`.

        Args:
            store: of the study.
            plan: settled.
            observer: is told of each step.
            earlier: what was there of each missing run when the plan was settled (a failed run,
                say): anything else has been made by others since.
        """
        self._store, self._plan, self._observer = store, plan, observer
        self._runs, self._earlier = plan.missing, earlier
        self._waiting = deque(range(len(self._runs)))
        self._elsewhere: list[int] = []
        self._claims: dict[int, Lock] = {}
        self._deaths: Counter[int] = Counter()

    def run(self, executor: Executor) -> None:
        """Return once every run has its record.

        Raises:
            ResultsError: a run cannot be written.
        """
        self._observer.study_started(self._plan)
        try:
            while self._waiting:
                for number, outcome in executor.map(self._take, self._tell):
                    self._take_in(number, outcome)
                self._wait_for_others()
        finally:
            self._observer.study_ended()

    def release(self) -> None:
        """Give back every run; once no process that makes one is left."""
        while self._claims:
            self._claims.popitem()[1].release()

    def _take(self) -> Task | None:
        """Return the next run that nobody else makes, None if there is none."""
        while self._waiting:
            number = self._waiting.popleft()
            if number not in self._claims and not self._claim(number):
                continue
            return Task(number, self._claims[number].descriptor)
        return None

    def _claim(self, number: int) -> bool:
        if self._is_made(number):
            return False
        run = self._runs[number]
        claim = self._store.claim(run.variant.name, run.seed)
        if claim is None:
            self._elsewhere.append(number)
            return False
        # Another command may have made it, and let go of it, between the two.
        if self._is_made(number):
            claim.release()
            return False
        self._claims[number] = claim
        return True

    def _is_made(self, number: int) -> bool:
        """Say, to the observer too, whether another command has made a run since the plan."""
        key = _key(self._runs[number])
        record = self._store.read(*key)
        if record is None or record == self._earlier[key]:
            return False
        self._observer.run_made_elsewhere(record)
        return True

    def _tell(self, event: str, number: int, *arguments: Any) -> None:
        getattr(self._observer, event)(self._runs[number], *arguments)

    def _take_in(self, number: int, outcome: Any) -> None:
        """Write what has to be written of an outcome, and give the run back."""
        run = self._runs[number]
        if isinstance(outcome, Died):
            self._deaths[number] += 1
            if self._deaths[number] < ATTEMPTS:
                self._observer.run_retried(run, outcome.reason, self._deaths[number] + 1)
                self._waiting.appendleft(number)
                return
            reason = f"{outcome.reason} (the last of {ATTEMPTS} attempts)"
            outcome = self._store.write(*failed_trial(run, reason))
        elif isinstance(outcome, ResultsError):
            raise outcome
        elif isinstance(outcome, Unwritten):
            outcome = self._store.write(outcome.record, outcome.files)
        clear_progress(self._store, outcome.variant, outcome.seed)
        self._claims.pop(number).release()
        self._observer.run_ended(outcome)

    def _wait_for_others(self) -> None:
        """Wait until one of the runs that others make is theirs no more."""
        said, pause = False, SHORTEST
        while self._elsewhere and not self._waiting:
            holders = {n: self._store.claimed_by(*_key(self._runs[n])) for n in self._elsewhere}
            self._waiting.extend(n for n in self._elsewhere if holders[n] is None)
            self._elsewhere = [n for n in self._elsewhere if holders[n] is not None]
            if self._waiting:
                return
            if not said:
                named = {_key(self._runs[n]): who or "" for n, who in holders.items()}
                self._observer.waiting_for_others(named)
                said = True
            time.sleep(pause)
            pause = min(2 * pause, LONGEST)


def _key(run: PlannedRun) -> tuple[str, int]:
    return run.variant.name, run.seed
