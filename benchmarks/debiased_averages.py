"""Document B's first epoch: do averages of batch normalisation that start unbiased explain it?

    VERSUS_DATA=... python benchmarks/debiased_averages.py --out FOLDER

Keras 3 starts the moving averages of batch normalisation at 0 and 1, and a hundredth of that is
still in them after an epoch of MNIST. Standalone Keras on TensorFlow 1, which document B ran on,
took it out (`zero_debias`). Nets of `kernel-sizes` learn for one epoch; then the test pictures are
read with the averages as they are, and with the start taken out:
mean / (1 - m^t) and (variance - m^t) / (1 - m^t), for momentum m and t steps.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from record import machine

import versus
from versus.backend import keras
from versus.data.dataset import Dataset
from versus.evaluation.intervals import mean_sd
from versus.library.kernel_sizes import study as kernel_sizes
from versus.library.published.curves import printed_curve
from versus.library.published.figures import Printed
from versus.library.reproduction.outcome import judge

NAMES = ("kernel-3x3", "kernel-2x2")
BATCH, TRAIN = 128, 60_000
STEPS = -(-TRAIN // BATCH)
Row = tuple[int, dict[str, float], dict[str, float]]


def take_start_out(model: keras.Model, steps: int = STEPS) -> None:
    """Correct the averages of every batch normalisation for what they started at."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            left = layer.momentum**steps
            layer.moving_mean.assign(layer.moving_mean / (1 - left))
            layer.moving_variance.assign((layer.moving_variance - left) / (1 - left))


def read(model: keras.Model, data: Dataset) -> dict[str, float]:
    """Return accuracy and loss on the test pictures."""
    found = versus.evaluate(model, data)
    return {name: found[name] for name in ("accuracy", "loss")}


def rows_of(name: str, result: versus.StudyResult, folder: Path, data: Dataset) -> list[Row]:
    """Return seed, numbers as they are and numbers with the start taken out, of each run."""
    rows = []
    for run in result.finished(name):
        model = keras.models.load_model(folder / name / str(run.seed) / "model.keras")
        before = read(model, data)
        take_start_out(model)
        rows.append((run.seed, before, read(model, data)))
    return rows


def table(name: str, rows: list[Row]) -> list[str]:
    """The two ways beside what is printed, in Markdown."""
    lines = [
        "| epoch 1 | printed | averages as they are | 99 % | start taken out | 99 % |",
        "|---|---:|---:|---|---:|---|",
    ]
    for printed in printed_curve(name):
        if (printed.epoch, printed.split) == (1, "validation"):
            cells = [cell(printed, [row[i][printed.metric] for row in rows]) for i in (1, 2)]
            lines.append(f"| {printed.metric} | {printed.text} | {' | '.join(cells)} |")
    return lines


def cell(printed: Printed, values: list[float]) -> str:
    """Mean, spread, interval and word."""
    found, outcome = mean_sd(values), judge(printed, values)
    interval = outcome.interval
    where = f"{interval.low:.4f} to {interval.high:.4f}: " if interval else ""
    return f"{found.mean:.4f} ({found.sd or 0:.4f}, n {found.n}) | {where}{outcome.word}"


def every_run(name: str, rows: list[Row]) -> list[str]:
    """Each run's numbers, in Markdown."""
    return [
        f"| `{name}` | {seed} | {before['accuracy']:.4f} | {before['loss']:.4f} "
        f"| {after['accuracy']:.4f} | {after['loss']:.4f} |"
        for seed, before, after in rows
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("versus-runs/debiased-averages"))
    parser.add_argument("--seeds", type=int, default=8)
    options = parser.parse_args()
    study = replace(
        kernel_sizes,
        name="first-epoch",
        variants=[kernel_sizes.variant(name) for name in NAMES],
        seeds=options.seeds,
    ).with_changes(epochs=1)
    result = study.run(options.out / "runs")
    data = versus.load("mnist")
    found = {name: rows_of(name, result, options.out / "runs", data) for name in NAMES}
    head = "| system | seed | accuracy | loss | accuracy, start out | loss, start out |"
    parts = [
        "# Document B's first epoch, and how batch normalisation's averages start",
        f"Command:\n\n    VERSUS_DATA=... python benchmarks/debiased_averages.py --seeds "
        f"{options.seeds}",
        (__doc__ or "").split("\n\n", 2)[2].strip(),
        *("\n".join([f"## `{name}`", "", *table(name, rows)]) for name, rows in found.items()),
        "\n".join(
            ["## Every run", "", head, "|---|---:|---:|---:|---:|---:|"]
            + [line for name, rows in found.items() for line in every_run(name, rows)]
        ),
        "## Machine",
        *machine(result),
    ]
    (options.out / "summary.md").write_text("\n\n".join(parts) + "\n")
    print(options.out / "summary.md")


if __name__ == "__main__":
    main()
