"""Findings of a study's records, and those of its pictures, which a run keeps beside them."""

from collections.abc import Sequence
from typing import Any

from versus.errors import VersusError
from versus.lint.check import Checked, Suppressed, check_subject, sorted_findings
from versus.lint.collect.results import collect_records
from versus.lint.finding import Finding
from versus.lint.table import CODES
from versus.results.contract import Store
from versus.studies.result import StudyResult

FINDINGS = "findings.json"
"""DIR/findings.json: what was found before training, in what no record holds: the pictures."""


def keep_findings(store: Store, checked: Checked) -> None:
    """Write what a report could not find again from records alone."""
    found = [*checked.findings, *(each.finding for each in checked.suppressed)]
    store.write_study_file(FINDINGS, [f.to_dict() for f in found if _of_pictures(f.code)])


def check_records(result: StudyResult) -> Checked:
    """Return what the records of a study say, and what was kept of its pictures; no Keras."""
    checked = check_subject(collect_records(result))
    seen = {(finding.code, finding.where) for finding in checked.findings}
    kept = [f for f in _read(result.store) if (f.code, f.where) not in seen]
    reasons = result.study.suppress
    return Checked(
        checked.name,
        sorted_findings([*checked.findings, *(f for f in kept if f.code not in reasons)]),
        (*checked.suppressed, *(Suppressed(f, reasons[f.code]) for f in kept if f.code in reasons)),
    )


def _of_pictures(code: str) -> bool:
    return any("pictures" in check.needs for check in CODES[code].checks)


def _read(store: Store) -> Sequence[Finding]:
    try:
        content: Any = store.read_study_file(FINDINGS)
        return [Finding.from_dict(values) for values in content or ()]
    except (VersusError, TypeError):
        return ()  # of another version, or damaged: `versus check DIR` finds them anew
