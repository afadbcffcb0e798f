"""What the lint finds in a study, told before the hours are spent on it."""

import sys

from versus.lint.check import Checked
from versus.studies.observer import Observer
from versus.studies.plan import Plan

MOST = 10
"""Lines at most; `versus check` has the rest."""


class FindingsFirst(Observer):
    """Tells errors and warnings once everything else is checked, if anything is to be trained."""

    def __init__(self, checked: Checked) -> None:
        """Tell what `checked` holds."""
        self._checked = checked

    def study_started(self, plan: Plan) -> None:
        """Write errors and warnings on stderr, one line each."""
        told = [f for f in self._checked.findings if f.severity != "note"] if plan.missing else []
        for finding in told[:MOST]:
            where = f"{finding.code} {finding.severity}: {finding.where}"
            sys.stderr.write(f"{where}: {finding.what}\n")
        if len(told) > MOST:
            sys.stderr.write(f"and {len(told) - MOST} more findings; see `versus check`\n")
