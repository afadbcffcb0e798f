"""Ctrl-C in a real `versus run`: saved, one line, exit code 130, whatever is pressed after that."""

import json
import os
import signal
import subprocess
import sys
import time

from versus.training.snapshot import unpack

STUDY = """
import versus
recipe = versus.Recipe(epochs=100_000)
models = [versus.Variant(name, name, recipe) for name in ("fc", "fc-dropout")]
study = versus.Study("Does it stop?", "digits", models, seeds=1)
"""
RUN = "from versus.cli.main import main; main()"


def pictures_seen(folder):
    """What a training under way says of itself."""
    found = [json.loads(path.read_text()) for path in folder.glob("fc/.*.progress.json")]
    return sum(progress["beat"]["pictures"] for progress in found)


def test_ctrl_c_saves_says_how_to_go_on_and_leaves(tmp_path):
    (tmp_path / "study.py").write_text(STUDY)
    words = [sys.executable, "-c", RUN, "run", "study.py", "--out", "out"]
    with subprocess.Popen(
        words,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    ) as process:
        assert process.stderr is not None
        while process.poll() is None and not pictures_seen(tmp_path / "out"):
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        lines = []
        for line in process.stderr:
            lines.append(line)
            if "stopped; " in line:
                process.send_signal(signal.SIGINT)  # impatient: there is nothing left to stop
        process.wait(timeout=20)
    assert process.returncode == 130, lines
    assert lines[-1] == (
        "versus: stopped; what was finished or saved is kept; go on with: "
        "versus run study.py --out out\n"
    )
    assert not any("Traceback" in line for line in lines)
    (kept,) = (tmp_path / "out").glob("fc/.*.checkpoint/checkpoint.npz")
    assert unpack(kept.read_bytes()).values["step"] >= 0
