"""`versus check`, and what `versus run` tells of findings."""

import json

import numpy as np
import pytest
from test_cli import STUDY, place, versus

from versus.data import catalogue
from versus.lint.check import check

__all__ = ["place"]  # a fixture

SCRIPT = """import keras
raise SystemExit("this script was run")
model.fit(x_train, y_train, validation_data=(x_test, y_test))
"""
TRAINS = STUDY + "\nstudy.run('elsewhere')\n"


def test_a_script_with_an_error_ends_with_1(place, capsys):
    (place / "script.py").write_text(SCRIPT)
    code, out, err = versus(capsys, "check", "script.py")
    assert code == 1
    assert err == ""
    assert "VS101  error" in out
    assert "script.py:3: model.fit validates on x_test, y_test" in out
    assert "script.py: 1 error (VS101), 1 note (VS504); more: versus check --explain VS101" in out
    code, out, _ = versus(capsys, "check", "script.py", "--ignore", "VS1")
    assert code == 0


def test_a_study_file_is_imported_and_its_warnings_end_with_0(place, capsys):
    code, out, _ = versus(capsys, "check", "mine.py", "--json")
    found = json.loads(out)
    assert code == 0
    assert [f["code"] for f in found["findings"]] == ["VS102"]
    assert found["counts"] == {"error": 0, "warning": 1, "note": 0}


def test_a_file_that_trains_when_imported_is_only_read(place, capsys):
    (place / "trains.py").write_text(TRAINS)
    code, _, _ = versus(capsys, "check", "trains.py")
    assert code == 0
    assert not (place / "elsewhere").exists()


def test_results_a_run_and_models(place, capsys):
    _, out, err = versus(capsys, "run", "mine.py")
    assert err.startswith("VS102 warning: study mine: 2 seeds for 1 pair of variants")
    assert "Findings: " in out
    assert "VS102" in out
    page = (place / "versus-runs/mine/report.html").read_text()
    assert "too few seeds for any verdict" in page
    for what in ("versus-runs/mine", "versus-runs/mine/fc/1", "versus-runs/mine/fc/1/model.keras"):
        assert versus(capsys, "check", what)[0] == 0, what
    for what in ("cnn-pool", "nets.py:tiny_net"):
        code, out, _ = versus(capsys, "check", what)
        assert (code, out) == (0, f"{what}: no finding\n")


def test_the_units_of_a_saved_model(place, capsys):
    from versus.backend import keras

    dead = keras.initializers.Constant(-1)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(4, 3, activation="relu", kernel_initializer=dead),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.save("dead.keras")
    code, out, _ = versus(capsys, "check", "dead.keras")
    assert (code, "VS309" in out) == (0, False)
    code, out, _ = versus(capsys, "check", "dead.keras", "--data", "bands")
    assert (code, "VS309  error" in out) == (1, True)
    assert "4 of 4 units are 0 for each of 96 pictures" in out
    images = catalogue.load("bands").train.images
    assert "VS309" in check(model, images=images).codes
    wide = np.zeros((4, 9, 9), np.uint8)
    np.savez("wide.npz", x_train=wide, y_train=[0, 1, 0, 1], x_test=wide, y_test=[0, 1, 0, 1])
    code, _, err = versus(capsys, "check", "dead.keras", "--data", "wide.npz")
    assert code == 2
    assert "takes input of shape (8, 8, 1), but the pictures are (9, 9, 1)" in err.splitlines()[-1]


def test_a_suppressed_code_is_told_with_its_reason_everywhere(place, capsys):
    reason = "two seeds will do here"
    (place / "mine.py").write_text(
        STUDY.replace("seeds=2", f"seeds=2, suppress={{'VS102': '{reason}'}}")
    )
    code, out, _ = versus(capsys, "check", "mine.py")
    assert (code, out.count(reason)) == (0, 1)
    assert "VS102 suppressed" in out
    _, out, err = versus(capsys, "run", "mine.py", "--json")
    assert "VS102" not in err
    found = json.loads(out)
    assert found["study"]["suppress"] == {"VS102": reason}
    assert [each["reason"] for each in found["findings"]["suppressed"]] == [reason]
    assert reason in (place / "versus-runs/mine/report.html").read_text()


def test_explain_and_list(capsys):
    code, out, _ = versus(capsys, "check", "--explain", "vs304")
    assert code == 0
    assert out.startswith("# VS304: a dropout rate that is none\n")
    _, out, _ = versus(capsys, "check", "--list", "--json")
    assert {"code": "VS507", "severity": "error", "title": "a file name that Keras refuses"} in (
        json.loads(out)
    )


def test_only_so_many_places_of_one_code_are_shown(place, capsys):
    lines = "model.fit(x, y, validation_data=(x_test, y_test))\n" * 8
    (place / "script.py").write_text(lines)
    code, out, _ = versus(capsys, "check", "script.py")
    assert code == 1
    assert out.count("model.fit validates on") == 5
    assert "and 3 more places" in out
    _, out, _ = versus(capsys, "check", "script.py", "--json")
    assert len(json.loads(out)["findings"]) == 8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "no study, model or folder is called 'nonsense'"),
        (["absent.py"], "absent.py: No such file"),
        (["."], "expected a folder of results"),
        (["mine.py", "--select", "XX"], "expected codes such as VS101"),
        (["--explain", "VS999"], "no code is called 'VS999'"),
        ([], "expected a STUDY, a folder of results or of a run, a MODEL or a file.py"),
        (["nets.py:absent"], "no function in nets.py is called 'absent'"),
    ],
)
def test_bad_input_is_one_line(place, capsys, arguments, message):
    code, out, err = versus(capsys, "check", *arguments)
    assert code == 2
    assert out == ""
    assert err.startswith("versus: ")
    assert err.count("\n") == 1
    assert message in err
