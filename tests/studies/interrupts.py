"""Presses Ctrl-C in a real `versus run` at random moments, goes on, and compares every bit.

    python tests/studies/interrupts.py [TIMES] [SEED] [JOBS] [MODEL]

As in a terminal, SIGINT goes to the whole group of processes. Every second time it is pressed
again 0.3 s later (if the command still runs). Counted are the seconds from the last press to the
end of the command, and every exit code; each study is then run to its end, and must have the bits
of one that nobody stopped. A checkpoint that is there after a second press must be whole.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from chaos import digest

from versus.training.snapshot import unpack

STUDY = """
import versus
from versus.backend import keras

L = keras.layers

def net(shape, classes):
    middle = [L.Conv2D(16, 3), L.BatchNormalization(), L.ReLU(), L.MaxPooling2D(2), L.Dropout(0.3)]
    head = [L.Flatten(), L.Dense(classes, activation="softmax")]
    return keras.Sequential([keras.Input(shape), L.Rescaling(1 / 255), *middle, *head])

model = "{model}" or net
small = versus.Recipe(optimizer="adam", epochs={epochs}, batch_size=64)
momentum = versus.Recipe(
    optimizer="sgd", learning_rate=0.05, optimizer_options={{"momentum": 0.9}}, epochs={epochs},
    batch_size=64,
)
study = versus.Study(
    "Does a stopped study end as one that was not?", "digits",
    [versus.Variant("adam", model, small), versus.Variant("momentum", model, momentum)], seeds=2,
)
"""
RUN = "from versus.cli.main import main; main()"


def start(script: Path, folder: Path, jobs: int) -> "subprocess.Popen[str]":
    """Start the study in a group of its own, and return once its runs begin."""
    words = ["run", str(script), "--out", str(folder), "--jobs", str(jobs)]
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while process.poll() is None and not (folder / "plan.json").exists():
        time.sleep(0.01)
    return process


def press(process: "subprocess.Popen[str]") -> bool:
    """Send SIGINT to the group; return whether anybody was there to get it."""
    try:
        os.killpg(process.pid, signal.SIGINT)
    except ProcessLookupError:
        return False
    return True


def stop(script: Path, folder: Path, jobs: int, after: float, twice: bool) -> dict:
    """Press Ctrl-C `after` seconds into the runs; return what happened."""
    with start(script, folder, jobs) as process:
        time.sleep(after)
        running = process.poll() is None and press(process)
        asked, second = time.monotonic(), False
        if twice and running:
            try:
                process.wait(timeout=0.3)
            except subprocess.TimeoutExpired:
                second, asked = press(process), time.monotonic()
        out, err = process.communicate()
        took = time.monotonic() - asked
    whole = [unpack(p.read_bytes()) for p in folder.glob("*/.*.checkpoint/checkpoint.npz")]
    return {
        "after": round(after, 2),
        "hit": running and process.returncode == 130,
        "second": second,
        "seconds": round(took, 3),
        "code": process.returncode,
        "checkpoints": len(whole),
        "last_line": (err.strip().splitlines() or [""])[-1][:120],
        "traceback": "Traceback" in err + out,
    }


def main() -> None:
    # Started in the background, this would ignore Ctrl-C, and so would what it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    given = sys.argv[1:]
    times, seed, jobs = (int(word) for word in [*given, "10", "0", "1"][: max(3, len(given))][:3])
    model = given[3] if len(given) > 3 else ""
    draw, found, same = random.Random(seed), [], 0
    with tempfile.TemporaryDirectory() as place:
        script = Path(place) / "study.py"
        script.write_text(STUDY.format(model=model, epochs=2 if model else 8))
        with start(script, Path(place) / "whole", jobs) as process:
            begun = time.monotonic()
            _, err = process.communicate()
        assert process.returncode == 0, err
        seconds = time.monotonic() - begun
        expected = digest(Path(place) / "whole")
        assert len(expected) == 4
        for number in range(times):
            folder = Path(place) / f"round-{number}"
            after = draw.uniform(0, 0.9 * seconds)
            found.append(stop(script, folder, jobs, after, twice=number % 2 == 1))
            with start(script, folder, jobs) as process:
                _, err = process.communicate()
            assert process.returncode == 0, err
            found[-1]["same"] = digest(folder) == expected
            same += found[-1]["same"]
            print(json.dumps(found[-1]), flush=True)
    once = [one["seconds"] for one in found if one["hit"] and not one["second"]]
    twice = [one["seconds"] for one in found if one["hit"] and one["second"]]
    print(f"jobs {jobs}, model {model or 'small'}: {sum(one['hit'] for one in found)} hits of")
    print(f"{times}; once: longest {max(once, default=0)} s of {len(once)};")
    print(f"twice: longest {max(twice, default=0)} s of {len(twice)}; same bits: {same} of {times}")
    sys.exit(0 if same == times else 1)


if __name__ == "__main__":
    main()
