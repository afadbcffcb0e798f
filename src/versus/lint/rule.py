"""Rule: a code, what it says, and the functions that look for it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from versus.lint.finding import Finding, Severity
from versus.lint.subject import Subject


@dataclass(frozen=True)
class Found:
    """One occurrence.

    Attributes:
        where: the variant, seed, layer, or file and line.
        what: was found, with its numbers, as a sentence.
        severity: where it is not the rule's own.
        mend: where it is not the rule's own.
    """

    where: str
    what: str
    severity: Severity | None = None
    mend: str | None = None


@dataclass(frozen=True)
class Check:
    """A function that looks for a rule's fault in some parts of a Subject.

    Attributes:
        needs: names of those parts, which the function gets as its arguments, in this order.
            Where one of them is not there, the function is not called.
        function: yields each occurrence.
    """

    needs: tuple[str, ...]
    function: Callable[..., Iterable[Found]]

    def run(self, subject: Subject) -> Iterable[Found]:
        """Return every occurrence in `subject`."""
        parts: list[Any] = [getattr(subject, need) for need in self.needs]
        if any(part is None or part == () for part in parts):
            return ()
        return self.function(*parts)


@dataclass(frozen=True)
class Rule:
    """One code.

    Attributes:
        code: as "VS101": the hundreds are the family.
        title: in a few words.
        severity: of most occurrences.
        why: it matters, as a sentence.
        mend: what to do, as a sentence.
        checks: each looks in another kind of place.
    """

    code: str
    title: str
    severity: Severity
    why: str
    mend: str
    checks: tuple[Check, ...]

    def findings(self, subject: Subject) -> Iterable[Finding]:
        """Yield every Finding of this rule in `subject`."""
        for check in self.checks:
            for found in check.run(subject):
                yield Finding(
                    code=self.code,
                    severity=found.severity or self.severity,
                    title=self.title,
                    where=found.where,
                    what=found.what,
                    why=self.why,
                    mend=found.mend or self.mend,
                )
