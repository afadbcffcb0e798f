"""Comparison: one rule that turns paired runs into better, worse, equivalent or can't tell."""

import math
from collections.abc import Sequence
from typing import get_args

from versus.errors import ConfigurationError
from versus.evaluation.intervals import check_level
from versus.evaluation.multiplicity import holm, seeds_needed
from versus.evaluation.pairs import Values, pair_up
from versus.evaluation.rule import Rule, Terms
from versus.evaluation.verdict import Endpoint, Verdict, Word
from versus.seeding import check_seed

__all__ = ["Endpoint", "Verdict", "Word", "compare_pairs", "holm", "seeds_needed"]


def compare_pairs(
    values: Values,
    seeds: Sequence[int],
    *,
    endpoint: Endpoint,
    margin: float | None = None,
    level: float = 0.95,
) -> list[Verdict]:
    """Compare every two variants over the seeds that both have, by one rule.

    With alpha = 1 - level and the exact sign-flip test of the paired differences (`SignFlip`):

    1. its p-values of no difference, Holm-corrected over all pairs (S. Holm 1979, "A simple
       sequentially rejective multiple test procedure"), at most alpha: better or worse;
    2. else, with a margin: two one-sided tests, that the difference is above -margin and that it
       is below margin (D. J. Schuirmann 1987, J. Pharmacokinet. Biopharm. 15), each at alpha / 2
       and Holm-corrected over all pairs: equivalent;
    3. else: can't tell.

    Each one-sided test has alpha / 2, not the customary alpha, so that one interval tells all: for
    one pair the word is better or worse exactly when the interval leaves zero out, and else
    equivalent exactly when it lies inside the margin.

    A false word of any kind, over all pairs of a study, comes in at most alpha of studies. With a
    margin and several pairs the two questions are two families, with alpha and alpha / 2 of false
    words, and every p-value is multiplied by 3/2 so that they share one alpha (`joint_factor`).

    With several pairs the intervals are simultaneous: each has level 1 - alpha / pairs
    (Bonferroni), so all of them hold at once with `level`. Holm's later steps may give a word that
    this interval would deny; then it is the test inverted at that step's own level,
    1 - alpha / (pairs left at that step): still at least `level` for that pair by itself. Here
    alpha is two thirds of it where there is the factor 3/2.

    Args:
        values: of each variant, in the order of its name, one value per seed; None where there is
            no run. Accuracies are fractions, 0 to 1; NLL is at least 0. Values that are not finite
            (a run that diverged) are left out with their seed, which `left_out` and `reason` say.
        seeds: the study's seeds, in the order of the values.
        endpoint: "accuracy", higher is better, or "nll", lower is better.
        margin: the difference too small to matter, in the endpoint's unit (0.005 is half a
            percentage point); None if none was stated in advance.
        level: the confidence, between 0 and 1.

    Returns:
        A verdict on the second against the first of each two variants, in the order given.

    Raises:
        ConfigurationError: fewer than two variants, not one value per seed, a seed that comes
            twice, or a value, margin or level out of its range.
    """
    check_comparison(values, seeds, endpoint, margin)
    rule = Rule(Terms(endpoint, margin, check_level(level)), pair_up(values, seeds))
    return [rule.verdict(number) for number in range(len(rule.pairs))]


def check_comparison(
    values: Values, seeds: Sequence[int], endpoint: Endpoint, margin: float | None
) -> None:
    """Raise ConfigurationError unless there is something to compare, of the right size."""
    if endpoint not in get_args(Endpoint):
        known = " or ".join(get_args(Endpoint))
        raise ConfigurationError(f"expected an endpoint, {known}; got {endpoint!r}")
    if len(values) < 2:
        raise ConfigurationError(f"expected two or more variants to compare; got {list(values)}")
    if len({check_seed(seed) for seed in seeds}) < len(seeds):
        raise ConfigurationError(f"expected every seed once; got {list(seeds)}")
    most = 1.0 if endpoint == "accuracy" else math.inf
    for name, column in values.items():
        if len(column) != len(seeds):
            raise ConfigurationError(
                f"{name}: expected a value per seed, {len(seeds)} of them, None where there is no "
                f"run; got {len(column)}"
            )
        for seed, value in zip(seeds, column, strict=True):
            if value is not None and math.isfinite(value) and not 0 <= value <= most:
                raise ConfigurationError(
                    f"{name}, seed {seed}: expected {endpoint} from 0 to {most:g}; got {value}"
                )
    if margin is not None and not 0 < margin < most:
        hint = "; 0.005 is half a percentage point" if endpoint == "accuracy" else ""
        raise ConfigurationError(
            f"expected a margin of {endpoint} between 0 and {most:g}; got {margin}{hint}"
        )
