"""Finding: one thing that the lint found, and what to do about it."""

from typing import Literal

from versus.schema import Schema

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""The gravest first. An error makes numbers wrong; a warning makes a claim from them doubtful; a
note is worth knowing."""


class Finding(Schema):
    """One thing that the lint found.

    Attributes:
        code: as "VS101"; `versus check --explain VS101` says more.
        severity: "error", "warning" or "note".
        title: of the rule, in a few words.
        where: the variant, seed, layer, or file and line.
        what: was found, with its numbers, as a sentence.
        why: it matters.
        mend: what to do.
    """

    code: str
    severity: Severity
    title: str
    where: str
    what: str
    why: str
    mend: str
