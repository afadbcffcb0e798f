"""The example scripts run, in short form, as a reader would run them."""

import os
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"


def test_document_a(tmp_path):
    arguments = ["--data", "digits", "--epochs", "4", "--seeds", "1", "--out", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", EXAMPLES / "document_a.py", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert done.returncode == 0, done.stderr
    assert "ndim 4, shape (1437, 28, 28, 1), dtype uint8" in done.stdout
    assert "History keys: ['accuracy', 'loss', 'val_accuracy', 'val_loss']" in done.stdout
    assert "first_convolution has 160 parameters" in done.stdout
    assert {"samples.png", "curves.png", "study"} <= {path.name for path in tmp_path.iterdir()}
    assert (tmp_path / "study/report.html").is_file()


def test_every_example_is_tested():
    assert [path.name for path in EXAMPLES.glob("*.py")] == ["document_a.py"]
