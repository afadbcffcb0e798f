"""What the options of own pictures say reaches every command, 0 too."""

import pytest
from data.own_pictures import image_folder

from versus.bundles.reading import read_bundle
from versus.cli.main import run_command


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    monkeypatch.setenv("VERSUS_CACHE", str(tmp_path / "cache"))
    return image_folder(tmp_path / "my pictures")


def test_no_validation_is_an_answer_too(pictures, capsys):
    assert run_command(["data", "inspect", str(pictures), "--json"]) == 0
    assert '"validation"' in capsys.readouterr().out
    assert run_command(["data", "inspect", str(pictures), "--val-fraction", "0", "--json"]) == 0
    assert '"validation"' not in capsys.readouterr().out


def test_a_test_of_nothing_is_refused(pictures, capsys):
    assert run_command(["data", "inspect", str(pictures), "--test-fraction", "0"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_one_group_a_class_cannot_be_split(pictures, capsys):
    names = "|".join(sorted(path.name for path in pictures.iterdir()))
    assert run_command(["data", "inspect", str(pictures), "--group", f"({names})"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "--group" in line


STUDY = """
import versus

study = versus.Study(
    name="own",
    question="?",
    data={path!r},
    variants=[versus.Variant("fc"), versus.Variant("cnn-pool")],
    seeds=6,
)
"""


def test_a_study_is_checked_on_pictures_read_as_asked(pictures, tmp_path, capsys):
    file = tmp_path / "study.py"
    file.write_text(STUDY.format(path=str(pictures)))
    run_command(["check", str(file), "--size", "8x8", "--test-fraction", "0"])
    assert "test" in capsys.readouterr().err  # the option was looked at, and refused


SEALED = """
import versus

study = versus.Study(
    name="own",
    question="?",
    data=versus.load({path!r}, size="10x12", invert="yes", fit="stretch"),
    variants=[versus.Variant("fc", recipe=versus.Recipe(epochs=1))],
    protocol=versus.Protocol(test="sealed"),
    seeds=1,
)
"""


def test_what_pictures_were_read_with_goes_all_the_way(pictures, tmp_path, capsys, monkeypatch):
    """Trained, moved, opened, reported and exported: read alike everywhere, none said again."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.py").write_text(SEALED.format(path=str(pictures)))
    assert run_command(["run", "study.py", "--jobs", "1", "--out", "out"]) == 0
    moved = pictures.rename(tmp_path / "moved")
    assert run_command(["open-test", "out"]) == 2
    assert run_command(["open-test", "out", "--data", str(moved)]) == 0
    assert run_command(["export", "out", "--out", "bundle", "--data", str(moved)]) == 0
    kept = read_bundle(tmp_path / "bundle").manifest.preparation
    assert (kept.height, kept.width, kept.invert, kept.fit) == (10, 12, "always", "stretch")
    assert run_command(["report", "out"]) == 0
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Read as" in page
    assert "fit stretch" in page
    capsys.readouterr()
    assert run_command(["report", "out", "--markdown"]) == 0
    assert "- Pictures: " in capsys.readouterr().out


def test_a_page_of_a_run_is_not_printed(tmp_path, capsys):
    (tmp_path / "out" / "fc" / "0").mkdir(parents=True)
    (tmp_path / "out" / "fc" / "0" / "record.json").write_text("{}")
    assert run_command(["report", str(tmp_path / "out"), "--markdown", "--out", "x.md"]) == 2
    assert "--markdown" in capsys.readouterr().err
