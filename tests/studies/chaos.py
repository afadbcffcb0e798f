"""Kills a real study at random moments, goes on, and compares with one that nobody killed.

    make chaos            # 100 kills
    python tests/studies/chaos.py [KILLS] [SEED]

Every kill is SIGKILL to the process that trains, at a moment drawn evenly over the whole study;
only a process that dies of it counts. Each round starts a folder anew, kills up to five times in a
row, lets the study end, and holds every bit of weights, histories, predictions and metrics against
the study that ran through; records that were there at a kill must be the same files in the end.
"""

import hashlib
import io
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import h5py
import numpy as np

STUDY = """
import logging
import sys
import versus
logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
from versus.backend import keras
from versus.studies.observer import Observer
from versus.studies.runner import run_study

L = keras.layers

def net(shape, classes):
    middle = [L.Conv2D(16, 3), L.BatchNormalization(), L.ReLU(), L.MaxPooling2D(2), L.Dropout(0.3)]
    head = [L.Flatten(), L.Dense(classes, activation="softmax")]
    return keras.Sequential([keras.Input(shape), L.Rescaling(1 / 255), *middle, *head])

class Telling(Observer):
    def run_started(self, run):
        print("started", flush=True)

adam = versus.Recipe(optimizer="adam", epochs=8, batch_size=64)
momentum = versus.Recipe(
    optimizer="sgd", learning_rate=0.05, optimizer_options={"momentum": 0.9}, epochs=8,
    batch_size=64,
)
study = versus.Study(
    "Does a killed study end as one that was not?", "digits",
    [versus.Variant("adam", net, adam), versus.Variant("momentum", net, momentum)], seeds=2,
)
run_study(study, sys.argv[1], observer=Telling(), save_every=0.05)
print("ended", flush=True)
"""


@dataclass
class Tally:
    """What happened.

    Attributes:
        kills: processes that died of SIGKILL.
        misses: those that had ended before.
        inside: kills after which a checkpoint of a run under way was there.
        taken_up: trainings that went on from a checkpoint, by their own word.
        lost, repeated: finished runs that were gone, or were made again.
        rounds, same: studies that ended, and those of them with the very same bits.
    """

    kills: int = 0
    misses: int = 0
    inside: int = 0
    taken_up: int = 0
    lost: int = 0
    repeated: int = 0
    rounds: int = 0
    same: int = 0
    moments: list[float] = field(default_factory=list)


def start(script: Path, folder: Path) -> "subprocess.Popen[str]":
    """Start the study, and return once its first run has started (or it has ended)."""
    process = subprocess.Popen(
        [sys.executable, str(script), str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def run_through(script: Path, folder: Path, tally: Tally | None = None) -> float:
    """Run the study to its end; return the seconds since its first run started."""
    with start(script, folder) as process:
        begun = time.monotonic()
        out, err = process.communicate()
    assert process.returncode == 0, err
    if tally is not None:
        tally.taken_up += out.count("taken up at epoch")
    return time.monotonic() - begun


def kill(script: Path, folder: Path, after: float, tally: Tally) -> bool:
    """Kill the study `after` seconds into its runs; return whether it died of that."""
    with start(script, folder) as process:
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        out, _ = process.communicate()
    tally.taken_up += out.count("taken up at epoch")
    if process.returncode != -signal.SIGKILL:
        tally.misses += 1
        return False
    tally.kills += 1
    tally.moments.append(after)
    tally.inside += any(folder.glob("*/.*.checkpoint/checkpoint.npz"))
    return True


def finished(folder: Path) -> dict[str, str]:
    """Return the checksum of every finished run's record, by its place."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("*/[0-9]*/record.json"))
    }


def digest(folder: Path) -> dict[str, str]:
    """Return a checksum of everything that must be the same, by run."""
    return {
        f"{run.parent.name}/{run.name}": hashlib.sha256(b"".join(_bits(run))).hexdigest()
        for run in sorted(folder.glob("*/[0-9]*"))
    }


def _bits(run: Path) -> list[bytes]:
    parts = [(run / "history.csv").read_bytes()]
    with np.load(run / "predictions.npz", allow_pickle=False) as arrays:
        parts += [arrays[name].tobytes() for name in sorted(arrays.files)]
    metrics = json.loads((run / "metrics.json").read_text())
    del metrics["epoch_seconds"]
    parts.append(json.dumps(metrics, sort_keys=True).encode())
    with zipfile.ZipFile(run / "model.keras") as archive:
        weights = h5py.File(io.BytesIO(archive.read("model.weights.h5")), "r")

    def add(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            parts.append(name.encode() + np.asarray(item).tobytes())

    weights.visititems(add)
    assert len(parts) > 10, "weights, predictions and metrics are all there"
    return parts


def chaos(kills: int, seed: int, out: IO[str] = sys.stdout) -> Tally:
    """Kill until `kills` have hit; return what happened."""
    draw, tally = random.Random(seed), Tally()
    with tempfile.TemporaryDirectory() as place:
        script = Path(place) / "study.py"
        script.write_text(STUDY)
        seconds = run_through(script, Path(place) / "whole")
        expected = digest(Path(place) / "whole")
        assert len(expected) == 4
        while tally.kills < kills:
            folder = Path(place) / f"round-{tally.rounds}"
            _round(script, folder, min(5, kills - tally.kills), seconds, draw, tally)
            tally.same += digest(folder) == expected
            tally.rounds += 1
            out.write(f"{tally.kills} kills, {tally.rounds} rounds, {tally.same} the same\n")
            out.flush()
    return tally


def _round(
    script: Path, folder: Path, most: int, seconds: float, draw: random.Random, tally: Tally
) -> None:
    for _ in range(most):
        before = finished(folder)
        left = seconds * (1 - len(before) / 4)
        if not kill(script, folder, draw.uniform(0, left), tally):
            break
        _compare(before, finished(folder), tally)
    before = finished(folder)
    run_through(script, folder, tally)
    _compare(before, finished(folder), tally)


def _compare(before: dict[str, str], after: dict[str, str], tally: Tally) -> None:
    tally.lost += len(before.keys() - after.keys())
    tally.repeated += sum(after.get(name, value) != value for name, value in before.items())


if __name__ == "__main__":
    words = [int(word) for word in sys.argv[1:]]
    found = chaos(*([*words, *[100, 0][len(words) :]]))
    sys.stdout.write(f"{found}\n")
    good = found.same == found.rounds and found.lost == found.repeated == 0
    sys.exit(0 if good and found.taken_up > 0 else 1)
