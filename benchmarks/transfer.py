"""What a base trained on Fashion-MNIST is worth on MNIST: from scratch, frozen, and fine-tuned.

    VERSUS_DATA=... python benchmarks/transfer.py --out FOLDER --labels 100 1000 60000

A small VGG-style net is trained on Fashion-MNIST once. Then one study for each number of MNIST
labels compares three ways of learning from them. Every run is a run of a study: what is finished
is never made again, so the command may be stopped and repeated, with more labels or seeds.
It writes FOLDER/summary.md and FOLDER/results.json of all that is there.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from record import machine

import versus
from versus import seeding
from versus.backend import keras
from versus.data.dataset import Dataset

layers = keras.layers
HELD_OUT = 2_000
"""The last MNIST training pictures, which only measure, whatever the number of labels."""
MEASURED = 500

# Batch size and epochs: some hundred steps for few labels, fewer epochs for many.
LENGTHS = {100: (20, 60), 1_000: (50, 30), 60_000: (128, 3)}


def vgg_small(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
    """Three blocks of two 3x3 convolutions, 16, 32 and 64 wide, each pooled; 77,562 parameters."""
    x = inputs = keras.Input(input_shape)
    x = layers.Rescaling(1 / 255)(x)
    for block, filters in enumerate((16, 32, 64), 1):
        for number in (1, 2):
            name = f"block{block}_conv{number}"
            x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=name)(x)
        x = layers.MaxPooling2D(2, name=f"block{block}_pool")(x)
    outputs = layers.Dense(classes, activation="softmax")(layers.Flatten()(x))
    return keras.Model(inputs, outputs, name="vgg-small")


def base_study(epochs: int) -> versus.Study:
    """The base: one run on Fashion-MNIST."""
    recipe = versus.Recipe(optimizer="adam", learning_rate=1e-3, batch_size=128, epochs=epochs)
    return versus.Study(
        name="base",
        question="How well does vgg-small read Fashion-MNIST?",
        data="fashion-mnist",
        variants=[versus.Variant("vgg-small", vgg_small, recipe)],
        seeds=1,
    )


def few_labels(mnist: Dataset, count: int) -> Dataset:
    """MNIST with so many training pictures, as many of each class, drawn once for all seeds."""
    train = mnist.train
    rows = np.arange(len(train) - HELD_OUT)
    if count < len(train):
        order = seeding.stream(0, "few-labels").permutation(rows)
        labels = train.labels[order]
        k = len(mnist.classes)
        rows = np.sort(np.concatenate([order[labels == c][: count // k] for c in range(k)]))
    measured = train.take(np.arange(len(train) - HELD_OUT, len(train) - HELD_OUT + MEASURED))
    return Dataset.from_arrays(
        (train.images[rows], train.labels[rows]),
        (mnist.test.images, mnist.test.labels),
        validation=(measured.images, measured.labels),
        name=f"mnist-{count}",
        classes=mnist.classes,
        source=f"MNIST, {len(rows)} training pictures",
    )


def moved_study(mnist: Dataset, count: int, base: Path, seeds: int) -> versus.Study:
    """Three ways of learning from `count` labels."""
    batch, epochs = LENGTHS[count]
    recipe = versus.Recipe(learning_rate=1e-3, batch_size=batch, epochs=epochs)
    # The head settles for a third of the time, then the base follows at a tenth of the rate.
    later = versus.LayerGroup(layers="vgg-small", rate=0.1, after=epochs // 3)
    gentle = versus.Recipe(learning_rate=1e-3, batch_size=batch, epochs=epochs, groups=(later,))
    return versus.Study(
        name=f"labels-{count}",
        question=f"What is a base from Fashion-MNIST worth with {count:,} labels of MNIST?",
        data=few_labels(mnist, count),
        variants=[
            versus.Variant("scratch", vgg_small, recipe),
            versus.Variant("frozen", versus.transfer(base), recipe),
            versus.Variant("finetuned", versus.transfer(base, freeze=False), gentle),
        ],
        seeds=seeds,
        suppress={
            "VS104": "fine-tuning is a recipe: the base follows later, and more slowly",
        },
    )


def summary(base: versus.StudyResult, moved: dict[int, versus.StudyResult], command: str) -> str:
    """Return the page."""
    names = [variant.name for variant in next(iter(moved.values())).study.variants]
    rows = [f"| labels | {' | '.join(names)} | seeds |", f"|---:|{'---|' * len(names)}---:|"]
    verdicts, seeds = [], []
    for count, result in moved.items():
        frame = result.frame()
        cells = [
            f"{frame.loc[n, 'accuracy_mean']:.4f} ({frame.loc[n, 'accuracy_sd']:.4f})"
            for n in names
        ]
        rows.append(f"| {count:,} | {' | '.join(cells)} | {int(frame['n'].min())} |")
        verdicts += [f"- {count:,} labels, **{v.word}**: {v.reason}" for v in result.verdicts]
        for name in names:
            runs = {run.seed: run.judged()["accuracy"] for run in result.finished(name)}
            values = ", ".join(f"{runs[seed]:.4f}" for seed in sorted(runs))
            seeds.append(f"| {count:,} | `{name}` | {values} |")
    accuracy = base.frame()["accuracy_mean"].iloc[0]
    parts = [
        "# From Fashion-MNIST to MNIST",
        f"Command:\n\n    {command}",
        f"A VGG-style net of {base.records[0].parameters:,} parameters (three blocks of two 3x3 "
        "convolutions, 16, 32 and 64 wide) was trained on Fashion-MNIST, to a test accuracy of "
        f"{accuracy:.4f}. *scratch* is "
        "the same net from random weights; *frozen* trains a new last layer on what the base sees; "
        "*finetuned* lets the base learn as well, at a tenth of the rate, once a third of the "
        "epochs are over. MNIST test accuracy on 10,000 pictures, mean (sample standard deviation) "
        "over seeds. With 100 and 1,000 labels there are as many of each class, the same pictures "
        f"for every seed; of 60,000 the last {HELD_OUT:,} are set apart.",
        "\n".join(rows),
        "\n".join(verdicts),
        "## Every run\n\n" + "\n".join(["| labels | way | by seed |", "|---:|---|---|", *seeds]),
        "## Machine",
        *machine(next(iter(moved.values()))),
    ]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("versus-runs/transfer"))
    parser.add_argument("--labels", type=int, nargs="+", choices=list(LENGTHS), default=[100, 1000])
    parser.add_argument("--seeds", type=int, default=7, help="seven are the least for three pairs")
    parser.add_argument("--base-epochs", type=int, default=4)
    parser.add_argument("--jobs", type=int)
    options = parser.parse_args()
    base = base_study(options.base_epochs).run(options.out / "base", jobs=options.jobs)
    mnist = versus.load("mnist")
    place = options.out / "base" / "vgg-small" / "0"
    for count in options.labels:
        study = moved_study(mnist, count, place, options.seeds)
        study.run(options.out / study.name, jobs=options.jobs)
    done = {
        count: versus.read_result(options.out / f"labels-{count}")
        for count in LENGTHS
        if (options.out / f"labels-{count}").is_dir()
    }
    command = f"VERSUS_DATA=... python benchmarks/transfer.py --labels {' '.join(map(str, done))}"
    (options.out / "summary.md").write_text(summary(base, done, command))
    found: dict[str, Any] = {str(count): result.to_dict() for count, result in done.items()}
    (options.out / "results.json").write_text(json.dumps(found, indent=1) + "\n")
    print(options.out / "summary.md")


if __name__ == "__main__":
    main()
