"""What the options of own pictures say reaches every command, 0 too."""

import pytest
from data.own_pictures import image_folder

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
