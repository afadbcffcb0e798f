"""What the lint finds in a study, told and kept before the hours are spent on it."""

import sys

from versus.lint.check import check_subject
from versus.lint.collect.study import collect_plan
from versus.lint.kept import keep_findings
from versus.results.contract import Store
from versus.results.record import RunRecord
from versus.studies.observer import Observer
from versus.studies.plan import Plan
from versus.studies.study import Study

MOST = 10
"""Lines at most; `versus check` has the rest."""


class Told(Observer):
    """Knows of which runs the progress has told how they ended.

    Attributes:
        runs: variant and seed of each.
    """

    def __init__(self) -> None:
        """Nothing is told yet."""
        self.runs: set[tuple[str, int]] = set()

    def run_ended(self, record: RunRecord) -> None:
        """Keep the run."""
        self.runs.add((record.variant, record.seed))

    def run_made_elsewhere(self, record: RunRecord) -> None:
        """Keep the run."""
        self.run_ended(record)


class FindingsFirst(Observer):
    """Looks for errors and warnings once all else is checked, with the data and models of the plan.

    They are told if anything is to be trained.
    """

    def __init__(self, study: Study, store: Store, source: str = "") -> None:
        """Nothing is looked at yet.

        Args:
            study: the whole; a study in looks is started in parts.
            store: keeps what no record will show.
            source: the study's file, whose code is read too; "" for none.
        """
        self._study, self._store, self._source = study, store, source
        self._told = False

    def study_started(self, plan: Plan) -> None:
        """Keep what is found; write errors and warnings on stderr, one line each."""
        if self._told:
            return
        self._told = True
        found = check_subject(collect_plan(self._study, plan, source=self._source))
        keep_findings(self._store, found)
        told = [f for f in found.findings if f.severity != "note"] if plan.missing else []
        for finding in told[:MOST]:
            where = f"{finding.code} {finding.severity}: {finding.where}"
            sys.stderr.write(f"{where}: {finding.what}\n")
        if len(told) > MOST:
            sys.stderr.write(f"and {len(told) - MOST} more findings; see `versus check`\n")
