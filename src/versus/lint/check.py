"""`check`: every rule that applies, over a study, its results, a run, a model or a script."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from versus.errors import ConfigurationError
from versus.lint.finding import SEVERITIES, Finding
from versus.lint.subject import Subject
from versus.lint.table import RULES

if TYPE_CHECKING:
    import pandas as pd

    from versus.data.dataset import Images


@dataclass(frozen=True)
class Suppressed:
    """A finding that the study does not want to hear of, and its reason."""

    finding: Finding
    reason: str


@dataclass(frozen=True, eq=False)
class Checked:
    """What the lint found.

    Attributes:
        name: what was checked.
        findings: the gravest first, then by code and place.
        suppressed: by the study, each with its reason.
        unseen: what could not be looked at, one sentence each.
    """

    name: str
    findings: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...] = ()
    unseen: tuple[str, ...] = ()

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The codes found, each once, in the order of the findings."""
        return tuple(dict.fromkeys(finding.code for finding in self.findings))

    def of(self, severity: str) -> list[Finding]:
        """Return the findings of one severity."""
        return [finding for finding in self.findings if finding.severity == severity]

    def frame(self) -> pd.DataFrame:
        """Return a table of one row a finding: code, severity, title, where, what, why, mend."""
        import pandas as pd  # slow to import

        columns = list(Finding.model_fields)
        return pd.DataFrame([f.to_dict() for f in self.findings], columns=columns)

    def to_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return {
            "checked": self.name,
            "counts": {severity: len(self.of(severity)) for severity in SEVERITIES},
            "findings": [finding.to_dict() for finding in self.findings],
            "suppressed": [
                {"reason": each.reason, **each.finding.to_dict()} for each in self.suppressed
            ],
            "unseen": list(self.unseen),
        }

    def summary(self) -> str:
        """Return "1 error (VS101), 2 warnings (VS104, VS111)"; "no finding" where there is none."""
        parts = []
        for severity in SEVERITIES:
            found = self.of(severity)
            if found:
                codes = ", ".join(dict.fromkeys(finding.code for finding in found))
                parts.append(f"{len(found)} {severity}{'s'[: len(found) > 1]} ({codes})")
        return ", ".join(parts) or "no finding"

    def __repr__(self) -> str:
        return f"Checked({self.name!r}: {self.summary()})"


def check(
    what: Any,
    *,
    images: Images | None = None,
    select: Collection[str] = (),
    ignore: Collection[str] = (),
) -> Checked:
    """Apply every rule that can be applied to `what`; nothing is trained, no script is run.

    Args:
        what: a Study; a StudyResult; a Keras model; the path of a study's results, of one run in
            them, of a `.keras` file, or of a `.py` file, whose code is read and not run.
        images: uint8 `[n, height, width, channels]` to show a trained model, given by itself, so
            that units that answer none of them are found; those of a study are known.
        select: codes, or their beginnings ("VS3"), outside of which nothing is looked for.
        ignore: codes, or their beginnings, that are not looked for.

    Raises:
        VersusError: it cannot be read; or a code is none.
    """
    from versus.lint.collect.anything import collect  # brings what reading needs, so only here

    return check_subject(collect(what, images), select=select, ignore=ignore)


def check_subject(
    subject: Subject, *, select: Collection[str] = (), ignore: Collection[str] = ()
) -> Checked:
    """Apply every rule that can be applied to `subject`."""
    chosen = _chosen(select, ignore)
    found = [finding for rule in chosen for finding in rule.findings(subject)]
    seen = {(finding.code, finding.where) for finding in found}
    codes = {rule.code for rule in chosen}
    found += [f for f in subject.kept if f.code in codes and (f.code, f.where) not in seen]
    reasons = subject.design.suppress if subject.design else {}
    ordered = sorted_findings(found)
    return Checked(
        subject.name,
        tuple(finding for finding in ordered if finding.code not in reasons),
        tuple(Suppressed(f, reasons[f.code]) for f in ordered if f.code in reasons),
        subject.unseen,
    )


def sorted_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings, the gravest first, then by code and place."""
    return tuple(sorted(findings, key=_order))


def _order(finding: Finding) -> tuple[int, str, str]:
    return SEVERITIES.index(finding.severity), finding.code, finding.where


def _chosen(select: Collection[str], ignore: Collection[str]) -> list[Any]:
    for code in (*select, *ignore):
        if not any(rule.code.startswith(code) for rule in RULES) or not re.match("VS", code):
            raise ConfigurationError(
                f"expected codes such as VS101, or the beginning of some, such as VS3; got {code!r}"
            )
    wanted, unwanted = tuple(select) or ("VS",), tuple(ignore)
    return [
        rule
        for rule in RULES
        if rule.code.startswith(wanted) and not (unwanted and rule.code.startswith(unwanted))
    ]
