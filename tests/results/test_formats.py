"""Every format that was ever written opens for ever."""

import shutil
from pathlib import Path

import pytest

from versus.reports.page import write_report
from versus.results.seal import FORMAT
from versus.results.store import DirectoryStore
from versus.results.view import read_history, read_predictions
from versus.studies.result import read_result

# Written by `versus run` as it was at that time: the tiny data set, two recipes of one net and one
# variant whose process died, two seeds each. Never to be written anew.
FIXTURES = Path(__file__).parent / "fixtures"


def test_every_older_format_has_a_fixture():
    there = {int(path.name.removeprefix("format-")) for path in FIXTURES.iterdir()}
    assert there == set(range(1, FORMAT))


@pytest.mark.parametrize("form", range(1, FORMAT))
def test_an_older_format_opens(form, tmp_path):
    folder = shutil.copytree(FIXTURES / f"format-{form}", tmp_path / "study")
    result = read_result(folder)
    assert result.damaged == ()
    assert {record.format for record in result.records} == {form}
    assert [(r.variant, r.seed, r.status) for r in result.records] == [
        ("died", 0, "failed"),
        ("died", 1, "failed"),
        ("line", 0, "finished"),
        ("line", 1, "finished"),
        ("line-4", 0, "finished"),
        ("line-4", 1, "finished"),
    ]
    record = result.finished("line-4")[1]
    assert record.metrics["test"]["n"] == 48
    assert read_history(result.store, record).index.tolist() == [1, 2, 3, 4]
    classes = tuple(result.study.data.classes)
    found = read_predictions(result.store, record, "test", classes)
    assert found.correct.mean() == record.metrics["test"]["accuracy"]
    assert DirectoryStore(folder).survey(models=True).damaged == ()
    assert f"Does format {form} still open?" in write_report(result).read_text()


def test_a_failed_run_of_an_older_format_is_replaced_by_one_of_this(tmp_path):
    folder = shutil.copytree(FIXTURES / "format-1", tmp_path / "study")
    store = DirectoryStore(folder)
    failed = store.read("died", 0)
    assert failed is not None
    store.write(failed.model_copy(update={"status": "finished", "format": FORMAT}), {"a": b"b"})
    assert {r.format for r in store.records()} == {1, FORMAT}
