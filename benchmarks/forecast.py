"""How well `versus plan` foretells what a study takes: the forecast, then the study itself.

    VERSUS_DATA=... python benchmarks/forecast.py --record FOLDER [--seeds 2] [--epochs 5]
        [--jobs 2] STUDY[:A,B] ...

Each STUDY (a name or a file, perhaps with the variants wanted) is forecast and then run, in a
folder that is thrown away. FOLDER gets result.json, which keeps what earlier calls have measured,
and summary.md. Times are of the wall: give it the machine alone.
"""

import argparse
import json
import os
import shlex
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import fmean

from versus.library.catalogue import find_study
from versus.results.environment import describe_environment
from versus.results.store import DirectoryStore
from versus.studies.forecast import forecast
from versus.studies.observer import Observer
from versus.studies.runner import run_study


class Clock(Observer):
    """Seconds of each run, from its start to its record, and of all of them together."""

    def __init__(self):
        self.begun = {}
        self.seconds = defaultdict(list)
        self.first = self.last = 0.0

    def study_started(self, plan):
        self.first = time.perf_counter()

    def run_started(self, run):
        self.begun[run.variant.name, run.seed] = time.perf_counter()

    def run_ended(self, record):
        self.last = time.perf_counter()
        key = record.variant, record.seed
        self.seconds[record.variant].append(self.last - self.begun[key])


def measure(reference, seeds, epochs, jobs):
    """Forecast a study and run it; return both."""
    name, _, variants = reference.partition(":")
    chosen = variants.split(",") if variants else None
    study = find_study(name).with_changes(seeds=seeds, epochs=epochs, variants=chosen)
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as place:
        store = DirectoryStore(place)
        start = time.perf_counter()
        expected = forecast(study, store, jobs)
        planning = time.perf_counter() - start
        clock = Clock()
        start = time.perf_counter()
        run_study(study, store, observer=clock, jobs=jobs)
        whole = time.perf_counter() - start
    runs = clock.last - clock.first
    rows = [
        {
            "variant": found.variant,
            "forecast": found.seconds,
            "measured": clock.seconds[found.variant],
            "ratio": found.seconds / fmean(clock.seconds[found.variant]),
            "timing": found.timing.to_dict(),
        }
        for found in expected.variants
    ]
    return {
        "study": reference,
        "seeds": seeds,
        "epochs": epochs,
        "jobs": jobs,
        "load": [before, os.getloadavg()[0]],
        "planning": planning,
        "variants": rows,
        "total": {
            "forecast": expected.seconds,
            "runs": runs,
            "call": whole,
            "ratio": expected.seconds / runs,
        },
        "command": f"VERSUS_DATA=... python {shlex.join(sys.argv)}",
    }


def summary(results):
    """The record's page, from what was measured."""
    commands = dict.fromkeys(result["command"] for result in results)
    rows = []
    for result in results:
        what = f"`{result['study']}`, {result['seeds']} seeds, {result['epochs']} epochs"
        rows += [
            f"| {what} | a run of `{row['variant']}` | {row['forecast']:.1f} "
            f"| {fmean(row['measured']):.1f} | {row['ratio']:.2f} |"
            for row in result["variants"]
        ]
        total = result["total"]
        rows.append(
            f"| {what} | all runs, {result['jobs']} at once | {total['forecast']:.1f} "
            f"| {total['runs']:.1f} | {total['ratio']:.2f} |"
        )
    facts = describe_environment(1, "cpu")
    libraries = ", ".join(f"{name} {number}" for name, number in facts["libraries"].items())
    loads = ", ".join(f"{r['load'][0]:.1f} before, {r['load'][1]:.1f} after" for r in results)
    return "\n".join(
        [
            "# What `versus plan` foretells, and what the study took",
            "",
            "Command:",
            "",
            *(f"    {command}" for command in commands),
            "",
            "Seconds of the wall. A run is from its start to its record: building, training, "
            "validation, tests, latency, writing.",
            "",
            "| study | what | forecast | measured | forecast / measured |",
            "|---|---|---:|---:|---:|",
            *rows,
            "",
            "## Machine",
            "",
            f"{facts['processor']}, {facts['cores']} cores (shared), Python {facts['python']}; "
            f"{libraries}. Load of the machine: {loads}.",
            "",
        ]
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("studies", nargs="+")
    parser.add_argument("--record", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    kept = asked.record / "result.json"
    results = json.loads(kept.read_text()) if kept.exists() else []
    asked.record.mkdir(parents=True, exist_ok=True)
    for study in asked.studies:
        results.append(measure(study, asked.seeds, asked.epochs, asked.jobs))
        total = results[-1]["total"]
        print(f"{study}: forecast {total['forecast']:.1f} s, took {total['runs']:.1f} s")
        kept.write_text(json.dumps(results, indent=1) + "\n")
        (asked.record / "summary.md").write_text(summary(results))


if __name__ == "__main__":
    main()
