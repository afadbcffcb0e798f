"""`versus status`: what it prints, and when it ends."""

import io
import json
import sys
import threading
import time

import pytest
from bands import make_tiny

from versus.cli import status as verb
from versus.cli.main import run_command
from versus.results.progress import ProgressFile
from versus.results.store import DirectoryStore
from versus.studies.observer import Observer
from versus.studies.runner import run_study
from versus.studies.study import Study, Variant
from versus.training.beat import Beat
from versus.training.recipe import Recipe


class Half(Observer):
    def run_ended(self, record):
        raise KeyboardInterrupt


@pytest.fixture
def study():
    recipe = Recipe(learning_rate=0.01, batch_size=32, epochs=2)
    return Study("Which?", make_tiny(), [Variant("fc", recipe=recipe),
                 Variant("cnn", "cnn-stride", recipe)], seeds=1, name="pair")  # fmt: skip


@pytest.fixture
def half(study, tmp_path):
    """A study of two runs of which one is finished."""
    with pytest.raises(KeyboardInterrupt):
        run_study(study, tmp_path / "out", observer=Half(), command="versus run pair.py")
    return tmp_path / "out"


def versus(capsys, *arguments):
    code = run_command([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_stopped_study(half, capsys):
    code, out, err = versus(capsys, "status", half)
    assert (code, err) == (0, "")
    assert out.startswith("pair · ")
    assert "1 of 2 runs" in out
    assert "✓ fc/0" in out
    assert out.endswith("Stopped; no process works on it. Go on with: versus run pair.py\n")


def test_a_run_under_way(half, capsys):
    file = ProgressFile(DirectoryStore(half).checkpoint_folder("cnn", 0), "cnn", 0)
    file.write(Beat(epochs=2, epoch=1, step=1, steps=3, accuracy=0.5, seconds_left=61.0))
    code, out, _ = versus(capsys, "status", half)
    assert code == 0
    assert "cnn/0" in out
    assert "1:01" in out
    assert "just now" in out
    assert out.endswith("Under way: 1 run.\n")
    code, out, _ = versus(capsys, "status", half, "--json")
    found = json.loads(out)
    assert found["state"] == "running"
    assert [run["state"] for run in found["runs"]] == ["finished", "running"]


def test_the_end(study, half, capsys):
    run_study(study, half)
    code, out, _ = versus(capsys, "status", half)
    assert code == 0
    assert "100 %" in out
    assert "not final" not in out
    assert f"Finished. Report: none yet; make it with: versus report {half}" in out
    run_command(["report", str(half)])
    assert f"Finished. Report: {half / 'report.html'}" in versus(capsys, "status", half)[1]


@pytest.mark.parametrize("terminal", [False, True], ids=["lines", "table"])
def test_watch_ends_with_the_study(study, half, monkeypatch, terminal):
    class Screen(io.StringIO):
        def isatty(self):
            return terminal

    monkeypatch.setattr(verb, "SECONDS", 0.02)
    monkeypatch.setattr(verb, "REPORT_SECONDS", 0.1)
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    watching = threading.Thread(target=run_command, args=(["status", str(half), "--watch"],))
    watching.start()
    time.sleep(0.3)
    assert watching.is_alive(), "nothing is over yet"
    run_study(study, half)
    watching.join(30)
    assert not watching.is_alive()
    text = screen.getvalue()
    assert "2 of 2 runs" in text
    assert "Finished." in text
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") == int(terminal)
    if not terminal:
        assert text.startswith("2 runs: 1 finished, 1 left\n")
        assert "\x1b" not in text


def test_ctrl_c_ends_a_watch(half, monkeypatch, capsys):
    def interrupted(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(verb.time, "sleep", interrupted)
    code, out, err = versus(capsys, "status", half, "--watch")
    assert (code, err) == (0, "")
    assert out.startswith("2 runs: 1 finished, 1 left\npair · ")
    assert "Stopped; no process works on it." in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "nowhere: no study here"),
        (["."], "no study here"),
        ([".", "--watch", "--json"], "expected --watch or --json; got both"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    code, out, err = versus(capsys, "status", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("versus: ")
    assert err.count("\n") == 1
    assert message in err
    assert list(tmp_path.iterdir()) == []


def test_it_loads_neither_keras_nor_torch(half):
    import subprocess

    code = (
        f"from versus.cli.main import run_command; assert run_command(['status', {str(half)!r}])"
        " == 0; import sys; assert not {'keras', 'torch', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
