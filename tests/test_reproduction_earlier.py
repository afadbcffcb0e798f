"""Tables of sittings add up: rows of an earlier one, where no runs are left; and the table kept."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from test_library import few_pictures

from versus.cli.main import run_command
from versus.errors import ResultsError
from versus.library.reproduction.earlier import read_earlier, with_earlier
from versus.library.reproduction.measured import Measured
from versus.library.reproduction.reproduce import reproduce
from versus.library.reproduction.text import markdown, sitting, to_dict, write_reproduction
from versus.reports.printed_curves import write_curves
from versus.reports.reproduction import write_reproduction_page

KEPT = Path(__file__).parents[1] / "docs" / "reproduction"
COMMAND = "versus reproduce A <earlier>"


def short(study):
    """The study on noise, for one epoch."""
    return replace(study.with_changes(epochs=1), data=few_pictures(10))


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    """The table of three seeds of document A, in short form, whose runs are gone."""
    out = tmp_path_factory.mktemp("before")
    rows = reproduce(["A"], out / "runs", seeds=3, change=short)
    shutil.rmtree(out / "runs")
    return write_reproduction(rows, out, COMMAND)[1], rows


def test_a_table_survives_the_round_trip(before):
    path, rows = before
    table = read_earlier(path)
    assert table.command == COMMAND
    assert list(table.documents) == rows
    again = json.loads(json.dumps(to_dict(table.documents, COMMAND)))
    assert again == json.loads(path.read_text())


def test_a_table_of_before_there_were_sittings_is_read(before, tmp_path):
    path, rows = before
    content = json.loads(path.read_text())
    for row in (*content["documents"][0]["systems"], *content["documents"][0]["claims"]):
        del row["earlier"]
    old = tmp_path / "old.json"
    old.write_text(json.dumps(content))
    assert list(read_earlier(old).documents) == rows


def test_rows_stand_where_no_runs_are_left(before, tmp_path):
    path, (was,) = before
    (now,) = with_earlier(reproduce(["A"], tmp_path, run=False), read_earlier(path))
    assert [row.earlier for row in (*now.systems, *now.claims)] == [COMMAND] * 4
    assert [replace(row, earlier="") for row in now.systems] == list(was.systems)
    assert [replace(row, earlier="") for row in now.claims] == list(was.claims)
    assert now.errata == was.errata
    assert not tmp_path.joinpath("fc-vs-cnn").exists()
    # Taken over once more, a row keeps the sitting that measured it.
    again = replace(read_earlier(path), command="versus reproduce later", documents=(now,))
    (later,) = with_earlier(reproduce(["A"], tmp_path, run=False), again)
    assert later == now


def test_rows_of_runs_that_are_here_go_before(before, tmp_path):
    path, (was,) = before
    reproduce(["fc-vs-cnn"], tmp_path, seeds=3, change=short)
    here = reproduce(["A"], tmp_path, run=False, change=short)
    (now,) = with_earlier(here, read_earlier(path))
    fc, pool, stride = now.systems
    assert (fc.earlier, fc.accuracy) == ("", here[0].systems[0].accuracy)
    assert fc.corrected[0].effect == "not run"  # taken whole: not a mixture of two sittings
    assert (pool.earlier, pool.accuracy) == (COMMAND, was.systems[1].accuracy)
    assert (stride.earlier, stride.study) == ("", "fc-vs-cnn")
    (claim,) = now.claims
    assert (claim.earlier, claim) == ("", here[0].claims[0])
    assert claim.reasons


@pytest.mark.parametrize(("here", "there", "taken"), [(2, 3, True), (2, 2, False), (3, 8, False)])
def test_too_few_runs_give_way_to_more(before, here, there, taken):
    path, (was,) = before
    table = read_earlier(path)

    def with_runs(document, n):
        times = Measured(1.0, 0.0, n, dict.fromkeys(range(n), 1.0))
        return replace(document, systems=tuple(replace(s, seconds=times) for s in was.systems))

    table = replace(table, documents=(with_runs(was, there),))
    (now,) = with_earlier([with_runs(was, here)], table)
    assert [row.seconds.n for row in now.systems] == [there if taken else here] * 3
    assert {row.earlier for row in now.systems} == {COMMAND if taken else ""}


def test_documents_and_systems_may_be_lacking(before, tmp_path):
    path, (was,) = before
    table = replace(read_earlier(path), documents=(replace(was, systems=was.systems[:1]),))
    empty = reproduce(["A", "E"], tmp_path, run=False)
    a, e = with_earlier(empty, table)
    assert [bool(row.earlier) for row in a.systems] == [True, False, False]
    assert e == empty[1]
    assert with_earlier(empty, replace(table, documents=())) == empty


def test_every_form_says_which_sitting(before, tmp_path, capsys):
    path, _ = before
    out = tmp_path / "out"
    command = ["reproduce", "A", "--no-run", "--out", str(out), "--earlier", str(path)]
    assert run_command(command) == 0
    shown = " ".join(capsys.readouterr().out.split())
    said = f"Of an earlier sitting, `{COMMAND}`; its runs are not kept."
    assert f"fc, cnn-pool, cnn-stride, a conclusion: {said}" in shown
    assert shown.count(said) == 1
    text = (out / "reproduction.md").read_text()
    assert text.count(said) == 4
    assert "| A | `cnn-pool` | cannot be checked | 3 | the document builds it and never" in text
    assert text.count("; of an earlier sitting |") + text.count("| of an earlier sitting |") == 3
    page = (out / "reproduction.html").read_text()
    told = "Of an earlier sitting, <code>versus reproduce A &lt;earlier&gt;</code>; its runs"
    assert page.count(told) == 4
    assert page.count("of an earlier sitting</td>") == 3
    written = json.loads((out / "reproduction.json").read_text())
    assert [s["earlier"] for s in written["documents"][0]["systems"]] == [COMMAND] * 3
    assert written["documents"][0]["claims"][0]["earlier"] == COMMAND
    assert run_command([*command, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["documents"] == written["documents"]


def test_rows_of_this_sitting_say_nothing_of_sittings(tmp_path):
    rows = reproduce(["A"], tmp_path, run=False)
    assert {sitting(row) for row in (*rows[0].systems, *rows[0].claims)} == {""}
    assert "sitting" not in markdown(rows, "versus reproduce A")
    assert "sitting" not in write_reproduction_page(rows, tmp_path, "versus").read_text()


BAD = {
    "nothing": None,
    "text": "published",
    "list": "[]",
    "other": '{"runs": []}',
    "rows": '{"command": "x", "documents": [{"letter": "A"}]}',
    "word": None,
}


@pytest.mark.parametrize("kind", BAD)
def test_another_file_is_refused_in_a_line_before_anything_runs(before, tmp_path, capsys, kind):
    path = tmp_path / "file.json"
    if kind == "word":
        path.write_text(before[0].read_text().replace('"cannot be checked"', '"splendid"'))
    elif BAD[kind] is not None:
        path.write_text(BAD[kind])
    out = tmp_path / "out"
    assert run_command(["reproduce", "A", "--out", str(out), "--earlier", str(path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"versus: {path}: expected a reproduction.json")
    assert error.count("\n") == 1
    assert not out.exists()
    with pytest.raises(ResultsError):
        read_earlier(tmp_path)


@pytest.mark.parametrize("name", sorted(p.parent.name for p in KEPT.glob("*/study.json")))
def test_the_runs_that_are_kept_are_whole(name, capsys):
    assert run_command(["runs", "verify", str(KEPT / name)]) == 0
    assert " whole, " in capsys.readouterr().out
    assert not list((KEPT / name).rglob("*.keras"))


def test_the_table_that_is_kept_follows_from_them(tmp_path, monkeypatch, capsys):
    table, page = read_earlier(KEPT / "reproduction.json"), (KEPT / "README.md").read_text()
    pictures = write_curves(table.documents, tmp_path / "drawn")
    assert page == markdown(table.documents, table.command, pictures)
    drawn = {path.name for path in (tmp_path / "drawn" / "printed-curves").iterdir()}
    assert drawn == {path.name for path in (KEPT / "printed-curves").iterdir()}
    place = shutil.copytree(KEPT, tmp_path / "docs" / "reproduction")
    monkeypatch.chdir(tmp_path)
    assert run_command(table.command.split()[1:]) == 0, capsys.readouterr().err
    # To the digits that are shown: the last bits of an interval are the library's.
    again = read_earlier(place / "reproduction.json")
    assert markdown(again.documents, table.command, pictures) == page
