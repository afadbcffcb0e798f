"""Findings of a study's records, and what is kept beside them of its pictures and its code."""

import re

from versus.lint.check import Checked, check_subject
from versus.lint.collect.results import FINDINGS, collect_records
from versus.lint.finding import Finding
from versus.lint.table import CODES
from versus.results.contract import Store
from versus.studies.result import StudyResult

__all__ = ["FINDINGS", "check_records", "keep_findings"]

LINE = re.compile(r".+\.py:\d+")
"""A place in code, as `Script.where` names it."""


def keep_findings(store: Store, checked: Checked) -> None:
    """Write what a report could not find again from records alone."""
    found = [*checked.findings, *(each.finding for each in checked.suppressed)]
    store.write_study_file(FINDINGS, [f.to_dict() for f in found if _not_in_records(f)])


def check_records(result: StudyResult) -> Checked:
    """Return what the records of a study say, and what was kept beside them; no Keras."""
    return check_subject(collect_records(result))


def _not_in_records(finding: Finding) -> bool:
    needs = {need for check in CODES[finding.code].checks for need in check.needs}
    return "pictures" in needs or ("script" in needs and bool(LINE.fullmatch(finding.where)))
