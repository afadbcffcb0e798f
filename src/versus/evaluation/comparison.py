"""Comparison: one rule that turns paired runs into better, worse, equivalent or can't tell."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, get_args

from versus.errors import ConfigurationError
from versus.evaluation.intervals import Interval, check_level, mean_sd
from versus.evaluation.multiplicity import Family, holm, seeds_needed
from versus.evaluation.signflip import MOST_EXACT, SignFlip
from versus.evaluation.verdict import HIGHER_IS_BETTER, Endpoint, Verdict, Word
from versus.evaluation.wording import reason
from versus.seeding import check_seed, stream

__all__ = ["Endpoint", "Verdict", "Word", "compare_pairs", "holm", "seeds_needed"]

Values = Mapping[str, Sequence[float | None]]

# Subtracting two accuracies leaves a rounding error in the 16th decimal; none is meant to have 12.
_DECIMALS = 12


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
    equivalent exactly when it lies inside the margin. A false better or worse comes in at most
    alpha of studies, over all their pairs; a false equivalent in at most alpha / 2.

    With several pairs the intervals are simultaneous: each has level 1 - alpha / pairs
    (Bonferroni), so all of them hold at once with `level`. Holm's later steps may give a word that
    this interval would deny; then it is the test inverted at that step's own level,
    1 - alpha / (pairs left at that step): still at least `level` for that pair by itself.

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
    _check(values, seeds, endpoint, margin)
    check_level(level)
    names = list(itertools.combinations(values, 2))
    paired = [_pair(values[a], values[b], seeds) for a, b in names]
    different = Family([pair.p_different for pair in paired])
    equal = Family([pair.p_equal(margin) for pair in paired])
    study = _Study(endpoint, margin, level, 1 - level, different, equal)
    return [
        _verdict(study, name, pair, number)
        for number, (name, pair) in enumerate(zip(names, paired, strict=True))
    ]


class _Study(NamedTuple):
    """What all verdicts of a study have in common."""

    endpoint: Endpoint
    margin: float | None
    level: float
    alpha: float
    different: Family
    equal: Family


@dataclass(frozen=True)
class _Pair:
    """The seeds that two variants share, and the test of their differences, if there are any."""

    seeds: tuple[int, ...]
    left_out: tuple[int, ...]
    differences: tuple[float, ...]
    test: SignFlip | None

    @property
    def p_different(self) -> float:
        """Of no difference, two-sided."""
        return self.test.p_value() if self.test else 1.0

    def p_equal(self, margin: float | None) -> float:
        """Of a difference of `margin` or more, either way; one-sided and doubled."""
        if self.test is None or margin is None:
            return 1.0
        return min(1.0, 2 * max(self.test.p_less(margin), self.test.p_greater(-margin)))

    def interval(self, level: float) -> Interval:
        """Of the mean difference, B minus A."""
        return self.test.interval(level) if self.test else Interval(-math.inf, math.inf)

    def ahead(self, endpoint: Endpoint) -> tuple[int, int]:
        """On how many seeds B did better, and on how many A."""
        higher, lower = sum(d > 0 for d in self.differences), sum(d < 0 for d in self.differences)
        return (higher, lower) if HIGHER_IS_BETTER[endpoint] else (lower, higher)


def _pair(a: Sequence[float | None], b: Sequence[float | None], seeds: Sequence[int]) -> _Pair:
    """Take the differences B minus A of the seeds where both values are finite."""
    both = {
        int(seed): round(float(y) - float(x), _DECIMALS)
        for seed, x, y in zip(seeds, a, b, strict=True)
        if x is not None and y is not None and math.isfinite(x) and math.isfinite(y)
    }
    differences = tuple(both.values())
    # The same draws for all pairs and on every call: a verdict never depends on when it is made.
    rng = stream(0, "sign flips") if len(differences) > MOST_EXACT else None
    return _Pair(
        seeds=tuple(both),
        left_out=tuple(int(seed) for seed in seeds if seed not in both),
        differences=differences,
        test=SignFlip(differences, rng) if differences else None,
    )


def _word(study: _Study, pair: _Pair, number: int) -> tuple[Word, int]:
    """Return the word of the rule, and what alpha is divided by in the interval beside it."""
    if pair.test is not None and study.different.adjusted[number] <= study.alpha:
        higher = pair.test.p_greater() < pair.test.p_less()
        word: Word = "better" if higher == HIGHER_IS_BETTER[study.endpoint] else "worse"
        return word, study.different.divisor(number, study.alpha)
    if study.equal.adjusted[number] <= study.alpha:
        return "equivalent", study.equal.divisor(number, study.alpha)
    return "can't tell", len(study.different.p_values)


def _verdict(study: _Study, names: tuple[str, str], pair: _Pair, number: int) -> Verdict:
    """Put one pair's word, numbers and reason together."""
    word, divisor = _word(study, pair, number)
    interval_level = 1 - study.alpha / divisor
    low, high = pair.interval(interval_level)
    mean, sd, n = mean_sd(pair.differences)
    pairs = len(study.different.p_values)
    b_ahead, a_ahead = pair.ahead(study.endpoint)
    verdict = Verdict(
        a=names[0],
        b=names[1],
        endpoint=study.endpoint,
        word=word,
        n=n,
        seeds=pair.seeds,
        left_out=pair.left_out,
        b_ahead=b_ahead,
        a_ahead=a_ahead,
        mean_difference=mean,
        sd_difference=sd,
        low=low if math.isfinite(low) else None,
        high=high if math.isfinite(high) else None,
        level=study.level,
        interval_level=interval_level,
        p_value=study.different.p_values[number],
        p_adjusted=study.different.adjusted[number],
        p_equivalence=None if study.margin is None else study.equal.adjusted[number],
        margin=study.margin,
        smallest_p_possible=pair.test.smallest_p if pair.test else 1.0,
        pairs=pairs,
        seeds_needed=seeds_needed(pairs, study.level),
        exact=pair.test is None or pair.test.exact,
        reason="",
    )
    return verdict.model_copy(update={"reason": reason(verdict)})


def _check(values: Values, seeds: Sequence[int], endpoint: Endpoint, margin: float | None) -> None:
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
