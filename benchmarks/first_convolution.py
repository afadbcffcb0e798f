"""What the kernel of the first convolution is worth: nets with and without it, in turn.

    python benchmarks/first_convolution.py [--threads N] [--rounds N]

A line a net: milliseconds of forward and backward pass of a batch, and of predicting 125 pictures,
median (10th to 90th percentile). Pictures are random: products take as long whatever they are of.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np

import versus
from versus.backend import torch
from versus.training.lowering.program import Program, lower

NETS = {"cnn-pool": 128, "lab": 64, "dropout": 128, "filters-32-3x3": 128}
STEPS, PREDICTED, FIRST = 3, 125, 4


def lowered(name: str, *, with_kernel: bool) -> tuple[Any, Program]:
    """Return a net and its program."""
    model = versus.build(name, (28, 28, 1), 10, seed=0)
    if with_kernel:
        return model, lower(model, np.random.default_rng(0))
    with mock.patch("versus.training.lowering.dense_conv._is_first", return_value=False):
        return model, lower(model, np.random.default_rng(0))


def milliseconds(work: Callable[[], object], times: int) -> float:
    begun = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - begun) / times * 1e3


def step(model: Any, program: Program, pictures: Any) -> None:
    (out,) = program([pictures], training=True, logits=program.ends_in_softmax)
    torch.autograd.grad(out.square().sum(), [v.value for v in model.trainable_variables])


def predict(program: Program, pictures: Any) -> None:
    with torch.no_grad():
        program([pictures], training=False)


def told(values: list[float]) -> str:
    low, middle, high = np.percentile(values[FIRST:], [10, 50, 90])
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print("| net | step, torch | step, kernel | 125 pictures, torch | 125 pictures, kernel |")
    print("|---|---:|---:|---:|---:|")
    for name, batch in NETS.items():
        drawn = np.random.default_rng(0).integers(0, 256, (2 * batch, 28, 28, 1))
        pictures = torch.from_numpy(drawn.astype(np.float32))
        pairs = [lowered(name, with_kernel=kernel) for kernel in (False, True)]
        steps: list[list[float]] = [[], []]
        predictions: list[list[float]] = [[], []]
        for _ in range(options.rounds):
            for at, (model, program) in enumerate(pairs):
                taken = milliseconds(lambda: step(model, program, pictures[:batch]), STEPS)  # noqa: B023
                steps[at].append(taken)
                few = pictures[:PREDICTED]
                predictions[at].append(milliseconds(lambda: predict(program, few), 1))  # noqa: B023
        cells = [told(values) for values in (*steps, *predictions)]
        print(f"| `{name}` | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
