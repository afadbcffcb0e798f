"""How long oneDNN and MKL alone take for a step's convolutions and products, over the whole step.

    VERSUS_DATA=... python benchmarks/product_share.py [--systems a,b] [--threads N] [--rounds N]

Each convolution and product that a step asks torch for, where none is done by kernels of our own,
is written down with its shapes and strides, then asked for again by itself, over and over; the
sum of their medians over the time of the engine's whole step is the share. It may be more than 1:
then the step is over before the libraries would have its convolutions. Whole steps and products
take turns.
"""

import argparse
import os
import statistics
import time
from unittest.mock import patch

import numpy as np

COUNTED = ("convolution", "convolution_backward", "mm", "addmm", "bmm")


def record(step) -> list:
    """Run one step, and return (operator, arguments) of each convolution and product in it."""
    from torch.utils._python_dispatch import TorchDispatchMode

    found = []

    class Recorder(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            if func.__name__.split(".")[0] in COUNTED:
                kept = [a.detach().clone() if hasattr(a, "detach") else a for a in args]
                found.append((func, kept, kwargs or {}))
            return func(*args, **(kwargs or {}))

    with Recorder():
        step()
    return found


def timed(call, count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - start) / count


def make(system: str):
    """Return one epoch of the engine on real data as a callable, its steps, and one bare step."""
    from engine import SYSTEMS

    import versus
    from versus.backend import torch
    from versus.data.dataset import Split
    from versus.training import engine
    from versus.training.losses import SoftmaxCrossentropy
    from versus.training.lowering.program import lower
    from versus.training.recipe import Recipe

    name, optimizer, rate, batch = SYSTEMS[system]
    data = versus.load(name)
    model = versus.build(system, data.input_shape, len(data.classes), seed=0)
    recipe = Recipe(optimizer=optimizer, learning_rate=rate, batch_size=batch, epochs=2)
    rows = np.arange(100 * batch)
    split = Split(data.train.images[rows], data.train.labels[rows])
    program = lower(model, np.random.default_rng(0))
    images = torch.from_numpy(np.array(split.images[:batch])).float()
    labels = torch.from_numpy(np.array(split.labels[:batch]))

    def bare():
        with patch("versus.training.lowering.program.fusible", return_value=False):
            (logits,) = program([images], training=True, logits=True)
        loss, _ = SoftmaxCrossentropy.apply(labels, logits)
        torch.autograd.grad(loss, [v.value for v in model.trainable_variables])

    def epoch() -> float:
        return engine.fit(model, recipe, split, None, seed=0).epoch_seconds[1] / 100

    return epoch, bare


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", default="dropout,kernel-7x7")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    import versus.training.engine  # noqa: F401  (sets how threads wait, before torch)
    from versus.backend import torch

    torch.set_num_threads(options.threads)
    print("| system | step, ms | products alone, ms | share |\n|---|---:|---:|---:|")
    for system in options.systems.split(","):
        epoch, bare = make(system)
        epoch()
        calls = record(bare)
        steps, alone = [], []
        for _ in range(options.rounds):
            steps.append(epoch() * 1e3)
            with torch.no_grad():
                each = [
                    statistics.median(timed(lambda c=c: c[0](*c[1], **c[2]), 10) for _ in range(5))
                    for c in calls
                ]
            alone.append(sum(each) * 1e3)
        step, products = statistics.median(steps), statistics.median(alone)
        print(f"| `{system}` | {step:.1f} | {products:.1f} | {products / step:.2f} |", flush=True)


if __name__ == "__main__":
    main()
