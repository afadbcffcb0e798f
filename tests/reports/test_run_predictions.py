"""What a finished run said of each picture, read back as a table."""

import pytest

import versus
from versus.errors import ResultsError, UnknownNameError


def test_it_is_the_table_that_the_run_was_judged_by(study_folder):
    made = study_folder.make({"a": (3, 4), "b": (None, 5)})
    found = versus.run_predictions(made, "a", 1)
    assert list(found.columns) == ["cat", "dog", "hen", "predicted", "label", "correct"]
    assert int((~found["correct"]).sum()) == 4
    confusion = made.finished("a")[1].judged()["confusion"]
    assert versus.confusion_table(found).to_numpy().tolist() == confusion
    first = versus.run_predictions(str(made.folder), "b")
    assert int((~first["correct"]).sum()) == 5  # its seed 0 has no run


def test_of_a_sealed_study_it_is_validation(study_folder):
    made = study_folder.make({"a": (2,)}, sealed=True)
    assert int((~versus.run_predictions(made, "a")["correct"]).sum()) == 2


def test_a_run_that_is_not_there_is_refused(study_folder):
    made = study_folder.make({"a": (3, 4), "bee": (None, 5)})
    with pytest.raises(UnknownNameError, match="no variant is called 'be': did you mean 'bee'"):
        versus.run_predictions(made, "be")
    with pytest.raises(
        ResultsError, match="'bee' has no finished run of seed 0; finished seeds: 1"
    ):
        versus.run_predictions(made, "bee", 0)


def test_the_report_in_a_terminal_has_its_classes(study_folder, capsys):
    from versus.cli.main import run_command

    made = study_folder.make({"a": (3, 4), "b": (0, 5)})
    assert run_command(["report", str(made.folder), "--text"]) == 0
    shown = capsys.readouterr().out
    assert "Classes: precision and recall in percent, F1" in shown
    assert "is recognised worst" in " ".join(shown.split())
