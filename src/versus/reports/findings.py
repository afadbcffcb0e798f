"""What the lint says of a study, one entry a code, as the page shows it."""

import itertools
from dataclasses import dataclass

from versus.lint.check import Checked
from versus.lint.finding import Finding

MOST = 6
"""Places shown of one code: a page is read, `versus check` has them all."""


@dataclass(frozen=True)
class LintGroup:
    """All findings of one code and severity: what they have in common, and each place."""

    code: str
    severity: str
    title: str
    why: str
    mend: str
    places: tuple[Finding, ...]
    more: int


def lint_groups(checked: Checked) -> list[LintGroup]:
    """Return what the lint found, the gravest first."""
    groups = []
    for _, found in itertools.groupby(checked.findings, key=lambda f: (f.severity, f.code)):
        places = tuple(found)
        first = places[0]
        groups.append(
            LintGroup(
                first.code,
                first.severity,
                first.title,
                first.why,
                first.mend,
                places[:MOST],
                max(len(places) - MOST, 0),
            )
        )
    return groups
