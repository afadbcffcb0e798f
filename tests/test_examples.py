"""The example scripts run, in short form, as a reader would run them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from versus.lint.check import check

EXAMPLES = Path(__file__).parents[1] / "examples"
# What each prints and writes, among other things.
SAYS = {
    "document_a": (
        [
            "ndim 4, shape (1437, 28, 28, 1), dtype uint8",
            "is one-hot [1 0 0 0 0 0 0 0 0 0]",
            "History keys: ['accuracy', 'loss', 'val_accuracy', 'val_loss']",
            "validation_split against validation_data: the same",
            "probabilities (360, 10)",
            "first_convolution has 160 parameters, frozen; {'filters': 16",
            "after one more epoch its weights are the same",
        ],
        ["samples.png", "curves.png", "study/report.html"],
    ),
    "document_b": (
        [
            "epoch 1: validation loss",
            "kernel-2x2: 2x2, 5 convolutions, accuracy",
            "kernel-7-controlled: 7x7, 3 convolutions",
        ],
        ["live.png", "kernel-sizes/curves.png", "kernel-size-controlled/curves.png"],
    ),
    "document_c": (
        [
            "filters-64-5x5",
            "cnn-pool-augmented",
            "adam CosineDecay, batch 128, 1 epochs, early stopping on val_loss",
            "is recognised worst",
            "finetuned",
            "gives 32 numbers a picture",
        ],
        ["samples.png", "curves.png", "confusion.png", "model.svg"],
    ),
    "document_d": (
        [
            "fashion5-resnet-2: 7 layers, 0 residual blocks",
            "3 residual blocks",
            "predicted labels: ['",
        ],
        ["montage.png", "resnet-v1-8.svg"],
    ),
    "document_e": (
        [
            "one-hot: [1 0 0 0",
            "validation loss is lowest after epoch",
            "back after the first of them: [",
            "found again: loss",
            "rounded first:",
            "precision  recall",
            "is recognised worst",
            "by a layer:",
            "support vector",
        ],
        [
            *("first-train.png", "curves.png", "overfitting/report.html", "further.keras"),
            *("epoch-01.weights.h5", "epoch-02.weights.h5", "right.png", "wrong.png"),
        ],
    ),
    "functional_api": (
        [
            "two outputs: {",
            "two inputs: loss",
            "inception-small-to-second_inception gives",
            "own layer: gains from",
        ],
        ["unet-small.svg", "two-inputs.svg"],
    ),
}
EPOCHS = {"document_a": "4"}  # it leaves with an error where the net has learned nothing


@pytest.mark.parametrize("name", SAYS)
def test_an_example_runs_and_says_what_it_shows(name, tmp_path):
    script = EXAMPLES / f"{name}.py"
    arguments = ["--data", "digits", "--epochs", EPOCHS.get(name, "1"), "--out", str(tmp_path)]
    arguments += ["--seeds", "1"] if "--seeds" in script.read_text() else []
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", script, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert done.returncode == 0, done.stderr
    said, written = SAYS[name]
    for line in said:
        assert line in done.stdout
    for file in written:
        assert (tmp_path / file).stat().st_size > 0


def test_every_example_is_tested():
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(SAYS)


def test_no_example_has_an_error_by_the_projects_own_lint():
    for path in sorted(EXAMPLES.glob("*.py")):
        found = check(path)
        assert not found.of("error"), f"{path.name}: {found.summary()}"
