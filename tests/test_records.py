"""The records: what their page says stands in their own files."""

import json
import re
import statistics
from pathlib import Path

import pytest

RECORDS = Path(__file__).parents[1] / "benchmarks" / "records"
PAGE = (RECORDS / "README.md").read_text()
COLUMNS = {
    3: "2026-11-21_fc-vs-cnn-3-seeds",
    4: "2026-11-21_fc-vs-cnn-7-seeds",
    5: "2026-11-21_fc-vs-cnn-3-seeds-engine",
}


@pytest.mark.parametrize(("column", "folder"), COLUMNS.items())
@pytest.mark.parametrize("variant", ["fc", "cnn-stride"])
@pytest.mark.parametrize("value", ["accuracy", "loss"])
def test_the_table_of_fc_vs_cnn(column, folder, variant, value):
    runs = json.loads((RECORDS / folder / "result.json").read_text())["runs"]
    found = [run[value] for run in runs if run["variant"] == variant]
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{variant}` test {value}"))
    cell = row.split("|")[column].strip()
    assert cell == f"{statistics.mean(found):.4f} ({statistics.stdev(found):.4f})"


PUBLISHED = {
    ("fc", "accuracy"): (0.8966, 0.01),
    ("fc", "loss"): (0.4014, 0.04),
    ("cnn-stride", "accuracy"): (0.9828, 0.004),
}


@pytest.mark.parametrize("folder", COLUMNS.values())
def test_every_run_lies_near_what_the_document_prints(folder):
    runs = json.loads((RECORDS / folder / "result.json").read_text())["runs"]
    for (variant, value), (printed, tolerance) in PUBLISHED.items():
        found = [run[value] for run in runs if run["variant"] == variant]
        assert all(abs(number - printed) <= tolerance for number in found)


def test_every_record_has_a_command_and_a_machine():
    for summary in RECORDS.glob("*/summary.md"):
        text = summary.read_text()
        assert re.search(r"^    (VERSUS_DATA=\S+ )?(versus|python) ", text, re.MULTILINE), summary
        assert "## Machine" in text, summary


def test_simulated_verdicts_keep_what_is_promised():
    """At most 5 % of studies with a false word, intervals that hold, each give or take two se."""
    folder = RECORDS / "2026-11-21_verdict-simulation"
    found = json.loads((folder / "results.json").read_text())
    rows = found["fixed"] + found["sequential"]
    assert sum(row["studies"] for row in rows) >= 2_000
    for row in rows:
        error = (0.05 * 0.95 / row["studies"]) ** 0.5
        assert row["any"] <= 0.05 + 2 * error, row["scenario"]
        assert row["held"] >= 0.95 - 2 * max(row["held_se"], error), row["scenario"]
    for row in found["power"] + found["equivalence"] + found["sequential_power"]:
        assert row["found"] == pytest.approx(row["planned"], abs=3 * row["se"] + 0.02)


def test_the_table_of_equal_pictures():
    folder = RECORDS / "2026-11-21_equal-pictures"
    page = (folder / "summary.md").read_text()
    for name in ("mnist", "fashion-mnist", "digits", "fashion-mnist-tops"):
        found = json.loads((folder / f"{name}.json").read_text())
        assert found["equal_pictures"] == []
        counts = found["counts"]
        assert f"| `{name}` | {counts['train']:,} | {counts['test']:,} | 0 | 0 | 0 |" in page


def test_the_table_of_drawn_digits():
    folder = RECORDS / "2026-11-21_drawn-digits"
    page = (folder / "summary.md").read_text()
    for manner, found in json.loads((folder / "found.json").read_text()).items():
        assert found["right"] == found["of"] - len(found["wrong"])
        assert re.search(rf"^\| {manner}:.* \| {found['right']} \|", page, re.MULTILINE)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_the_table_of_serving(number):
    folder = RECORDS / "2026-11-21_serving"
    found = json.loads((folder / f"{number}.json").read_text())
    cells = {
        "requests a second": f"{found['full_load']['requests_per_second']:,.0f}",
        "p99 at half load": f"{found['half_load']['p99_ms']:.1f}",
        "one picture in process": f"{found['in_process_1_ms']:.3f}",
        "batches of 256": f"{found['batches_of_256']['pictures_per_second']:,}",
        "memory at the start": f"{found['mebibytes_at_start']}",
    }
    for name, cell in cells.items():
        lines = (folder / "summary.md").read_text().splitlines()
        row = next(line for line in lines if line.startswith(f"| {name}"))
        assert cell in row.split("|")[number + 2], name
    assert found["full_load"]["failed"] == found["half_load"]["failed"] == 0
