"""The page of each code: found, where, why, how to mend, and an example of each."""

from pathlib import Path

from versus.errors import UnknownNameError
from versus.lint.rule import Rule
from versus.lint.table import CODES, FAMILIES, RULES

# In an installed package the pages lie beside this file, in a checkout among the documentation.
PLACES = (Path(__file__).parent / "pages", Path(__file__).parents[3] / "docs" / "lint")

# What a check of these parts is, in words.
LOOKS_AT = {
    "design": "studies",
    "candidates": "models",
    "pictures": "data",
    "runs": "records",
    "verdicts": "records",
    "activity": "trained models",
    "script": "code",
}


def page(code: str) -> str:
    """Return the page of a code, as Markdown.

    Raises:
        UnknownNameError: no rule has this code.
    """
    wanted = code.upper()
    if wanted not in CODES:
        raise UnknownNameError("code", code, CODES, see="versus check --list")
    return next(place / f"{wanted}.md" for place in PLACES if place.is_dir()).read_text("utf-8")


def looks_at(rule: Rule) -> list[str]:
    """Return what a rule looks at, in words, each once."""
    return list(dict.fromkeys(LOOKS_AT[need] for check in rule.checks for need in check.needs))


def heading(rule: Rule) -> str:
    """Return the line under a page's title."""
    *others, last = looks_at(rule)
    places = f"{', '.join(others)} and {last}" if others else last
    return f"**{rule.severity.capitalize()}**, where nothing else is said; looks at {places}."


def index() -> str:
    """Return the index of all pages, as Markdown."""
    lines = [
        "# The lint's codes",
        "",
        "What `versus check STUDY|DIR|RUN|MODEL|file.py` looks for. An **error** makes numbers "
        "wrong; a **warning** makes a claim from them doubtful; a **note** is worth knowing. "
        "`versus check` ends with exit code 1 if it finds errors. A study suppresses a code with "
        '`Study(..., suppress={"VS104": "the reason"})`; its report prints the reason. '
        "`versus check --explain VS101` prints a page. Which of the documents' errata each code "
        "finds stands in [errata.md](errata.md).",
    ]
    for prefix, family in FAMILIES.items():
        lines += ["", f"## {prefix}xx: {family}", "", "| code | | what it finds | looks at |"]
        lines += ["|---|---|---|---|"]
        lines += [
            f"| [{rule.code}]({rule.code}.md) | {rule.severity} | {rule.title} | "
            f"{', '.join(looks_at(rule))} |"
            for rule in RULES
            if rule.code.startswith(prefix)
        ]
    return "\n".join(lines) + "\n"
