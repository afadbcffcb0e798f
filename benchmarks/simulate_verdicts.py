"""How often verdicts are false, intervals miss and power differs from what the planner says.

    python benchmarks/simulate_verdicts.py --studies 2000 --out benchmarks/records/DATE_NAME

Simulates accuracies as studies have them, and gives them to the very code that judges real runs.
One core, some minutes. `--out` is given results.json and summary.md.
"""

import argparse
import itertools
import json
import math
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from versus.evaluation.bootstrap import CrossedBootstrap
from versus.evaluation.comparison import compare_pairs
from versus.evaluation.looks import plan_looks
from versus.evaluation.power import power, seeds_for, sequential_power
from versus.evaluation.sequential import compare_in_looks
from versus.evaluation.superiority import chance_ahead

PICTURES = 10_000
SPREADS = (0.001, 0.002, 0.003, 0.004)
LEVEL = 0.95


class Scenario(NamedTuple):
    """A kind of study: who differs from whom, and how seeds scatter.

    Attributes:
        variants, seeds: from which their numbers are drawn.
        means: "equal"; "mixed", where some are equal, some differ by exactly the margin and some
            by much; or "close", where all differ by less than the noise.
        noise: "normal", "heavy" (t with 3 degrees of freedom), or "outliers" (each seed of each
            variant falls 5 spreads lower with a chance of 5 %).
        spread: "equal" for all variants of a study, or "unequal".
        margin: whether one is stated.
    """

    name: str
    variants: tuple[int, ...]
    seeds: tuple[int, ...]
    means: str = "equal"
    noise: str = "normal"
    spread: str = "equal"
    margin: bool = False


FEW, SOME, MANY = (6, 7, 8, 9, 10), (8, 10, 12, 14), (22, 26, 30)
SCENARIOS = (
    Scenario("two equal variants", (2,), (6, 8, 10, 12, 14)),
    Scenario("three to ten equal variants", (3, 4, 6, 8, 10), SOME),
    Scenario("equal, unequal spreads", (2, 3, 5, 10), SOME, spread="unequal"),
    Scenario("equal, heavy tails", (2, 3, 5, 8), SOME, noise="heavy"),
    Scenario("equal, outlier seeds", (2, 3, 5, 8), SOME, noise="outliers", spread="unequal"),
    Scenario("equal, more than 20 seeds", (2, 3), MANY),
    Scenario("equal, with a margin", (2, 3, 6), SOME, margin=True),
    Scenario("mixed, with a margin", (3, 4, 6, 10), SOME, means="mixed", margin=True),
    Scenario("mixed, three variants", (3,), (10, 12, 14), means="mixed", margin=True),
    Scenario("mixed, unequal spreads", (3, 4, 5), SOME, "mixed", "normal", "unequal", True),
    Scenario("mixed, heavy tails", (3, 4, 5), SOME, means="mixed", noise="heavy", margin=True),
    Scenario("mixed, more than 20 seeds", (3,), MANY, means="mixed", margin=True),
    Scenario("close, few seeds", (2, 3, 5), FEW, means="close", margin=True),
)
SEQUENTIAL = (
    Scenario("two equal variants", (2,), (12, 16, 24)),
    Scenario("three to five equal variants", (3, 4, 5), (12, 16, 24)),
    Scenario("equal, outlier seeds", (2, 3), (16, 24), noise="outliers", spread="unequal"),
    Scenario("mixed, with a margin", (3, 4), (12, 16, 24), means="mixed", margin=True),
    Scenario("mixed, heavy tails", (2, 3), (16, 24), "mixed", "heavy", "equal", True),
)


class Study(NamedTuple):
    """One simulated study: accuracies by variant, and what is true of them."""

    values: dict[str, list[float]]
    truth: dict[str, float]
    margin: float | None
    seeds: int

    def difference(self, a: str, b: str) -> float:
        return round(self.truth[b] - self.truth[a], 9)


def draw(scenario: Scenario, rng: np.random.Generator) -> Study:
    """Draw a study; accuracies are whole numbers of 10,000 pictures, so some are level."""
    count, n = int(rng.choice(scenario.variants)), int(rng.choice(scenario.seeds))
    spreads = np.full(count, rng.choice(SPREADS))
    if scenario.spread == "unequal":
        spreads = rng.choice(SPREADS, size=count)
    # A margin of 2 to 6 standard errors of a difference: where false words of both kinds are rife.
    error = math.sqrt(2 * float(np.mean(spreads**2)) / n)
    margin = max(2e-4, round(rng.uniform(2, 6) * error, 4))
    steps = {
        "equal": np.zeros(count),
        "mixed": margin * rng.choice([0, 0, 1, 2, -1], size=count),
        "close": rng.uniform(-1, 1, size=count) * error,
    }[scenario.means]
    truth = np.round(rng.choice([0.88, 0.93, 0.97]) + steps, 4)
    shared = rng.normal(size=n) * rng.choice([0, 0.3]) * spreads.min()  # what a seed does to all
    noise = _noise(scenario.noise, (count, n), rng) * spreads[:, None]
    found = np.round(PICTURES * np.clip(truth[:, None] + noise + shared, 0, 1)) / PICTURES
    names = [f"v{number}" for number in range(count)]
    return Study(
        dict(zip(names, found.tolist(), strict=True)),
        dict(zip(names, truth.tolist(), strict=True)),
        margin if scenario.margin else None,
        n,
    )


def _noise(kind: str, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    if kind == "heavy":
        return rng.standard_t(3, size=size) / math.sqrt(3)
    noise = rng.normal(size=size)
    if kind == "outliers":
        # About their mean, so that equal variants stay equal on average.
        noise += 5 * 0.05 - 5 * (rng.uniform(size=size) < 0.05)
    return noise


def judge_fixed(study: Study) -> list:
    return compare_pairs(
        study.values, range(study.seeds), endpoint="accuracy", margin=study.margin, level=LEVEL
    )


def judge_in_looks(study: Study) -> list:
    looks = plan_looks(len(study.values), study.seeds, margin=study.margin, level=LEVEL)
    seeds = range(study.seeds)
    ended = {name: set(seeds) for name in study.values}
    return compare_in_looks(
        study.values, seeds, ended, looks, endpoint="accuracy", margin=study.margin
    )


def errors(study: Study, verdicts: list) -> dict[str, float]:
    """Return which kinds of false words a study has, and how many of its intervals hold."""
    different = equivalent = False
    held = []
    for verdict in verdicts:
        true = study.difference(verdict.a, verdict.b)
        sign = {"better": 1, "worse": -1}.get(verdict.word, 0)
        different |= bool(sign) and sign != np.sign(true)
        equivalent |= verdict.word == "equivalent" and abs(true) >= (study.margin or 0) - 1e-9
        low = -math.inf if verdict.low is None else verdict.low
        high = math.inf if verdict.high is None else verdict.high
        held.append(low - 1e-9 <= true <= high + 1e-9)
    return {
        "different": different,
        "equivalent": equivalent,
        "any": different or equivalent,
        "held": float(np.mean(held)),
        "all_held": all(held),
        "decided": float(np.mean([v.word != "can't tell" for v in verdicts])),
    }


def scenario_row(
    scenario: Scenario, judge: Callable[[Study], list], studies: int, seed: int
) -> dict[str, object]:
    """Simulate `studies` studies of a kind; rates with their standard errors."""
    start, rng = time.perf_counter(), np.random.default_rng([seed, *scenario.name.encode()])
    rows = []
    for _ in range(studies):
        study = draw(scenario, rng)
        rows.append(errors(study, judge(study)))
    row: dict[str, object] = {"scenario": scenario.name, "studies": studies}
    for key in rows[0]:
        values = np.array([float(r[key]) for r in rows])
        row[key] = float(values.mean())
        row[f"{key}_se"] = float(values.std(ddof=1) / math.sqrt(studies))
    row["seconds"] = round(time.perf_counter() - start, 1)
    return row


def power_rows(studies: int, seed: int) -> list[dict[str, float]]:
    """Hold the planner's power against studies with a known difference."""
    rng, rows = np.random.default_rng([seed, 1]), []
    for n, pairs, effect in (
        *itertools.product((6, 8, 10, 12, 14), (1,), (0.7, 1.0, 1.6)),
        *itertools.product((8, 10, 14), (3,), (1.0, 1.6)),
        *itertools.product((24,), (1,), (0.5, 0.7)),
    ):
        # Other variants, far away from the first two, whose pairs Holm decides before this one.
        alone, count = 0, studies if n <= 20 else studies // 4
        sd = 0.002
        for _ in range(count):
            noise = rng.normal(size=(2, n)) * sd / math.sqrt(2)
            step = effect * sd
            values = {"a": 0.9 + noise[0], "b": 0.9 + step + noise[1]}
            if pairs == 3:
                values["c"] = 0.9 + step / 2 + rng.normal(size=n) * sd  # equal chances for Holm
            rounded = {k: (np.round(v * PICTURES) / PICTURES).tolist() for k, v in values.items()}
            alone += compare_pairs(rounded, range(n), endpoint="accuracy")[0].word == "better"
        rate = alone / count
        rows.append(
            {
                "seeds": n,
                "pairs": pairs,
                "effect": effect,
                "planned": power(n, effect, 0.05 / pairs),
                "found": rate,
                "se": math.sqrt(max(rate * (1 - rate), 1 / count) / count),
            }
        )
    return rows


def equivalence_rows(studies: int, seed: int) -> list[dict[str, float]]:
    """The same for "equivalent", where there is no difference."""
    rng, rows, sd = np.random.default_rng([seed, 2]), [], 0.002
    for n, ratio in itertools.product((8, 12, 14), (1.0, 1.5)):
        found = 0
        for _ in range(studies):
            noise = 0.9 + rng.normal(size=(2, n)) * sd / math.sqrt(2)
            values = dict(zip("ab", (np.round(noise * PICTURES) / PICTURES).tolist(), strict=True))
            verdict = compare_pairs(values, range(n), endpoint="accuracy", margin=ratio * sd)[0]
            found += verdict.word == "equivalent"
        rate = found / studies
        rows.append(
            {
                "seeds": n,
                "margin": ratio,
                "planned": power(n, 0.0, 0.05, ratio),
                "found": rate,
                "se": math.sqrt(max(rate * (1 - rate), 1 / studies) / studies),
            }
        )
    return rows


def sequential_rows(studies: int, seed: int) -> list[dict[str, float]]:
    """Hold the planner's power of a study in looks against such studies."""
    rng, rows, sd = np.random.default_rng([seed, 3]), [], 0.002
    looks = plan_looks(2, 24)
    for effect in (0.5, 0.8, 1.2, 2.0):
        decided, used = 0, []
        for _ in range(studies):
            noise = rng.normal(size=(2, looks.most)) * sd / math.sqrt(2)
            noise = np.round((0.9 + noise + [[0], [effect * sd]]) * PICTURES) / PICTURES
            study = Study(dict(zip("ab", noise.tolist(), strict=True)), {}, None, looks.most)
            (verdict,) = judge_in_looks(study)
            decided += verdict.word == "better"
            used.append(verdict.n)
        by_look, mean = sequential_power(looks.seeds, looks.alphas, effect)
        rate = decided / studies
        rows.append(
            {
                "effect": effect,
                "planned": by_look[-1],
                "found": rate,
                "se": math.sqrt(max(rate * (1 - rate), 1 / studies) / studies),
                "planned_seeds": mean,
                "seeds": float(np.mean(used)),
                "fixed_seeds_for_80": float(seeds_for(effect) or 0),
            }
        )
    return rows


def chance_rows(studies: int, seed: int) -> list[dict[str, float]]:
    """How often the interval of the chance on a fresh seed holds the true chance."""
    rng, rows = np.random.default_rng([seed, 4]), []
    for n, p in itertools.product((6, 10, 20), (0.5, 0.8, 0.95)):
        ahead = rng.binomial(n, p, size=studies)
        found = [chance_ahead(int(k), n - int(k)) for k in ahead]
        held = float(np.mean([one.low <= p <= one.high for one in found]))
        error = float(np.mean([one.estimate - p for one in found]))
        rows.append({"seeds": n, "chance": p, "held": held, "mean_error": error})
    return rows


def bootstrap_rows(studies: int, seed: int) -> list[dict[str, float]]:
    """How often the two bootstrap intervals hold what each is about."""
    rng, rows, pictures = np.random.default_rng([seed, 5]), [], 2_000
    for n in (6, 10, 20):
        same = new = 0
        for _ in range(studies):
            # Pictures are hard or easy; some are harder for one variant; seeds shift them all.
            hard = rng.normal(2.5, 1.5, size=pictures)
            own = rng.normal(0, 0.5, size=(2, 1, pictures))
            shift = rng.normal(0, 0.1, size=(2, n, 1)) + np.array([0, 0.15])[:, None, None]
            scores = (hard + own + shift + rng.logistic(size=(2, n, pictures)) > 0).astype("f4")
            # The truth: over many seeds on these pictures, and over pictures as well.
            here = _chance(hard + own[1, 0], 0.15).mean() - _chance(hard + own[0, 0], 0.0).mean()
            found = CrossedBootstrap({"a": scores[0], "b": scores[1]}, 1_000).pair(
                "a", "b", (range(n), range(n))
            )
            assert found is not None
            same += found.same_pictures.low <= here <= found.same_pictures.high
            new += found.new_pictures.low <= ALL_PICTURES <= found.new_pictures.high
        rows.append({"seeds": n, "same_pictures": same / studies, "new_pictures": new / studies})
    return rows


_SHIFTS = np.random.default_rng(6).normal(0, 0.1, size=(64, 1))


def _chance(ease: np.ndarray, step: float) -> np.ndarray:
    """Return the chance of a right answer on each picture, over seeds."""
    return np.mean(1 / (1 + np.exp(-(ease + step + _SHIFTS))), axis=0)


def _all_pictures() -> float:
    rng = np.random.default_rng(7)
    ease = rng.normal(2.5, math.hypot(1.5, 0.5), size=200_000)
    return float(_chance(ease, 0.15).mean() - _chance(ease, 0.0).mean())


ALL_PICTURES = _all_pictures()


def simulate(studies: int, seed: int) -> dict[str, object]:
    """Run everything."""
    quarter = max(1, studies // 4)
    fixed = [
        scenario_row(s, judge_fixed, quarter if max(s.seeds) > 20 else studies, seed)
        for s in SCENARIOS
    ]
    return {
        "fixed": fixed,
        "sequential": [scenario_row(s, judge_in_looks, studies // 2, seed) for s in SEQUENTIAL],
        "power": power_rows(studies, seed),
        "equivalence": equivalence_rows(studies, seed),
        "sequential_power": sequential_rows(quarter, seed),
        "chance": chance_rows(10 * studies, seed),
        "bootstrap": bootstrap_rows(studies // 8, seed),
    }


def table(rows: list[dict], columns: dict[str, str]) -> str:
    """Return rows as a Markdown table; `columns` are keys and headings."""
    head = "| " + " | ".join(columns.values()) + " |"
    lines = [head, "|" + "---|" * len(columns)]
    for row in rows:
        cells = [f"{v:.4g}" if isinstance(v := row[key], float) else str(v) for key in columns]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


RATES = {
    "scenario": "studies of this kind",
    "studies": "studies",
    "any": "false word",
    "any_se": "se",
    "different": "false better or worse",
    "equivalent": "false equivalent",
    "held": "intervals that hold",
    "held_se": "se ",
    "all_held": "studies in which all hold",
    "decided": "pairs decided",
}


def summary(found: dict, arguments: argparse.Namespace, seconds: float) -> str:
    planned = {"planned": "planner", "found": "found", "se": "se"}
    parts = [
        "# Simulated verdicts",
        "Command:",
        f"    python benchmarks/simulate_verdicts.py --studies {arguments.studies} "
        f"--seed {arguments.seed} --out ...",
        "Rates over simulated studies, judged by the code that judges real ones. A false word is "
        "better or worse where there is no such difference, or equivalent where the difference is "
        "the margin or more; one is enough for a study to count.",
        "## A fixed number of seeds",
        table(found["fixed"], RATES),
        "## Until decided, in looks",
        table(found["sequential"], RATES),
        "## Power: better, at Holm's first step",
        "Effects are in standard deviations of the paired differences. With three pairs the "
        "planner says what a pair can count on; Holm's later steps find more.",
        table(found["power"], {"seeds": "seeds", "pairs": "pairs", "effect": "effect", **planned}),
        "## Power: equivalent, where there is no difference",
        table(found["equivalence"], {"seeds": "seeds", "margin": "margin", **planned}),
        "## Power and seeds in looks at 10, 16 and 24 seeds",
        table(
            found["sequential_power"],
            {
                "effect": "effect",
                **planned,
                "planned_seeds": "mean seeds, planner",
                "seeds": "mean seeds",
                "fixed_seeds_for_80": "fixed seeds for 80 %",
            },
        ),
        "## The chance on a fresh seed",
        table(
            found["chance"],
            {"seeds": "seeds", "chance": "true", "held": "held", "mean_error": "mean error"},
        ),
        "## The bootstrap",
        "2,000 pictures, some hard, some harder for one of the two variants.",
        table(
            found["bootstrap"],
            {
                "seeds": "seeds",
                "same_pictures": "these pictures: held",
                "new_pictures": "new pictures: held",
            },
        ),
        "## Machine",
        f"{platform.processor() or platform.machine()}, one core, Python "
        f"{platform.python_version()}, numpy {np.__version__}; {seconds:.0f} s.",
    ]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=2_000, help="of each kind (n <= 20)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    start = time.perf_counter()
    found = simulate(arguments.studies, arguments.seed)
    text = summary(found, arguments, time.perf_counter() - start)
    print(text)
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        (arguments.out / "results.json").write_text(json.dumps(found, indent=1) + "\n")
        (arguments.out / "summary.md").write_text(text)


if __name__ == "__main__":
    main()
