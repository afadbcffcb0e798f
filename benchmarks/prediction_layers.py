"""Where prediction's time goes, layer by layer, and how near a convolution is to the chip.

    python benchmarks/prediction_layers.py [--systems a,b] [--threads N] [--rounds N]

The lowered program's calls, each timed by itself in turn with the whole; the least of all rounds
counts, since everything else on the machine only adds. Random bytes, weights as they are built.
"""

import argparse
import time

import numpy as np

import versus
from versus.backend import torch
from versus.training.inference import batch_rows
from versus.training.lowering.native import from_keras
from versus.training.lowering.program import lower
from versus.training.memory import keep_memory


def operations(layer, shape: tuple[int, ...]) -> float:
    """Multiplications and additions of a convolution that gives `[n, c, h, w]`; 0 for others."""
    kernel = getattr(layer, "kernel", None)
    if kernel is None or len(shape) != 4:
        return 0.0
    height, width, channels, filters = kernel.shape
    return 2.0 * shape[0] * shape[2] * shape[3] * filters * channels * height * width


def measure(system: str, rounds: int) -> None:
    model = versus.build(system, (28, 28, 1), 10, seed=0)
    layers = {layer.name: layer for layer in model.layers}
    program = lower(model, torch.Generator())
    with torch.no_grad():
        rows = batch_rows(program, torch.empty(0))
        calls = program.listings[program._way(torch.empty(0), False)]  # noqa: SLF001  (measured)
    rng = np.random.default_rng(0)
    pictures = torch.from_numpy(rng.integers(0, 256, (rows, 28, 28, 1), dtype=np.uint8))
    least, whole = [float("inf")] * len(calls), float("inf")
    shapes: list[tuple[int, ...]] = [()] * len(calls)
    with torch.no_grad():
        for _ in range(rounds):
            start = time.perf_counter()
            program([pictures.float()], training=False)
            whole = min(whole, time.perf_counter() - start)
            slots = [None] * program.graph.size + [None] * len(calls)
            slots[program.graph.inputs[0]] = from_keras(pictures.float())
            for number, call in enumerate(calls):
                start = time.perf_counter()
                found = call.run(slots, False)
                least[number] = min(least[number], time.perf_counter() - start)
                slots[call.outputs[0]], shapes[number] = found, tuple(found.shape)
    print(f"\n{system}: {rows} pictures in {whole * 1e3:.2f} ms, {rows / whole:.0f} pictures/s")
    for call, seconds, shape in zip(calls, least, shapes, strict=True):
        work = operations(layers.get(call.name), shape) if call.kind == "Conv2D" else 0.0
        speed = f"{work / seconds / 1e9:6.0f} GFLOP/s" if work else ""
        print(f"  {call.kind:20} {seconds * 1e3:7.3f} ms  {shape!s:20} {speed}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", default="filters-32-3x3,dropout,fashion5-cnn,lab")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    keep_memory()
    for system in options.systems.split(","):
        measure(system, options.rounds)


if __name__ == "__main__":
    main()
