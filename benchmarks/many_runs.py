"""Eight commands share one study of 8,000 runs that do nothing: is one lost, is one made twice?

    python benchmarks/many_runs.py [PROCESSES] [SEEDS]     # 8 4000: two variants of each seed

Every command goes the whole way of `versus run` (plan, locks, records, verdicts) with one thing
replaced: a run trains nothing, and gives predictions drawn from its seed. Printed as JSON: what was
lost or doubled, runs a second from the first start to the last end, how the memory of each command
grew while runs were made, and how long the finish took.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

PICTURES = 48


def no_training(run: Any, data: Any, epoch_ended: Any, *rest: Any) -> Any:
    """Stand in for a run: predictions by seed, and the files that every run has."""
    from versus import seeding
    from versus.evaluation.metrics import summarise
    from versus.evaluation.predictions import Predictions
    from versus.results.encoding import json_bytes, npz_bytes
    from versus.results.record import RunRecord

    draw = seeding.stream(run.seed, "no training", run.variant.name)
    scores = draw.random((len(data.test), len(data.classes)), dtype=np.float32)
    right = np.eye(len(data.classes), dtype=np.float32)[data.test.labels]
    scores = scores + right * (0.2 + 0.05 * int(run.variant.name[1:]))
    probabilities = (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32)
    indices = np.arange(len(data.test))
    found = Predictions(
        probabilities=probabilities,
        labels=data.test.labels,
        indices=indices,
        classes=data.classes,
    )
    metrics = {"test": {"loss": 1.0, **summarise(found)}}
    record = RunRecord.from_dict(
        {"status": "finished", "config": run.config, "metrics": metrics, **run.cost.to_dict()}
    )
    return record, {
        "config.json": json_bytes(run.config.to_dict()),
        "history.csv": b"epoch,loss\n1,1.0\n",
        "predictions.npz": npz_bytes(
            test_probabilities=probabilities, test_labels=data.test.labels, test_indices=indices
        ),
        "log.txt": b"nothing was trained\n",
    }


def line(input_shape: Any, classes: int) -> Any:
    from versus.backend import keras

    head = keras.layers.Dense(classes, activation="softmax")
    return keras.Sequential([keras.Input(input_shape), keras.layers.Flatten(), head])


def make_study(variants: int, seeds: int) -> Any:
    import versus

    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, size=(PICTURES, 4, 4, 1), dtype=np.uint8)
    pictures = images, np.arange(PICTURES) % 3
    data = versus.Dataset.from_arrays(pictures, pictures, name="noise")
    made = [versus.Variant(f"v{n}", line, versus.Recipe(epochs=1)) for n in range(variants)]
    return versus.Study("Is a run lost?", data, made, seeds=seeds, name="many-runs")


def command(folder: Path, variants: int, seeds: int) -> dict[str, Any]:
    """Be one of the commands; return what it saw."""
    from versus.studies import work
    from versus.studies.observer import Observer
    from versus.studies.runner import run_study

    work.run_trial = no_training

    class Watching(Observer):
        def __init__(self) -> None:
            self.made: list[str] = []
            self.elsewhere = 0
            self.memory: list[int] = []
            self.times = {"begun": time.monotonic()}

        def study_started(self, plan: Any) -> None:
            self.times["planned"] = time.monotonic()

        def run_ended(self, record: Any) -> None:
            assert record.status == "finished", record.error
            self.made.append(f"{record.variant}/{record.seed}")
            if len(self.made) % 50 == 1:
                self.memory.append(resident())

        def run_made_elsewhere(self, record: Any) -> None:
            self.elsewhere += 1

        def study_ended(self) -> None:
            self.times["made"] = time.monotonic()

    watching = Watching()
    result = run_study(make_study(variants, seeds), folder, observer=watching)
    watching.times["finished"] = time.monotonic()
    told = json.dumps(
        [[verdict.to_dict() for verdict in result.verdicts], len(result.records)], sort_keys=True
    )
    return {
        "pid": os.getpid(),
        "made": watching.made,
        "elsewhere": watching.elsewhere,
        "memory": watching.memory,
        "times": watching.times,
        "result": hashlib.sha256(told.encode()).hexdigest(),
    }


def resident() -> int:
    """Return the bytes of memory this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def share(folder: Path, processes: int, variants: int, seeds: int) -> dict[str, Any]:
    """Let so many commands run one study at once; return what came of it."""
    order = [sys.executable, __file__, "--command", str(folder), str(variants), str(seeds)]
    started = [subprocess.Popen(order, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    seen = []
    for process in started:
        out, _ = process.communicate()
        assert process.returncode == 0, "a command failed"
        seen.append(json.loads(out.splitlines()[-1]))
    return judge(folder, variants, seeds, seen)


def judge(folder: Path, variants: int, seeds: int, seen: list[dict[str, Any]]) -> dict[str, Any]:
    from versus.results.store import DirectoryStore

    asked = {f"v{v}/{s}" for v in range(variants) for s in range(seeds)}
    made = Counter(run for one in seen for run in one["made"])
    start = time.monotonic()
    survey = DirectoryStore(folder).survey(models=True)
    looked = time.monotonic() - start
    there = {f"{r.variant}/{r.seed}" for r in survey.records}
    first = min(one["times"]["planned"] for one in seen)
    last = max(one["times"]["made"] for one in seen)
    return {
        "commands": len(seen),
        "runs": len(asked),
        "lost": len(asked - there),
        "unasked": len(there - asked),
        "made twice": sum(count > 1 for count in made.values()),
        "made by nobody": len(asked - made.keys()),
        "damaged": len(survey.damaged),
        "left behind": len([p for p in folder.rglob(".*") if p.is_file()]),
        "results": len({one["result"] for one in seen}),
        "made by each": sorted(len(one["made"]) for one in seen),
        "seconds of runs": round(last - first, 1),
        "runs per second": round(len(asked) / (last - first), 1),
        "seconds to finish, most": max(
            round(o["times"]["finished"] - o["times"]["made"], 1) for o in seen
        ),
        "seconds to read and check all": round(looked, 1),
        "memory of a command, MB": [
            [round(m / 1e6, 1) for m in (o["memory"][0], o["memory"][-1])]
            for o in seen
            if o["memory"]
        ],
    }


def main() -> None:
    words = sys.argv[1:]
    if words[:1] == ["--command"]:
        print(json.dumps(command(Path(words[1]), int(words[2]), int(words[3]))))
        return
    processes, seeds = [*(int(word) for word in words), *[8, 4000][len(words) :]]
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(share(Path(folder) / "study", processes, 2, seeds), indent=2))


if __name__ == "__main__":
    main()
