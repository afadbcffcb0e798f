"""Every erratum of the documents: found where it is printed, and not where it is corrected."""

from pathlib import Path

import pytest
from errata import ERRATA, table
from lint_examples import checked

PAGE = Path(__file__).parents[2] / "docs" / "lint" / "errata.md"
SEEN = [number for number, erratum in ERRATA.items() if erratum.codes]


@pytest.mark.parametrize("number", SEEN)
def test_as_printed(number, tmp_path):
    erratum = ERRATA[number]
    assert set(erratum.codes) <= set(checked(erratum.kind, erratum.printed, tmp_path).codes)


@pytest.mark.parametrize("number", SEEN)
def test_as_corrected(number, tmp_path):
    erratum = ERRATA[number]
    found = checked(erratum.kind, erratum.corrected, tmp_path)
    assert not set(erratum.codes) & set(found.codes)
    assert not found.of("error")


def test_the_page_is_this_table():
    assert PAGE.read_text() == table()


def test_every_erratum_of_the_documents_is_there():
    counts = {"A": 5, "B": 2, "C": 4, "D": 6, "E": 3}
    assert list(ERRATA) == [f"{d}{n}" for d, most in counts.items() for n in range(1, most + 1)]
