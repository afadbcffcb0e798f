"""Everything that a study can be written as beside its page: Markdown, files, text, an index."""

import html
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from markdown_it import MarkdownIt
from PIL import Image

from versus.cli.main import run_command
from versus.errors import ResultsError
from versus.figures.sparkline import BLOCKS, sparkline
from versus.reports.figure_files import study_figures, write_figures
from versus.reports.index import index_row, write_index
from versus.reports.markdown import escaped, markdown
from versus.reports.page import write_report
from versus.reports.terminal import curve_lines, matrix_lines
from versus.studies.study import Study, Variant

ERRORS = {"fc": (9, 8, 12), "cnn": (3, 5, 4)}
EVIL = "<b>|*x*|</b> [a](http://b) `c` _d_ # e\n- f"


@pytest.fixture
def result(study_folder):
    return study_folder.make(ERRORS)


def test_markdown_says_what_the_page_says(result):
    text = markdown(result)
    html = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    assert html.count("<table>") == 2
    (cells,) = [line for line in text.splitlines() if line.startswith("| cnn against fc")]
    verdict = result.verdicts[0]
    assert f"**{verdict.word}**" in cells
    difference = f"{100 * verdict.mean_difference:+.1f}"
    assert difference in cells
    assert "```sh\nversus run by-hand\n```" in text


def test_markdown_shows_names_as_they_are(study_folder):
    result = study_folder.make(
        ERRORS, classes=[EVIL, "dog", "hen"], question=EVIL, failed={("cnn", 3): EVIL},
        seeds=[0, 1, 2, 3], command="echo '```' && rm -rf x",
    )  # fmt: skip
    html = MarkdownIt("gfm-like", {"linkify": False}).render(markdown(result))
    for tag in ("<b>", "<em>x", "<a ", "<code>c", "<h1"):
        assert tag not in html
    assert html.count("<table>") == 2
    assert "echo '```' &amp;&amp; rm -rf x" in html
    shown = MarkdownIt().renderInline(escaped(EVIL))
    assert "".join(ET.fromstring(f"<p>{shown}</p>").itertext()) == " ".join(EVIL.split())


def test_figures_are_written_beside_their_numbers(result, tmp_path):
    paths = write_figures(result, tmp_path / "png")
    names = {path.stem for path in paths}
    assert names == {
        "paired-differences", "seeds", "curve-loss", "curve-accuracy", "cost-parameters",
        "cost-multiply-adds", "cost-seconds", "calibration", "confusion-0-fc", "confusion-1-cnn",
    }  # fmt: skip
    for path in paths:
        if path.suffix == ".png":
            with Image.open(path) as picture:
                assert picture.width == round(3.5 * 300)
    seeds = pd.read_csv(tmp_path / "png" / "seeds.csv")
    assert seeds["value"].tolist() == pytest.approx(
        [100 * (1 - e / 60) for name in ("fc", "cnn") for e in ERRORS[name]]
    )
    cells = pd.read_csv(tmp_path / "png" / "confusion-0-fc.csv")
    wrong = cells.loc[cells["true"] != cells["predicted"], "count"].sum()
    assert wrong == sum(ERRORS["fc"])
    pairs = pd.read_csv(tmp_path / "png" / "paired-differences.csv")
    assert pairs["difference"].tolist() == pytest.approx([10, 5, 100 * 8 / 60])


@pytest.mark.parametrize(
    ("form", "start"), [("svg", b"<?xml"), ("pdf", b"%PDF"), ("png", b"\x89P")]
)
def test_the_same_numbers_give_the_same_figure(result, tmp_path, form, start):
    first, again = (
        {
            path.name: path.read_bytes()
            for path in write_figures(result, tmp_path / place, form, 7.2)
        }
        for place in "ab"
    )
    assert first == again
    assert all(data.startswith(start) for name, data in first.items() if name.endswith(form))


def test_a_study_without_runs_has_no_figures(study_folder, tmp_path):
    result = study_folder.make({"fc": (None,)}, seeds=[0])
    assert study_figures(result) == []
    (tmp_path / "file").write_text("")
    result = study_folder.make({"fc": (3,)}, seeds=[0])
    with pytest.raises(ResultsError, match="choose another --out"):
        write_figures(result, tmp_path / "file")


def test_sparklines():
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == BLOCKS
    assert sparkline([5.0, 5.0]) == BLOCKS[0] * 2
    assert sparkline([0.0, float("nan"), 7.0]) == f"{BLOCKS[0]}\u00b7{BLOCKS[-1]}"
    assert sparkline([float("inf")]) == "\u00b7"
    assert sparkline([]) == ""
    long = sparkline(np.arange(1000))
    assert (len(long), long[0], long[-1]) == (40, BLOCKS[0], BLOCKS[-1])
    assert sparkline([1.0, 2.0], low=0.0, high=2.0) == BLOCKS[4] + BLOCKS[-1]


def test_text_holds_curves_and_matrices(result):
    rows = curve_lines(result)
    assert [row[:2] for row in rows[:2]] == [("fc", "validation loss"), ("cnn", "validation loss")]
    assert len(rows) == 8
    lines = matrix_lines(result)["fc"]
    assert lines[0].split() == ["cat", "dog", "hen"]
    numbers = [[0 if cell == "·" else int(cell) for cell in line.split()[1:]] for line in lines[1:]]
    total = sum(np.array(r.judged()["confusion"]) for r in result.finished("fc"))
    assert numbers == total.tolist()


def test_text_says_what_failed(study_folder, capsys):
    made = study_folder.make({"a": (3, 4), "b": (None, 5)}, failed={("b", 0): "no memory"})
    assert run_command(["report", str(made.folder), "--text"]) == 0
    assert "b, seed 0, failed: no memory" in capsys.readouterr().out


def test_the_index_has_a_row_a_study(result, tmp_path):
    row = index_row(result, "./x")
    assert (row.best, row.runs, row.word) == ("cnn", "6 of 6", result.verdicts[0].word)
    assert row.accuracy is not None
    assert float(row.accuracy.mean) == pytest.approx(100 * row.accuracy_key, abs=0.005)
    path = write_index([(result, write_report(result))], tmp_path / "pages" / "index.html")
    text = path.read_text()
    assert 'href="./../by-hand/report.html"' in text


def test_the_command_writes_all_of_them(result, tmp_path, capsys):
    folder = str(result.folder)
    assert run_command(["report", folder, folder, "--out", str(tmp_path / "all.html")]) == 0
    pages = [f"{folder}/report.html", str(tmp_path / "all.html")]
    assert capsys.readouterr().out.split() == pages, "given twice, written once"
    assert run_command(["report", folder, "--markdown", "--json"]) == 2
    assert "got --markdown and --json" in capsys.readouterr().err
    assert run_command(["report", folder, "--markdown"]) == 0
    assert capsys.readouterr().out == markdown(result)
    assert run_command(["report", folder, "--text"]) == 0
    assert "validation loss" in capsys.readouterr().out
    assert run_command(["figures", folder, "--format", "svg", "--out", str(tmp_path / "f")]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert ET.fromstring(Path(first).read_text()).tag.endswith("svg")
    assert run_command(["report", str(tmp_path)]) == 2


def test_a_notebook_shows_study_run_and_verdict(study_folder):
    result = study_folder.make({EVIL: (9, 8), "cnn": (3, 5)}, question=EVIL)
    verdict, record = result.verdicts[0], result.finished("cnn")[1]
    study = Study(question=EVIL, data="digits", variants=[Variant("fc"), Variant("cnn-pool")])
    for shown in (result, verdict, record, study):
        text = shown._repr_html_()
        assert "<b>" not in text
        ET.fromstring(f"<div>{text}</div>")
    assert html.escape(verdict.reason) in result._repr_html_()
    assert f"<strong>{html.escape(verdict.word)}" in verdict._repr_html_()
    accuracy = f"<td>{record.judged()['accuracy']:.4f}</td>"
    assert accuracy in record._repr_html_()
    both = result.frame().loc["cnn", "accuracy_mean"]
    assert f"<td>{both:.4f}</td>" in result._repr_html_()
