"""VS100: a suppressed code that no rule has."""

from collections.abc import Collection, Iterable

from versus.lint.rule import Check, Found, Rule
from versus.lint.subject import Design

CODE = "VS100"


def suppression_rule(others: Collection[str]) -> Rule:
    """Return the rule, which knows the codes of all `others`."""
    known = {CODE, *others}

    def unknown_codes(design: Design) -> Iterable[Found]:
        for code in design.suppress:
            if code not in known:
                yield Found(f"study {design.name}", f"it suppresses {code}, which no rule has")

    return Rule(
        CODE,
        "a suppressed code that does not exist",
        "warning",
        "Nothing is suppressed by it, and what was meant is still open.",
        "Correct the code in `Study(suppress=...)`; `versus check --explain` lists all.",
        (Check(("design",), unknown_codes),),
    )
