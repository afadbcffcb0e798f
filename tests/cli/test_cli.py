"""The command line: what it prints, its exit codes, and one clear line for every bad input."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from bands import make_tiny

from versus.cli.main import run_command
from versus.data import idx

NETS = """
from versus.backend import keras

def tiny_net(input_shape, classes):
    return keras.Sequential([
        keras.Input(input_shape), keras.layers.Rescaling(1 / 255), keras.layers.Flatten(),
        keras.layers.Dense(classes, activation="softmax"),
    ])

def too_many(input_shape, classes):
    return tiny_net(input_shape, classes + 1)
"""
STUDY = """
import versus
from nets import tiny_net

recipe = versus.Recipe(learning_rate=0.01, batch_size=32, epochs=2)
study = versus.Study(
    name="mine",
    question="Is a line enough?",
    data="bands",
    variants=[versus.Variant("line", tiny_net, recipe), versus.Variant("fc", "fc", recipe)],
    seeds=2,
)
"""
STEMS = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")
TEST_STEMS = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def write_bands(folder: Path) -> Path:
    """Write the tiny data set as a folder of IDX files."""
    data = make_tiny()
    folder.mkdir(parents=True)
    for split, stems in ((data.train, STEMS), (data.test, TEST_STEMS)):
        idx.write(folder / stems[0], split.images[..., 0], compress=False)
        idx.write(folder / stems[1], split.labels.astype(np.uint8), compress=False)
    return folder


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """A folder with a data set `bands`, two nets and a study, as the working folder."""
    write_bands(tmp_path / "data" / "bands")
    (tmp_path / "nets.py").write_text(NETS)
    (tmp_path / "mine.py").write_text(STUDY)
    monkeypatch.setenv("VERSUS_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "nets", raising=False)
    return tmp_path


def versus(capsys, *arguments) -> tuple[int, str, str]:
    code = run_command([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def fails(capsys, *arguments) -> str:
    """Run a command that must fail as bad input does, and return its one line."""
    before = everything(Path.cwd())
    code, out, err = versus(capsys, *arguments)
    assert code == 2, err
    assert out == ""
    assert "Traceback" not in err
    assert err.startswith("versus: ")
    assert err.count("\n") == 1, f"one line, not: {err}"
    assert everything(Path.cwd()) == before, "nothing half-written is left"
    return err


def everything(folder: Path) -> set[str]:
    return {str(p) for p in folder.rglob("*") if "__pycache__" not in p.parts}


def test_run_a_study_from_a_file(place, capsys):
    code, out, err = versus(capsys, "run", "mine.py")
    assert code == 0
    assert "Is a line enough?" in out
    assert "CAN'T TELL" in out
    assert re.search(r"line\s+\|?\s*195", out)
    assert "Report: versus-runs/mine/report.html" in out
    assert "[4/4] fc, seed 1: test accuracy" in err
    assert (place / "versus-runs/mine/report.html").is_file()


def test_a_repeated_command_trains_nothing(place, capsys):
    versus(capsys, "run", "mine.py")
    code, _, err = versus(capsys, "run", "mine.py")
    assert code == 0
    assert "4 of 4 runs are there already" in err
    assert "[1/" not in err


def test_options_of_run(place, capsys):
    arguments = ("run", "mine.py", "--seeds", 1, "--epochs", 1, "--variants", "fc", "--out", "here")
    code, out, _ = versus(capsys, *arguments, "--json")
    found = json.loads(out)
    assert code == 0
    assert [(run["variant"], run["seed"], run["epochs"]) for run in found["runs"]] == [("fc", 0, 1)]
    assert found["report"] == "here/report.html"
    assert found["study"]["data"]["name"] == "bands"


def test_compare(place, capsys):
    code, out, _ = versus(
        capsys,
        *("compare", "fc", "nets.py:tiny_net", "--data", "bands"),
        *("--seeds", 2, "--epochs", 1, "--json"),
    )
    found = json.loads(out)
    assert code == 0
    assert [row["variant"] for row in found["table"]] == ["fc", "tiny-net"]
    assert found["verdicts"][0]["word"] == "can't tell"
    assert found["folder"] == "versus-runs/compare-fc-tiny-net-bands"
    assert (place / found["folder"] / "tiny-net/1/record.json").is_file()


def test_train_then_train_on_from_the_saved_model(place, capsys):
    code, out, _ = versus(capsys, "train", "fc", "--data", "bands", "--epochs", 1, "--json")
    saved = Path(json.loads(out)["folder"]) / "fc/0/model.keras"
    assert code == 0
    assert saved.is_file()
    code, out, _ = versus(capsys, "train", saved, "--data", "bands", "--epochs", 1, "--json")
    assert code == 0
    assert json.loads(out)["table"][0]["n"] == 1


def test_a_data_set_by_its_folder(place, capsys):
    code, out, _ = versus(
        capsys, *("train", "nets.py:tiny_net", "--data", "data/bands", "--epochs", 1, "--json")
    )
    assert code == 0
    assert json.loads(out)["study"]["data"]["counts"] == {"train": 96, "test": 48}


def test_report_is_made_again(place, capsys):
    versus(capsys, "run", "mine.py")
    page = place / "versus-runs/mine/report.html"
    first = page.read_text()
    page.unlink()
    code, out, _ = versus(capsys, "report", "versus-runs/mine")
    assert code == 0
    assert out.strip() == "versus-runs/mine/report.html"
    assert page.read_text() == first


def test_study_list_and_show(place, capsys):
    code, out, _ = versus(capsys, "study", "list", "--json")
    assert code == 0
    assert {"quickstart", "fc-vs-cnn"} <= {study["name"] for study in json.loads(out)}
    code, out, _ = versus(capsys, "study", "show", "fc-vs-cnn")
    assert code == 0
    assert "sgd 0.001, batch 128, 20 epochs" in out
    code, out, _ = versus(capsys, "study", "show", "mine.py", "--json")
    assert json.loads(out)["variants"][0]["model"] == "tiny_net"


def test_model_list_and_show(place, capsys):
    code, out, _ = versus(capsys, "model", "list")
    assert code == 0
    assert "443,610" in out
    assert re.search(r"svm +- ", out)  # scikit-learn's: what it holds is known when it has learned
    assert "versus:two_inputs and versus:two_outputs" in " ".join(out.split())
    rows = {m["name"]: m for m in json.loads(versus(capsys, "model", "list", "--json")[1])}
    assert rows["svm-poly"]["parameters"] is None
    assert rows["fc"]["parameters"] == 443_610
    code, out, _ = versus(capsys, "model", "show", "cnn-stride")
    assert code == 0
    assert "Conv2D" in out
    assert re.search(r"Total parameters: +20,490\n", out)
    assert re.search(r"Forward multiply-adds: +269,696 ", out)
    code, out, _ = versus(capsys, "model", "show", "nets.py:tiny_net", "--shape", "8x8", "--json")
    assert json.loads(out)["parameters"] == 8 * 8 * 10 + 10


def test_data_list_and_inspect(place, capsys):
    code, out, _ = versus(capsys, "data", "list", "--json")
    assert code == 0
    names = {row["name"] for row in json.loads(out)}
    assert {"mnist", "fashion-mnist", "fashion-mnist-tops", "digits"} <= names
    code, out, _ = versus(capsys, "data", "inspect", "bands", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["splits"]["train"]["images"]["shape"] == [96, 8, 8, 1]
    assert found["splits"]["test"]["images"]["dtype"] == "uint8"
    assert found["splits"]["train"]["counts"] == {"0": 32, "1": 32, "2": 32}
    assert found["first_one_hot"] == [1, 0, 0]
    assert found["fingerprint"].startswith("sha256:")
    assert found["grid"] is None
    code, out, _ = versus(capsys, "data", "inspect", "bands", "--grid", "grid.png")
    assert code == 0
    assert (place / "grid.png").read_bytes().startswith(b"\x89PNG")
    assert "96 x 8 x 8 x 1" in out


def cut(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])


def write_labels(path: Path, labels: list[int]) -> None:
    idx.write(path, np.array(labels, dtype=np.uint8), compress=False)


BAD_INPUT = [
    (["run", "quikstart"], "no study is called 'quikstart': did you mean 'quickstart'?"),
    (["study", "show", "fc-vs-cn"], "did you mean 'fc-vs-cnn'?"),
    (["compare", "fc", "cnn_pool"], "no model is called 'cnn_pool': did you mean 'cnn-pool'?"),
    (["model", "show", "cnn-pol"], "did you mean 'cnn-pool'?"),
    (["run", "mine.py", "--data", "minst"], "no data set is called 'minst': did you mean 'mnist'?"),
    (["data", "inspect", "digit"], "did you mean 'digits'?"),
    (["run", "mine.py", "--variants", "lime"], "no variant is called 'lime': did you mean 'line'?"),
    (["run", "absent.py"], "absent.py: no such file"),
    (["train", "absent.keras", "--data", "bands"], "absent.keras: No such file"),
    (["train", "absent.py:net", "--data", "bands"], "absent.py: no such file"),
    (["train", "fc", "--data", "no/such/folder"], "no/such/folder"),
    (["report", "no/such/folder"], "no/such/folder: no study here"),
    (["train", "nets.py:tinny_net", "--data", "bands"], "did you mean 'tiny_net'?"),
    (["train", "nets.py:too_many", "--data", "bands"], "the data have 3 classes"),
    (["run", "raising.py"], "raising.py:2: ZeroDivisionError: division by zero"),
    (["run", "mine.py", "--seeds", "-1"], "versus: --seeds: expected at least 1; got -1"),
    (["train", "fc", "--data", "bands", "--seed", "-1"], "a seed is a whole number from 0"),
    (["run", "mine.py", "--seeds", "many"], "Invalid value for '--seeds'"),
    (["run", "mine.py", "--epochs", "0"], "--epochs: input should be greater than 0; got 0"),
    (["compare", "fc", "--data", "bands"], "two or more models; got 1 (one model is trained by"),
    (["train", "fc", "--data", "bands", "--optimizer", "addam"], "did you mean 'adam'?"),
    (["model", "show", "fc", "--shape", "28by28"], "--shape: expected HEIGHTxWIDTHxCHANNELS"),
    (["run", "mine.py", "--out", "nets.py"], "nets.py"),
    (["run", "mine.py", "--out", "nets.py/below"], "choose a folder that can be written"),
    (["ruin", "mine.py"], "No such command 'ruin'"),
    (["run", "mine.py", "--seedz", "3"], "No such option: --seedz"),
    (["run"], "Missing argument 'STUDY'"),
]


@pytest.mark.parametrize(
    ("arguments", "message"), BAD_INPUT, ids=[" ".join(a) for a, _ in BAD_INPUT]
)
def test_bad_input_is_one_line_and_exit_2(place, capsys, arguments, message):
    (place / "raising.py").write_text("x = 0\ny = 1 / x\n")
    assert message in fails(capsys, *arguments)


BAD_FILES = {
    "truncated images": (
        lambda d: cut(d / STEMS[0], 1000),
        r"train-images-idx3-ubyte: .*6,144 bytes.*file has 984",
    ),
    "truncated header": (lambda d: cut(d / STEMS[0], 7), "train-images-idx3-ubyte"),
    "empty file": (lambda d: cut(d / STEMS[1], 0), "train-labels-idx1-ubyte"),
    "wrong magic": (
        lambda d: (d / STEMS[0]).write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99)),
        "train-images-idx3-ubyte.*PNG",
    ),
    "count mismatch": (
        lambda d: write_labels(d / STEMS[1], [0, 1, 2]),
        r"train-images-idx3-ubyte.*96.*train-labels-idx1-ubyte.*3|96.*3",
    ),
    "label out of range": (
        lambda d: write_labels(d / TEST_STEMS[1], [0, 1, 2, 7] * 12),
        r"label 7 at row 3 is outside 0 to 2",
    ),
    "missing file": (lambda d: (d / STEMS[1]).unlink(), "train-labels-idx1-ubyte"),
}


@pytest.mark.parametrize(("damage", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_broken_data_set_is_told_before_training(place, capsys, damage, message):
    damage(place / "data" / "bands")
    line = fails(capsys, "run", "mine.py")
    assert re.search(message, line), line


def test_a_truncated_copy_of_a_named_set(place, capsys):
    write_bands(place / "data" / "mnist")
    assert "train-images-idx3-ubyte" in fails(capsys, "data", "inspect", "mnist")


def test_offline_the_error_says_the_ways_to_get_the_data(place, capsys, monkeypatch):
    from versus.data import download

    def unplugged(*_, **__):
        raise OSError("Network is unreachable")

    monkeypatch.setattr(download.urllib.request, "urlopen", unplugged)
    line = fails(capsys, "run", "fc-vs-cnn")
    for way in ("VERSUS_DATA", "digits", "mnist"):
        assert way in line


def test_debug_lets_the_error_through(place):
    from versus.errors import UnknownNameError

    with pytest.raises(UnknownNameError):
        run_command(["run", "quikstart", "--debug"])


def test_a_failed_run_is_told_and_the_exit_code_is_1(place, capsys):
    (place / "broken.py").write_text(
        NETS + "\nclass Breaks(keras.layers.Layer):\n"
        "    def call(self, inputs, training=False):\n"
        "        if training and len(inputs) > 1:\n"
        "            raise RuntimeError('broken \\x1b[1mon\\x1b[0m purpose')\n"
        "        return inputs\n\n"
        "def broken(input_shape, classes):\n"
        "    net = tiny_net(input_shape, classes)\n"
        "    return keras.Sequential([keras.Input(input_shape), Breaks(), net])\n"
    )
    code, out, err = versus(
        capsys, *("compare", "fc", "broken.py:broken", "--data", "bands", "--seeds", 1)
    )
    assert code == 1
    assert re.search(r"broken, seed 0: failed: .*broken on purpose", err)
    assert err.splitlines()[-1] == "versus: broken, seed 0 failed"
    assert "Report:" in out


def test_an_interrupt_is_one_line_and_exit_130(place, capsys, monkeypatch):
    from versus.studies import trial

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(trial, "train", interrupted)
    code, _, err = versus(capsys, "run", "mine.py", "--jobs", "1")
    assert code == 130
    assert err.splitlines()[-1].endswith(
        "what was finished or saved is kept; go on with: versus run mine.py --jobs 1"
    )


@pytest.mark.parametrize("arguments", [(), ("data",), ("model",), ("study",)])
def test_a_bare_command_prints_its_help_as_it_is(capsys, arguments):
    code, out, err = versus(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("Usage: versus")
    assert err.count("\n") > 8


def test_what_a_users_file_prints_goes_to_stderr(place, capsys):
    for name, text in (("mine.py", STUDY), ("nets.py", NETS)):
        (place / name).write_text(f"print('hello from {name}')\n{text}")
    for arguments in (
        ("run", "mine.py", "--seeds", 1, "--json"),
        ("study", "show", "mine.py", "--json"),
        ("train", "nets.py:tiny_net", "--data", "bands", "--epochs", 1, "--json"),
        ("model", "show", "nets.py:tiny_net", "--json"),
    ):
        code, out, err = versus(capsys, *arguments)
        assert code == 0
        json.loads(out)
        assert "hello from" in err or "study" in arguments


def test_a_pipe_gets_whole_cells(place, capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    _, out, _ = versus(capsys, "data", "inspect", "bands")
    assert re.search(r"sha256:[0-9a-f]{64}", out)


def test_numbers_are_never_broken(place, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    _, out, _ = versus(capsys, "run", "mine.py", "--seeds", "1")
    assert "82,903" in out
    assert len(re.findall(r"\b0\.\d{4}\b", out)) >= 2, "an accuracy of each variant, whole"


def test_help_lists_every_command(capsys):
    code, out, _ = versus(capsys, "--help")
    assert code == 0
    for command in ("run", "compare", "train", "report", "status", "study", "model", "data"):
        assert re.search(rf"^\s+{command}\s+\S", out, re.MULTILINE)


def test_version(capsys):
    code, out, _ = versus(capsys, "--version")
    assert code == 0
    assert re.fullmatch(r"versus \d+\.\d+\.\d+\n", out)


def test_the_installed_command(place):
    command = Path(sys.executable).with_name("versus")
    done = subprocess.run(
        [command, "run", "no-such-study"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": "default"},
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("versus: no study is called 'no-such-study'")
    assert done.stderr.count("\n") == 1


def test_plan_says_what_a_study_costs_and_finds(place, capsys):
    code, out, _ = versus(capsys, "plan", "mine.py")
    assert code == 0
    assert "TOO FEW SEEDS: 2 seeds can never decide 1 pair" in out
    assert re.search(r"line\s+2\s+2\s+\d", out)
    code, out, _ = versus(capsys, "plan", "mine.py", "--seeds", 8, "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["enough"], found["runs"], found["seeds_needed"]) == (True, 16, 6)
    assert found["seconds"] > 0
    assert not (place / "versus-runs").exists()


def test_until_decided(place, capsys):
    arguments = ("run", "mine.py", "--epochs", 1, "--until-decided", "--max-seeds", 6)
    code, out, err = versus(capsys, *arguments)
    assert code == 0
    assert "look 1 of 1, 6 seeds: " in err
    assert "Look 1 of 1" in " ".join(out.split())
    _, out, _ = versus(capsys, *arguments, "--json")
    found = json.loads(out)
    assert found["study"]["looks"]["seeds"] == [6]
    assert found["verdicts"][0]["method"] == "sequential"
    assert found["descriptions"][0]["models"][0]["seed"] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--max-seeds", 8), "go with --until-decided"),
        (("--until-decided", "--seeds", 8), "say how many at most with --max-seeds"),
        (("--until-decided", "--max-seeds", 5), "at least 6 are needed"),
        (
            ("--until-decided", "--max-minutes", 0),
            "--max-minutes: expected a number above 0; got 0",
        ),
        (("--until-decided", "--variants", "fc"), "two or more variants"),
    ],
)
def test_options_that_do_not_go_together(place, capsys, arguments, words):
    assert words in fails(capsys, "run", "mine.py", *arguments)
