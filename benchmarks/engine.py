"""Time of a training step, or of prediction: versus against every Keras backend and plain torch.

    VERSUS_DATA=... python benchmarks/engine.py [--what predict] [--systems a,b] [--rounds N]
        [--threads N]

Each engine is a process of its own, in an environment of its own (made under .bench/ from the
`bench` extra); blocks of at least 100 steps are interleaved, engine after engine, round after
round, so that a slow minute of the machine meets all of them. The first block of each is not
counted. Every block is appended to a file at once; the same command goes on where it stopped.
With `--what predict` a block is the prediction of 10,000 pictures.
"""

import argparse
import json
import math
import os
import platform
import signal
import statistics
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
WORK = HERE.parent / ".bench"
ENVIRONMENTS = {"tf": ("tensorflow", "tensorflow-cpu"), "jax": ("jax", "jax")}
ENGINES = [
    "versus",
    "versus-bf16",
    "keras-tf",
    "keras-tf-jit",
    "keras-jax",
    "keras-torch",
    "plain-torch",
]
# name: data, optimizer, learning rate, batch
SYSTEMS = {
    "fc": ("mnist", "sgd", 0.001, 128),
    "fc-dropout": ("mnist", "adam", 0.001, 128),
    "cnn-pool": ("mnist", "adam", 0.001, 128),
    "cnn-pool-augmented": ("mnist", "adam", 0.001, 128),
    "cnn-stride": ("mnist", "adam", 0.001, 128),
    "kernel-7x7": ("mnist", "adadelta", 1.0, 128),
    "kernel-3x3": ("mnist", "adadelta", 1.0, 128),
    "kernel-2x2": ("mnist", "adadelta", 1.0, 128),
    "filters-32-3x3": ("mnist", "adam", 0.001, 128),
    "filters-64-3x3": ("mnist", "adam", 0.001, 128),
    "filters-32-5x5": ("mnist", "adam", 0.001, 128),
    "dropout": ("mnist", "adam", 0.001, 128),
    "no-dropout": ("mnist", "adam", 0.001, 128),
    "fashion5-cnn": ("fashion-mnist-tops", "sgd", 0.01, 128),
    "fashion5-resnet-2": ("fashion-mnist-tops", "adam", 0.001, 128),
    "resnet-v1-8": ("fashion-mnist-tops", "adam", 0.001, 128),
    "lab": ("fashion-mnist", "adam", 0.001, 64),
    "lab-dropout": ("fashion-mnist", "adam", 0.001, 64),
}
STEPS = 100
PREDICTED = 10_000
NOT_SEQUENTIAL = {"fashion5-resnet-2", "resnet-v1-8"}  # plain torch would be another net
AUGMENTED = {"cnn-pool-augmented"}  # and torch has no such layers


def interpreter(engine: str) -> str:
    """The Python of an engine's environment, made at need."""
    key = engine.split("-")[1] if engine.startswith("keras-") else ""
    if key not in ENVIRONMENTS:
        return sys.executable
    name, package = ENVIRONMENTS[key]
    python = WORK / name / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", WORK / name], check=True)
        wanted = [f"keras=={metadata.version('keras')}", package]
        subprocess.run([python, "-m", "pip", "install", "--quiet", *wanted], check=True)
    return str(python)


def prepare(system: str, what: str) -> tuple[Path, Path]:
    """Write the system's model and the pictures of one block for the workers."""
    import versus

    data_name, _, _, batch = SYSTEMS[system]
    count = STEPS * batch if what == "train" else PREDICTED
    kind = batch if what == "train" else what
    model_path, data_path = WORK / f"{system}.keras", WORK / f"{data_name}-{kind}.npz"
    data = versus.load(data_name)
    if not data_path.exists():
        rows = np.arange(count)
        np.savez(data_path, images=data.train.images[rows], labels=data.train.labels[rows])
    versus.build(system, data.input_shape, len(data.classes), seed=0).save(model_path)
    return model_path, data_path


class Worker:
    """A process that trains, or predicts, one block at each word."""

    def __init__(self, engine: str, system: str, threads: int, what: str) -> None:
        model, data = prepare(system, what)
        _, optimizer, rate, batch = SYSTEMS[system]
        options = {
            "engine": engine,
            "model": model,
            "data": data,
            "optimizer": optimizer,
            "rate": rate,
            "batch": batch,
            "threads": threads,
            "what": what,
        }
        self.errors = WORK / f"{engine}-{system}.err"
        words = [word for key, value in options.items() for word in (f"--{key}", str(value))]
        self.process = subprocess.Popen(
            [interpreter(engine), str(HERE / "engine_worker.py"), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors.open("w"),
            text=True,
        )

    def block(self) -> dict:
        """Train a block while every other worker is stopped: some backends' threads spin."""
        self.begin()
        return self.finish()

    def begin(self) -> None:
        assert self.process.stdin is not None
        self.process.send_signal(signal.SIGCONT)
        try:
            self.process.stdin.write("go\n")
            self.process.stdin.flush()
        except BrokenPipeError as error:
            raise RuntimeError(f"the worker died, see {self.errors}") from error

    def finish(self) -> dict:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the worker died, see {self.errors}")
        self.process.send_signal(signal.SIGSTOP)
        return json.loads(line)

    def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.send_signal(signal.SIGCONT)
        self.process.wait()


def measure(
    system: str, engines: list[str], rounds: int, threads: int, what: str, path: Path
) -> None:
    """Run what `path` does not hold yet of one system."""
    done = [r for r in read(path, what) if r["system"] == system and r["threads"] == threads]
    missing = {e: rounds - sum(row["engine"] == e for row in done) for e in engines}
    wanted = [engine for engine in engines if missing[engine] > 0]
    if not wanted:
        return
    workers = {engine: Worker(engine, system, threads, what) for engine in wanted}
    for worker in workers.values():
        worker.block()  # compiles, warms up, is not counted
    for _ in range(max(missing.values())):
        for engine, worker in workers.items():
            row = {"what": what, "system": system, "engine": engine, "threads": threads}
            row |= worker.block()
            with path.open("a") as file:
                file.write(json.dumps(row) + "\n")
            print(f"{system:18} {engine:13} {figure(row, what):10.2f} {UNITS[what]}", flush=True)
    for worker in workers.values():
        worker.stop()


UNITS = {"train": "ms a step", "predict": "pictures/s"}


def figure(row: dict, what: str) -> float:
    """What is shown of a block: milliseconds a step, or pictures a second."""
    if what == "predict":
        return row["pictures"] / row["seconds"]
    return row["seconds"] / row["steps"] * 1e3


def read(path: Path, what: str) -> list[dict]:
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [row for row in rows if row.get("what", "train") == what]


def summarise(rows: list[dict], threads: int, what: str) -> str:
    """Medians with their range, and ratios to versus, as Markdown."""
    lines = [
        f"{UNITS[what].capitalize()}, {threads} threads, median (lowest to highest); in brackets "
        "how many times as long as versus it takes.",
        "",
        "| system | " + " | ".join(ENGINES) + " |",
        "|---|" + "---:|" * len(ENGINES),
    ]
    ratios: dict[str, list[float]] = {}
    for system in SYSTEMS:
        times = {
            engine: [
                figure(row, what)
                for row in rows
                if (row["system"], row["engine"], row["threads"]) == (system, engine, threads)
            ]
            for engine in ENGINES
        }
        if not times["versus"]:
            continue
        base = statistics.median(times["versus"])
        cells = []
        for engine, found in times.items():
            if not found:
                cells.append("")
                continue
            middle = statistics.median(found)
            ratio = base / middle if what == "predict" else middle / base
            ratios.setdefault(engine, []).append(ratio)
            cells.append(f"{middle:.1f} ({min(found):.1f} to {max(found):.1f}) [{ratio:.2f}]")
        lines.append(f"| `{system}` | " + " | ".join(cells) + " |")
    means = [
        f"{math.exp(statistics.fmean(map(math.log, ratios[e]))):.2f} (n={len(ratios[e])})"
        if e in ratios
        else ""
        for e in ENGINES
    ]
    lines.append("| geometric mean of ratios | " + " | ".join(means) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", default=",".join(SYSTEMS))
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--what", choices=list(UNITS), default="train")
    parser.add_argument("--out", type=Path, default=WORK / "engine.jsonl")
    options = parser.parse_args()
    what = options.what
    WORK.mkdir(exist_ok=True)
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    for system in options.systems.split(","):
        engines = [e for e in options.engines.split(",") if e in ENGINES]
        if system in NOT_SEQUENTIAL | AUGMENTED:
            engines = [e for e in engines if e != "plain-torch"]
        if what == "predict":
            engines = [e for e in engines if e != "versus-bf16"]  # measured in float32 always
        measure(system, engines, options.rounds, options.threads, what, options.out)
    text = summarise(read(options.out, what), options.threads, what)
    print(f"\n{platform.processor() or platform.machine()}, {os.cpu_count()} cores\n\n{text}")


if __name__ == "__main__":
    main()
