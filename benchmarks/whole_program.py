"""Twelve trainings as one command of versus against the same twelve as a Keras script.

    VERSUS_DATA=... python benchmarks/whole_program.py [--seeds 6] [--rounds 1]

Wall-clock seconds of whole processes, imports, data, evaluation and records included; the two
take turns, and nothing else should run meanwhile.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from engine import WORK, interpreter

HERE = Path(__file__).parent


def timed(words: list[str], environment: dict[str, str]) -> tuple[float, str]:
    start = time.perf_counter()
    done = subprocess.run(
        words, check=True, env=os.environ | environment, stdout=subprocess.PIPE, text=True
    )
    return time.perf_counter() - start, done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    script = [interpreter("keras-tf"), str(HERE / "whole_program_keras.py"), str(options.seeds)]
    backend = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    versus = str(Path(sys.executable).with_name("versus"))
    for number in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            study = [versus, "run", "fc-vs-cnn", "--seeds", str(options.seeds)]
            row = {"round": number}
            row["versus"], shown = timed([*study, "--out", f"{folder}/study"], {})
        print(shown)
        row["keras-tf"], shown = timed(script, backend)
        print(shown)
        row["share"] = row["versus"] / row["keras-tf"]
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
