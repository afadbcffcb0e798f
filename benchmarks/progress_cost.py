"""What it costs that a training says where it is: heartbeat, pipe, progress file, and the table.

    python benchmarks/progress_cost.py [PAIRS] [OUT]

One process, one thread. `fc-dropout` on MNIST, an epoch a block, blocks with and without in turn
(which comes first in a pair changes from pair to pair): the same seed, so the same work. Each pair
gives a ratio of wall times and one of processor times. On a busy machine blocks differ by more
than what is looked for, so the parts are also timed alone, many times each, and added up for one
second of training.
"""

import json
import multiprocessing
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path

from versus.backend import threads, torch
from versus.data import catalogue, splits
from versus.models.build import build
from versus.models.builder import find_builder
from versus.results.progress import COST, ProgressFile
from versus.studies.watching.board import Board
from versus.studies.watching.status import RunStatus, StudyStatus
from versus.training import engine
from versus.training.beat import Beat
from versus.training.heartbeat import Heartbeat
from versus.training.recipe import Recipe

RECIPE = Recipe(epochs=1)


def drain(connection):
    while connection.recv() is not None:
        pass


def block(data, part, callbacks):
    """Seconds of wall and of processor time that one epoch takes."""
    model = build(find_builder("fc-dropout"), data.input_shape, len(data.classes), 0)
    cpu = time.process_time()
    history = engine.fit(model, RECIPE, part, None, seed=0, callbacks=callbacks)
    return history.epoch_seconds[0], time.process_time() - cpu


def each(work, times):
    """Median microseconds of one call."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return 1e6 * statistics.median(found)


def parts(file, connection, steps_per_second):
    """Microseconds of each part, and the share of a second that all of them take."""
    heart = Heartbeat(lambda beat: None, epochs=20, pictures=48000, batch_size=128)
    heart.on_epoch_begin(0)
    beat = Beat(epochs=20, epoch=3, step=100, steps=375, loss=0.1, accuracy=0.9)
    correct = torch.tensor(1)
    logs = {"loss": 0.1, "accuracy": 0.9}
    heart.due(1)
    heart.beat(logs)

    def thousand():
        for step in range(1000):
            heart.due(step)

    def write():
        file._next = 0.0  # noqa: SLF001  as if the last one were a second ago
        file.write(beat)

    runs = tuple(
        RunStatus(variant=f"net-{n}", seed=seed, state="running", progress=beat)
        for n in range(4)
        for seed in range(2)
    )
    status = StudyStatus(name="s", question="?", data="mnist", state="running", runs=runs,
                         variants=("net-0", "net-1", "net-2", "net-3"), seeds=(0, 1))  # fmt: skip
    found = {
        "clock, a step": each(thousand, 200) / 1000,
        "beat": each(lambda: heart.beat({**logs, "accuracy": float(correct)}), 2000),
        "pipe": each(lambda: connection.send(("progressed", (0, beat))), 2000),
        "file": each(write, 500),
        "frame of 8 runs": each(lambda: Board(status, elapsed=1.0).lines(120, 30), 200),
    }
    seconds = found["clock, a step"] * steps_per_second
    # A file that takes long is written less often: see ProgressFile.
    seconds += 4 * (found["beat"] + found["pipe"]) + min(found["file"], 1e6 * COST)
    return found, seconds / 1e6


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    context = multiprocessing.get_context("fork")
    theirs, ours = context.Pipe(duplex=False)
    reader = context.Process(target=drain, args=(theirs,), daemon=True)
    reader.start()
    data = catalogue.load("mnist")
    part = data.train.take(splits.tail(len(data.train), 0.2)[0])
    ratios, cpu_ratios, epochs, beats = [], [], [], 0
    with threads(1), tempfile.TemporaryDirectory() as place:
        file = ProgressFile(Path(place) / "fc" / ".0.checkpoint", "fc", 0)

        def tell(beat):
            nonlocal beats
            beats += 1
            ours.send(("progressed", (0, beat)))
            file.write(beat)

        def told():
            return [Heartbeat(tell, epochs=1, pictures=len(part), batch_size=128)]

        block(data, part, told())  # warm
        for number in range(pairs):
            one = {}
            for told_of in (True, False) if number % 2 else (False, True):
                one[told_of] = block(data, part, told() if told_of else [])
            ratios.append(one[True][0] / one[False][0])
            cpu_ratios.append(one[True][1] / one[False][1])
            epochs.append(one[False][0])
            print(f"pair {number}: {one[False][0]:.3f} s without, {one[True][0]:.3f} s with")
        steps_per_second = 375 / min(epochs)
        found, share = parts(file, ours, steps_per_second)
    ours.send(None)
    reader.join()
    result = {
        "pairs": pairs,
        "epoch_seconds_without": epochs,
        "wall_ratios": ratios,
        "processor_ratios": cpu_ratios,
        "median_wall_ratio": statistics.median(ratios),
        "median_processor_ratio": statistics.median(cpu_ratios),
        "beats": beats,
        "steps_per_second_of_the_fastest_epoch": steps_per_second,
        "microseconds": found,
        "share_of_a_second": share,
        "machine": f"{platform.processor() or platform.machine()}, Python "
                   f"{platform.python_version()}, torch {torch.__version__}",
    }  # fmt: skip
    print(json.dumps(result, indent=1))
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
