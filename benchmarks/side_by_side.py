"""Pictures a second of a whole machine: two single-threaded runs of versus against Keras-TF.

    VERSUS_DATA=... python benchmarks/side_by_side.py [--systems a,b] [--rounds N]

versus: two runs at once, one thread and one core each, as `versus run --jobs 2` has them.
Keras-TF: one run with two threads, and two runs with one thread each; the better counts. The
three take turns, round after round, each while the others are stopped.
"""

import argparse
import json
import os
import statistics
from pathlib import Path

from engine import SYSTEMS, WORK, Worker

WAYS = {
    "versus, two runs of one thread": ("versus", 2, 1),
    "versus, one run of two threads": ("versus", 1, 2),
    "versus in bfloat16, two runs of one thread": ("versus-bf16", 2, 1),
    "keras-tf, two runs of one thread": ("keras-tf", 2, 1),
    "keras-tf, one run of two threads": ("keras-tf", 1, 2),
}

OURS = ("versus, two runs of one thread", "versus in bfloat16, two runs of one thread")


def start(engine: str, system: str, runs: int, threads: int) -> list[Worker]:
    """Start workers, each on cores of its own."""
    cores = sorted(os.sched_getaffinity(0))
    workers = []
    try:
        for run in range(runs):
            os.sched_setaffinity(0, cores[run * threads : (run + 1) * threads])
            workers.append(Worker(engine, system, threads, "train"))
    finally:
        os.sched_setaffinity(0, cores)
    return workers


def block(workers: list[Worker]) -> float:
    """Return the pictures a second of all workers at once."""
    for worker in workers:
        worker.begin()
    rows = [worker.finish() for worker in workers]
    return sum(row["pictures"] / row["seconds"] for row in rows)


def measure(system: str, rounds: int, path: Path) -> None:
    groups = {way: start(engine, system, *rest) for way, (engine, *rest) in WAYS.items()}
    for workers in groups.values():
        block(workers)  # warms up, is not counted
    for _ in range(rounds):
        for way, workers in groups.items():
            row = {"system": system, "way": way, "rate": block(workers)}
            with path.open("a") as file:
                file.write(json.dumps(row) + "\n")
            print(f"{system:18} {way:36} {row['rate']:9.0f} pictures/s", flush=True)
    for workers in groups.values():
        for worker in workers:
            worker.stop()


def summarise(rows: list[dict]) -> str:
    head = [*WAYS, "ratio", "in bfloat16"]
    lines = ["| system | " + " | ".join(head) + " |", "|---|" + "---:|" * len(head)]
    for system in SYSTEMS:
        rates = {
            way: [row["rate"] for row in rows if (row["system"], row["way"]) == (system, way)]
            for way in WAYS
        }
        if not all(rates.values()):
            continue
        middle = [statistics.median(found) for found in rates.values()]
        cells = [
            f"{statistics.median(found):,.0f} ({min(found):,.0f} to {max(found):,.0f})"
            for found in rates.values()
        ]
        best = max(rate for way, rate in zip(WAYS, middle, strict=True) if "keras" in way)
        cells += [f"{middle[list(WAYS).index(way)] / best:.2f}" for way in OURS]
        lines.append(f"| `{system}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", default="fc-dropout,cnn-pool,cnn-stride,dropout,kernel-7x7")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=WORK / "side_by_side.jsonl")
    options = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    for system in options.systems.split(","):
        measure(system, options.rounds, options.out)
    print(summarise([json.loads(line) for line in options.out.read_text().splitlines()]))


if __name__ == "__main__":
    main()
