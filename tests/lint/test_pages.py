"""Every code has its page, and the examples on it are true."""

import re
from pathlib import Path

import pytest
from lint_examples import blocks, checked

from versus.errors import UnknownNameError
from versus.lint.pages import heading, index, page
from versus.lint.table import CODES, FAMILIES, RULES

PAGES = Path(__file__).parents[2] / "docs" / "lint"


def test_every_code_has_its_page_and_every_page_its_code():
    written = {path.stem for path in PAGES.glob("VS*.md")}
    assert written == set(CODES)
    assert len(CODES) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_page_says_what_the_table_says(rule):
    text = page(rule.code)
    assert text.startswith(f"# {rule.code}: {rule.title}\n\n{heading(rule)}\n")
    for part in (rule.why, rule.mend):
        assert f"\n{part}\n" in text
    titles = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert titles == [
        *("Found", "Why it matters", "How to mend it"),
        *("An example", "The same, mended"),
    ]


@pytest.mark.parametrize("code", CODES)
def test_the_example_has_this_fault_alone(code, tmp_path):
    (kind, example), _ = blocks(page(code))
    assert checked(kind, example, tmp_path).codes == (code,)


@pytest.mark.parametrize("code", CODES)
def test_the_mended_example_has_none(code, tmp_path):
    _, (kind, mended) = blocks(page(code))
    assert checked(kind, mended, tmp_path).codes == ()


def test_the_index_is_the_tables():
    assert (PAGES / "README.md").read_text() == index()


def test_families_number_the_codes():
    assert all(rule.code[:3] in FAMILIES for rule in RULES)
    assert [rule.code for rule in RULES] == sorted(CODES)


def test_a_code_that_is_none_is_refused():
    with pytest.raises(UnknownNameError, match="no code is called 'VS999'"):
        page("VS999")
