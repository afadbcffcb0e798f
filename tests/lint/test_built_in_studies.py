"""The built-in studies give no error, and no warning that nobody has defended."""

import json
from pathlib import Path

import pytest

from versus.errors import DataUnavailableError
from versus.library.catalogue import STUDIES, find_study
from versus.lint.check import check

GOLDEN = json.loads((Path(__file__).parent / "golden.json").read_text())


@pytest.mark.parametrize("name", STUDIES)
def test_a_built_in_study_says_what_was_defended(name, request):
    study = find_study(name)
    if study.data_name != "digits":
        request.getfixturevalue("real_data")
    try:
        found = check(study)
    except DataUnavailableError:
        pytest.skip(f"{study.data_name} is not on this machine")
    assert not found.unseen
    assert not found.of("error")
    told = {f"{f.code} {f.where}" for f in found.findings}
    assert told == set(GOLDEN[name])
    assert all(len(reason) > 40 for reason in GOLDEN[name].values())
    assert all(len(each.reason) > 20 for each in found.suppressed)


def test_nothing_is_defended_that_is_not_there():
    assert set(GOLDEN) - {"_"} == set(STUDIES)
