"""Do the engine and Keras's own fit train equally well? Paired seeds on real pictures.

    VERSUS_DATA=... python benchmarks/agreement.py [--systems a,b] [--seeds N] [--pictures N]

The same initial weights and order of pictures for both; dropout masks differ, so single runs do.
On the differences in test accuracy of the pairs: a paired t interval (95 %), two one-sided t
tests within the margin (equivalence at 5 %), and the smallest true difference that the t test
would have found with a power of 80 %, from the spread that was seen.
"""

import argparse
import statistics

import numpy as np
from scipy import stats

import versus
from versus.data.dataset import Dataset
from versus.training.recipe import Recipe

MARGIN = 0.005


def accuracy(system: str, data: Dataset, recipe: Recipe, seed: int, engine: str) -> float:
    model = versus.build(system, data.input_shape, len(data.classes), seed=seed)
    versus.fit(model, data, recipe, seed=seed, validation_split=0, engine=engine, verbose=0)
    return versus.evaluate(model, data)["accuracy"]


def row(system: str, ours: list[float], theirs: list[float]) -> str:
    differences = np.subtract(ours, theirs)
    n, mean = len(differences), float(np.mean(differences))
    error = float(np.std(differences, ddof=1)) / n**0.5
    half = float(stats.t.ppf(0.975, n - 1)) * error
    inside = max(
        stats.t.sf((mean + MARGIN) / error, n - 1), stats.t.cdf((mean - MARGIN) / error, n - 1)
    )
    found = (float(stats.t.ppf(0.975, n - 1)) + float(stats.t.ppf(0.8, n - 1))) * error
    return (
        f"| `{system}` | {n} | {statistics.fmean(ours):.4f} | {statistics.fmean(theirs):.4f} "
        f"| {mean:+.4f} ({mean - half:+.4f} to {mean + half:+.4f}) | {inside:.1g} | {found:.4f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", default="fc-dropout,cnn-stride")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--pictures", type=int, default=12_000)
    parser.add_argument("--epochs", type=int, default=4)
    options = parser.parse_args()
    whole = versus.load("mnist")
    part = whole.train.take(np.arange(options.pictures))
    data = Dataset(name="mnist", classes=whole.classes, train=part, test=whole.test)
    recipe = Recipe(optimizer="adam", learning_rate=0.001, batch_size=128, epochs=options.epochs)
    print(
        f"MNIST, {options.pictures} training pictures, {options.epochs} epochs of Adam, test "
        f"accuracy on 10,000; margin {MARGIN}.\n\n"
        "| system | seeds | engine | Keras's fit | difference (95 %) | p of equivalence "
        "| found at 80 % |\n|---|---:|---:|---:|---:|---:|---:|",
        flush=True,
    )
    for system in options.systems.split(","):
        pairs = [
            [accuracy(system, data, recipe, seed, engine) for engine in ("versus", "keras")]
            for seed in range(options.seeds)
        ]
        print(row(system, [a for a, _ in pairs], [b for _, b in pairs]), flush=True)


if __name__ == "__main__":
    main()
