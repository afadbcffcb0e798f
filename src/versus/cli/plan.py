"""`versus plan`: before any training, what a study will cost and what it can find."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from versus.cli import screen
from versus.cli.data_options import Loading, reads_data
from versus.cli.options import (
    BudgetOption,
    DataOption,
    DeviceOption,
    EpochsOption,
    JobsOption,
    JsonOption,
    MaxSeedsOption,
    OutOption,
    SeedsOption,
    StudyArgument,
    VariantsOption,
    WeightsOption,
    chosen_study,
)

if TYPE_CHECKING:
    from versus.studies.forecast import Forecast


@reads_data
def plan(
    study: StudyArgument,
    seeds: SeedsOption = None,
    epochs: EpochsOption = None,
    data: DataOption = None,
    variants: VariantsOption = None,
    budget: BudgetOption = None,
    out: OutOption = None,
    jobs: JobsOption = None,
    max_seeds: MaxSeedsOption = None,
    weights: WeightsOption = None,
    device: DeviceOption = None,
    json: JsonOption = False,
    *,
    loading: Loading,
) -> None:
    """Say what a study will cost and what it can find, from a few measured steps."""
    del weights, device  # their options have seen to them
    found = chosen_study(study, data, seeds, epochs, variants, budget, loading)
    # These bring Keras and torch, which take seconds; `versus --help` must not wait for them.
    from versus.results.store import DirectoryStore
    from versus.studies.forecast import forecast

    store = DirectoryStore(out or Path("versus-runs") / found.name)
    held = found.protocol.describe_budget() if found.protocol.budget_amount else None
    with screen.user_code():
        expected = forecast(found, store, jobs, max_seeds=max_seeds)
    if json:
        screen.print_json(expected.to_dict())
        return
    console = screen.console()
    console.print(f"\n{found.question}", style="bold")
    console.print(f"\n{_seeds(expected)}\n", style=None if expected.enough else "bold yellow")
    screen.print_facts({**_facts(expected), **({"trained": held} if held else {})})
    _print_variants(expected)
    _print_differences(expected)


def _seeds(expected: "Forecast") -> str:
    """Say whether any verdict can be reached."""
    if expected.seeds_needed is None:
        return "One variant alone: there is nothing to compare it with, so there is no verdict."
    pairs = f"{expected.pairs} pair{'s'[: expected.pairs > 1]}"
    seeds = f"{expected.seeds} seed{'s'[: expected.seeds > 1]}"
    if not expected.enough:
        return (
            f"TOO FEW SEEDS: {seeds} can never decide {pairs}, however large the difference. At "
            f"least {expected.seeds_needed} are needed."
        )
    return f"{seeds} can decide {pairs}; {expected.seeds_needed} are the least that can."


def _facts(expected: "Forecast") -> dict[str, object]:
    from versus.evaluation.telling import percent  # brings scipy

    count, there = expected.runs, expected.finished
    facts: dict[str, object] = {
        "runs": f"{count}, {there} of them there already" if there else str(count),
        "time": f"about {_duration(expected.seconds)} with --jobs {expected.jobs}, "
        "from a few steps measured now"
        if there < count
        else "nothing is left to run",
    }
    later = expected.until_decided
    if later is not None:
        steps = ", ".join(map(str, later.looks.seeds))
        longest = "" if later.longest is None else f"; at most about {_duration(later.longest)}"
        facts["until decided"] = (
            f"looks at {steps} seeds; a difference of one standard deviation is found in "
            f"{percent(later.power)} % of studies, with {later.seeds:.0f} seeds on average{longest}"
        )
    return facts


def _print_variants(expected: "Forecast") -> None:
    screen.print_table(
        ("variant", "runs left", "epochs", "ms a step", "a run"),
        [
            (
                variant.variant,
                variant.missing,
                variant.epochs or "-",
                "-" if variant.timing is None else f"{1000 * variant.timing.step:.1f}",
                "-" if variant.seconds is None else _duration(variant.seconds),
            )
            for variant in expected.variants
        ],
    )


def _print_differences(expected: "Forecast") -> None:
    """Say what differences would be found four times of five."""
    if expected.effect is None:
        return
    points = expected.endpoint == "accuracy"
    scale, unit = (100, " points") if points else (1, "")
    sys.stdout.write(
        f"Found in 80 % of studies with {expected.seeds} seeds: a difference of "
        f"{expected.effect:.2f} standard deviations of the paired differences.\n"
    )
    if expected.detectable:
        screen.print_table(
            ("spread of", "sd of differences", "found"),
            [
                (one.source, f"{scale * one.sd:.2g}{unit}", f"{scale * one.difference:.2g}{unit}")
                for one in expected.detectable
                if one.difference is not None
            ],
        )


def _duration(seconds: float) -> str:
    """Return a time in the units that people say it in."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"
