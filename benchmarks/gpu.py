"""Seconds an epoch on a CUDA card: versus against Keras on torch and Keras on JAX.

    python benchmarks/gpu.py [--systems a,b] [--engines a,b] [--rounds N] [--seconds S]
        [--pictures N] [--record FOLDER]

Each engine is a process of its own that lives through all rounds; engines take turns, one epoch
after the other, so that a slow minute of the machine meets all of them. The first epochs of each
are not counted: they compile, warm up and capture. Pictures are random bytes of MNIST's size:
what is measured is time, and a card's kernels take the same for any picture. The loss is compared
all the same: every engine learns the labels, a fixed function of the pictures, or is not counted.
An engine whose libraries are missing, or find no card, is said, and left out. Whatever was measured
when the time is over is written down.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
# name: optimizer, learning rate, batch
SYSTEMS = {
    "cnn-pool": ("adam", 0.001, 128),
    "fc-dropout": ("adam", 0.001, 128),
    "dropout": ("adam", 0.001, 128),
    "kernel-7x7": ("adadelta", 1.0, 128),
    "resnet-v1-8": ("adam", 0.001, 128),
}
ENGINES = {
    "versus": {},
    "versus-tf32": {"precision": "tf32"},
    "versus-bf16": {"precision": "bfloat16"},
    "versus-single-steps": {"graphs": "no"},
    "keras-torch": {},
    "keras-jax": {},
}
WARM = 2


def pictures(count: int):
    """Pictures uint8 `[n, 28, 28, 1]` and labels: which tenth of the rows is bright."""
    import numpy as np

    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, count)
    images = rng.integers(0, 200, (count, 28, 28, 1), dtype=np.uint8)
    images[np.arange(count), labels * 2 + 4] += 55
    return images, labels.astype("int64")


def worker(options: argparse.Namespace) -> None:
    """Train an epoch at each word on stdin, and answer with its seconds and its loss."""
    answer, sys.stdout = sys.stdout, sys.stderr
    train = versus_epochs(options) if options.worker.startswith("versus") else keras_epochs(options)
    answer.write(json.dumps({"ready": True}) + "\n")
    answer.flush()
    for line in sys.stdin:
        if line.strip() != "go":
            return
        answer.write(json.dumps(train()) + "\n")
        answer.flush()


def build_once(options: argparse.Namespace):
    """Write the system's model once, by versus, for every engine."""
    import versus

    versus.build(options.systems, (28, 28, 1), 10, seed=0).save(options.model)


class Timed:
    """Keras's callback that times the last of the epochs; made where Keras is imported."""

    def __new__(cls, epochs: int):
        import keras

        class Callback(keras.callbacks.Callback):
            seconds = loss = 0.0

            def on_epoch_begin(self, epoch, logs=None):
                self.start = time.perf_counter()

            def on_epoch_end(self, epoch, logs=None):
                self.loss = float(logs["loss"])  # waits for the card
                if epoch == epochs - 1:
                    self.seconds = time.perf_counter() - self.start

        return Callback()


def versus_epochs(options: argparse.Namespace):
    os.environ["VERSUS_DEVICE"] = options.device
    from versus.backend import check_device, keras, torch
    from versus.data.dataset import Split
    from versus.training import engine
    from versus.training.recipe import Recipe
    from versus.training.recorder import RECORDERS

    check_device(options.device)
    choice = ENGINES[options.worker]
    if choice.get("graphs") == "no":
        RECORDERS.clear()
    optimizer, rate, batch = SYSTEMS[options.systems]
    recipe = Recipe(
        optimizer=optimizer,
        learning_rate=rate,
        batch_size=batch,
        epochs=WARM + 1,
        precision=choice.get("precision", "float32"),
    )
    split = Split(*pictures(options.pictures))
    model = keras.saving.load_model(options.model, compile=False)

    def train():
        timed = Timed(recipe.epochs)
        engine.fit(model, recipe, split, None, seed=0, callbacks=[timed])
        peak = torch.cuda.max_memory_allocated() / 2**20 if options.device == "cuda" else 0.0
        return {"seconds": timed.seconds, "loss": timed.loss, "peak_mib": peak}

    return train


def keras_epochs(options: argparse.Namespace):
    os.environ["KERAS_BACKEND"] = backend = options.worker.split("-")[1]
    os.environ["KERAS_TORCH_DEVICE"] = options.device
    if backend == "jax":
        # JAX takes three quarters of a card's memory when it starts.
        os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
        if options.device == "cpu":
            os.environ["JAX_PLATFORMS"] = "cpu"
        import jax

        found = jax.devices()[0].platform
        if options.device == "cuda" and found not in ("gpu", "cuda"):
            raise RuntimeError(f"jax finds no CUDA card, only {found}")
    import keras
    import numpy as np

    images, labels = pictures(options.pictures)
    wanted = np.eye(10, dtype="float32")[labels]
    optimizer, rate, batch = SYSTEMS[options.systems]
    model = keras.saving.load_model(options.model, compile=False)
    made = keras.optimizers.get(optimizer)
    made.learning_rate = rate
    model.compile(
        made, "categorical_crossentropy", metrics=["accuracy"], jit_compile=backend == "jax"
    )

    def train():
        timed = Timed(WARM + 1)
        model.fit(images, wanted, batch_size=batch, epochs=WARM + 1, verbose=0, callbacks=[timed])
        return {"seconds": timed.seconds, "loss": timed.loss}

    return train


class Process:
    """An engine's process; it is stopped by what it does not answer."""

    def __init__(self, engine: str, system: str, options: argparse.Namespace, model: Path) -> None:
        words = ["--worker", engine, "--systems", system, "--model", str(model)]
        words += ["--pictures", str(options.pictures), "--device", options.device]
        self.errors = options.record / f"{system}_{engine}.err"
        self.process = subprocess.Popen(
            [sys.executable, __file__, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors.open("w"),
            text=True,
        )

    def answer(self) -> dict | None:
        """What it says next; None where it has ended."""
        line = self.process.stdout.readline()
        return json.loads(line) if line else None

    def epoch(self) -> dict | None:
        try:
            self.process.stdin.write("go\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return None
        return self.answer()

    def why_not(self) -> str:
        lines = self.errors.read_text().strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.returncode == 0 or not self.errors.read_text().strip():
            self.errors.unlink()


def measure(options: argparse.Namespace) -> tuple[list[dict], dict[str, str]]:
    """All rounds of all systems, and what could not be measured, with why."""
    rows: list[dict] = []
    missing: dict[str, str] = {}
    end = time.monotonic() + options.seconds
    for system in options.systems.split(","):
        model = options.record / f"{system}.keras"
        words = ["--worker", "build", "--systems", system, "--model", str(model)]
        subprocess.run([sys.executable, __file__, *words], check=True)
        running = {}
        for engine in options.engines.split(","):
            process = Process(engine, system, options, model)
            if process.answer() is None:
                missing[f"{system}, {engine}"] = process.why_not()
                print(f"{system:12} {engine:20} not measured: {process.why_not()}", flush=True)
                process.stop()
            else:
                running[engine] = process
        for number in range(options.rounds):
            for engine in list(running):
                if time.monotonic() > end:
                    missing.setdefault(f"{system}, {engine}, round {number + 1}", "time was over")
                    continue
                row = running[engine].epoch()
                if row is None:
                    missing[f"{system}, {engine}"] = running[engine].why_not()
                    running.pop(engine).stop()
                    continue
                rows.append({"system": system, "engine": engine, "round": number, **row})
                with (options.record / "epochs.jsonl").open("a") as file:
                    file.write(json.dumps(rows[-1]) + "\n")
                print(
                    f"{system:12} {engine:20} {row['seconds']:8.3f} s  loss {row['loss']:.4f}",
                    flush=True,
                )
        for process in running.values():
            process.stop()
        model.unlink()
    return rows, missing


def machine() -> str:
    """The card, its driver and the libraries, as far as they say."""
    try:
        asked = [
            "nvidia-smi",
            "--query-gpu=name,driver_version,memory.total",
            "--format=csv,noheader",
        ]
        card = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        card = "no card that nvidia-smi sees"
    versions = []
    for name in ("keras", "torch", "jax", "numpy"):
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"no {name}")
    return (
        f"{card}; {os.cpu_count()} cores, {platform.platform()}, Python "
        f"{platform.python_version()}; {', '.join(versions)}."
    )


def summarise(rows: list[dict], missing: dict[str, str], options: argparse.Namespace) -> str:
    """The record's page."""
    engines = [e for e in ENGINES if any(row["engine"] == e for row in rows)]
    lines = [
        f"# Seconds an epoch on {options.device}",
        "",
        "Command:",
        "",
        "    python " + " ".join(["benchmarks/gpu.py", *sys.argv[1:]]),
        "",
        f"{options.pictures} pictures of 28x28, median (lowest to highest) over the rounds; in "
        "brackets how many times as long as versus it takes. One epoch a round, after "
        f"{WARM} that do not count; engines in turns, each in a process of its own.",
        "",
        "| system | " + " | ".join(engines) + " |",
        "|---|" + "---:|" * len(engines),
    ]
    for system in SYSTEMS:
        times = {
            e: [r["seconds"] for r in rows if (r["system"], r["engine"]) == (system, e)]
            for e in engines
        }
        if not any(times.values()):
            continue
        base = statistics.median(times["versus"]) if times.get("versus") else None
        cells = [
            f"{statistics.median(found):.4f} ({min(found):.4f} to {max(found):.4f})"
            + (f" [{statistics.median(found) / base:.2f}]" if base else "")
            if found
            else ""
            for found in times.values()
        ]
        lines.append(f"| `{system}` | " + " | ".join(cells) + " |")
    lines += ["", *[f"- Not measured: {what}: {why}" for what, why in missing.items()]]
    return "\n".join([*lines, "", "## Machine", "", machine(), ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", default=",".join(SYSTEMS))
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=480.0, help="start no epoch later")
    parser.add_argument("--pictures", type=int, default=48_000)
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--record", type=Path, default=HERE.parent / ".bench" / "gpu")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--model", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker == "build":
        build_once(options)
    elif options.worker:
        worker(options)
    else:
        options.record.mkdir(parents=True, exist_ok=True)
        text = summarise(*measure(options), options)
        (options.record / "summary.md").write_text(text)
        print("\n" + text)


if __name__ == "__main__":
    main()
