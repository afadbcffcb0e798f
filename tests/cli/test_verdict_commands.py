"""What run, plan, report and model show say of a study: once, and by the options typed."""

import json
import re

import pytest
from test_cli import NETS, STUDY, everything, fails, place, versus

__all__ = ["place"]  # a fixture

UNUSED = "\nfrom versus.backend import keras\nstopper = keras.callbacks.EarlyStopping(patience=2)\n"
EXPLODES = """
class Explodes(keras.layers.Layer):
    def call(self, inputs, training=False):
        return inputs * float("nan") if training else inputs

def explodes(input_shape, classes):
    net = tiny_net(input_shape, classes)
    return keras.Sequential([keras.Input(input_shape), Explodes(), net])
"""


def test_a_model_is_built_once_before_its_first_run(place, capsys):
    (place / "counted.py").write_text(
        NETS.replace("    return keras", "    print('built')\n    return keras", 1)
    )
    (place / "mine.py").write_text(STUDY.replace("from nets", "from counted"))
    arguments = ("run", "mine.py", "--variants", "line", "--seeds", 1, "--jobs", 1)
    _, _, err = versus(capsys, *arguments)
    assert err.count("built") == 2, "by the plan, and by the run"
    _, _, err = versus(capsys, *arguments)
    assert err.count("built") == 1, "by the plan"


def test_what_the_code_of_a_study_shows_is_told_and_kept(place, capsys):
    (place / "mine.py").write_text(STUDY + UNUSED)
    code, out, err = versus(capsys, "run", "mine.py", "--seeds", 1)
    assert code == 0
    line = len((STUDY + UNUSED).splitlines())
    told = f"VS501 warning: mine.py:{line}: "
    assert err.index(told) < err.index("[1/2]"), "before the first run"
    assert "VS501" in out
    page = place / "versus-runs/mine/report.html"
    assert f"mine.py:{line}" in page.read_text()
    _, out, _ = versus(capsys, "check", "versus-runs/mine", "--json")
    assert f"mine.py:{line}" in [f["where"] for f in json.loads(out)["findings"]]
    # The code is mended: the next command knows nothing of it any more.
    (place / "mine.py").write_text(STUDY)
    versus(capsys, "run", "mine.py", "--seeds", 1)
    _, out, _ = versus(capsys, "check", "versus-runs/mine", "--json")
    assert "VS501" not in [f["code"] for f in json.loads(out)["findings"]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--budget", "hours=3"), "--budget: input should be 'epochs', 'seconds' or 'multiply-a"),
        (("--budget", "60"), "--budget: expected epochs=, seconds= or multiply-adds= and"),
        (
            ("--budget=seconds=",),
            "--budget: expected epochs=, seconds= or multiply-adds= and an am",
        ),
        (("--budget", "seconds=0"), "--budget: input should be greater than 0; got 0.0"),
        (("--budget", "seconds=-5"), "--budget: input should be greater than 0; got -5.0"),
        (("--budget", "seconds=nan"), "--budget: input should be a finite number; got nan"),
        (("--budget", "epochs=inf"), "--budget: input should be a finite number; got inf"),
        (("--budget", "epochs=2.5"), "--budget: expected a whole number of epochs; got 2.5"),
        (("--budget", "multiply-adds=9"), "more than the budget of 9: raise the budget"),
        (("--until-decided", "--max-minutes", "-1"), "--max-minutes: expected a number above 0"),
        (("--until-decided", "--max-minutes", "nan"), "--max-minutes: expected a number above 0"),
        (("--until-decided", "--max-seeds", "0"), "at most 0 seeds can never decide 1 pair"),
        (("--seeds", "0"), "--seeds: expected at least 1; got 0"),
        (("--jobs", "0"), "--jobs: expected at least 1; got 0"),
    ],
)
def test_a_bad_value_is_told_by_the_option_that_was_typed(place, capsys, arguments, message):
    line = fails(capsys, "run", "mine.py", *arguments)
    assert message in line
    assert not re.search(r"Protocol|Recipe|budget_amount|max_(seeds|minutes)", line)


def test_a_run_that_diverged_gives_its_reason_once(place, capsys):
    (place / "exploding.py").write_text(NETS + EXPLODES)
    arguments = ("compare", "fc", "exploding.py:explodes", "--data", "bands", "--seeds", 1)
    code, _, err = versus(capsys, *arguments)
    assert code == 1
    assert err.count("the training loss became nan") == 1
    assert err.splitlines()[-1] == "versus: explodes, seed 0 diverged"
    # Nothing is run now, so nothing was told before.
    code, _, err = versus(capsys, *arguments)
    assert code == 1
    assert err.count("the training loss became nan") == 1


def test_a_report_as_json_is_what_run_prints(place, capsys):
    _, out, _ = versus(capsys, "run", "mine.py", "--json")
    ran = json.loads(out)
    code, out, _ = versus(capsys, "report", "versus-runs/mine", "--json")
    assert code == 0
    assert json.loads(out) == ran


def test_a_budget_and_a_sealed_test_set_are_told_in_the_terminal(place, capsys):
    (place / "mine.py").write_text(
        STUDY.replace("seeds=2", "seeds=2, protocol=versus.Protocol(test='sealed')")
    )
    arguments = ("mine.py", "--budget", "multiply-adds=1e6", "--variants", "line")
    _, out, _ = versus(capsys, "plan", *arguments)
    assert "for 1e+06 multiply-adds, the same for every variant" in " ".join(out.split())
    _, out, _ = versus(capsys, "run", *arguments)
    told = " ".join(out.split())
    assert "Trained for 1e+06 multiply-adds, the same for every variant" in told
    assert "The test set is sealed; it is opened by: versus open-test versus-runs/mine" in told
    _, out, _ = versus(capsys, "status", "versus-runs/mine")
    assert "validation accuracy" in out
    _, out, _ = versus(capsys, "open-test", "versus-runs/mine")
    assert "is opened by" not in out
    # What the verdicts are about now.
    _, out, _ = versus(capsys, "status", "versus-runs/mine")
    assert "test accuracy" in out
    assert "validation accuracy" not in out


def test_a_study_whose_time_is_up_says_how_it_goes_on(place, capsys):
    arguments = ("run", "mine.py", "--until-decided", "--max-seeds", 6, "--max-minutes", 1e-6)
    _, out, _ = versus(capsys, *arguments, "--jobs", 1)
    told = " ".join(out.split())
    assert "no seed of both is there yet; the first look is at 6" in told
    assert "The looks go on to 6 seeds; go on with: versus " in told


def test_plan_with_as_many_seeds_as_run_may_take(place, capsys):
    code, out, _ = versus(capsys, "plan", "mine.py", "--max-seeds", 12)
    assert code == 0
    assert "looks at 8, 12 seeds" in out
    assert re.search(r"is found in (over )?\d+ % of\s+studies", out)
    assert "at most about" in out
    assert "at most 5 seeds can never decide 1 pair" in fails(
        capsys, "plan", "mine.py", "--max-seeds", 5
    )


def test_plan_of_a_study_that_is_done(place, capsys):
    versus(capsys, "run", "mine.py")
    before = everything(place)
    code, out, _ = versus(capsys, "plan", "mine.py")
    assert code == 0
    assert "nothing is left to run" in out
    assert re.search(r"line\s+0\s+2\s+-\s+-", out)
    assert everything(place) == before


def test_the_drawing_of_a_model_is_named(place, capsys):
    code, out, _ = versus(capsys, "model", "show", "fc", "--graph", "new/fc.svg")
    assert code == 0
    assert out.endswith("\nGraph: new/fc.svg\n")
    assert (place / "new/fc.svg").is_file()
    for more in ((), ("--engine",)):
        _, out, _ = versus(capsys, "model", "show", "fc", "--graph", "fc.png", "--json", *more)
        assert json.loads(out)["graph"] == "fc.png"
    assert "choose another --graph" in fails(
        capsys, "model", "show", "fc", "--graph", "nets.py/fc.svg"
    )
