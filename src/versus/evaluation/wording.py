"""Wording: a verdict as a sentence for somebody who has never heard of a p-value."""

import math
from typing import NamedTuple

from versus.evaluation.verdict import HIGHER_IS_BETTER, Endpoint, Verdict

# A hyphen could be the dash of a range: "-0.1 to -0.3".
MINUS = "\u2212"


class Scale(NamedTuple):
    """How numbers of an endpoint are said; decimals are the fewest and the most shown."""

    name: str
    factor: float
    unit: str
    fewest: int
    most: int


SCALES: dict[Endpoint, Scale] = {
    "accuracy": Scale("accuracy", 100, " points", 1, 4),
    "nll": Scale("loss (NLL)", 1, "", 2, 6),
}


def reason(verdict: Verdict) -> str:
    """Return why the verdict has its word, in words; accuracies in percentage points."""
    if verdict.word in ("better", "worse"):
        sentence = _different(verdict)
    elif verdict.word == "equivalent":
        sentence = _equivalent(verdict)
    else:
        why = _unsettled(verdict)
        sentence = f"Whether {verdict.b} is better than {verdict.a} can't be told: {why}"
    return sentence + _left_out(verdict) + _method(verdict)


def _different(verdict: Verdict) -> str:
    """Say by how much B is better or worse; all amounts positive."""
    scale = SCALES[verdict.endpoint]
    higher = (verdict.word == "better") == HIGHER_IS_BETTER[verdict.endpoint]
    ahead = verdict.b_ahead if verdict.word == "better" else verdict.a_ahead
    which = f"all {verdict.n}" if ahead == verdict.n else f"{ahead} of {verdict.n}"
    numbers = [verdict.mean_difference, verdict.low, verdict.high]
    mean, low, high = said(scale, numbers if higher else [_minus(x) for x in numbers])
    if not higher:
        low, high = high, low
    corrected = f" corrected for {verdict.pairs} pairs:" if verdict.pairs > 1 else ""
    return (
        f"{verdict.b} is {verdict.word} than {verdict.a}: on {which} seeds its {scale.name} was "
        f"{'higher' if higher else 'lower'}, by {mean}{scale.unit} on average "
        f"({_confidence(verdict)} interval{corrected} {low} to {high})."
    )


def _equivalent(verdict: Verdict) -> str:
    """Say that the whole interval is inside the margin."""
    scale = SCALES[verdict.endpoint]
    return (
        f"{verdict.b} and {verdict.a} are equivalent in {scale.name}: over {verdict.n} seeds the "
        f"{_interval(verdict)}, lies inside the margin of {_margin(verdict)} either way."
    )


def _unsettled(verdict: Verdict) -> str:
    """Say what is missing for any other word than can't tell."""
    scale = SCALES[verdict.endpoint]
    if verdict.n == 0 and verdict.looks and verdict.look is None:
        return f"no seed of both is there yet; the first look is at {verdict.looks[0]} seeds."
    if verdict.n == 0:
        return f"there is no seed on which both have a finite {scale.name}."
    if verdict.low is None or verdict.high is None:
        return _too_few(verdict)
    if verdict.a_ahead == verdict.b_ahead == 0:
        seen = f"on all {verdict.n} seeds their {scale.name} was exactly the same"
    else:
        seen = f"over {verdict.n} seeds the {_interval(verdict)}, contains zero"
    if verdict.margin is None:
        return f"{seen}, and no margin was stated within which they would count as equivalent."
    return f"{seen} and is not inside the margin of {_margin(verdict)} either way."


def _too_few(verdict: Verdict) -> str:
    """Say how many seeds the study's pairs need, and what was seen so far."""
    seeds = "1 seed" if verdict.n == 1 else f"{verdict.n} seeds"
    can = (
        "can never settle one pair"
        if verdict.pairs == 1
        else (f"{'is' if verdict.n == 1 else 'are'} too few to settle {verdict.pairs} pairs")
    )
    scale = SCALES[verdict.endpoint]
    (mean,) = said(scale, [verdict.mean_difference], signed=True)
    needed = f"at least {verdict.seeds_needed} are needed"
    if verdict.looks and verdict.look is None:
        can = "is there" if verdict.n == 1 else "are there"
        needed = f"the first look is at {verdict.seeds_needed}"
    return (
        f"{seeds} {can}: {needed}. So far {verdict.b} minus "
        f"{verdict.a} is {mean}{scale.unit} of {scale.name} on average."
    )


def _left_out(verdict: Verdict) -> str:
    """Say which seeds do not count."""
    if not verdict.left_out or not verdict.n:
        return ""
    *others, last = [str(seed) for seed in verdict.left_out]
    which = f"Seeds {', '.join(others)} and {last} are" if others else f"Seed {last} is"
    name = SCALES[verdict.endpoint].name
    return f" {which} left out: not both have a finished run with a finite {name} there."


def _method(verdict: Verdict) -> str:
    """Say when a study in several looks was judged, and where seeds came after the results."""
    if verdict.method == "extended":
        return (
            " Seeds were added after results had been seen, which makes false words more frequent "
            f"than {_confidence(verdict)} says: a new study would settle it."
        )
    if verdict.look is None:
        return ""
    at = f" Look {verdict.look} of {len(verdict.looks)}"
    if verdict.word != "can't tell":
        return f"{at}, at {verdict.looks[verdict.look - 1]} seeds, decided it."
    later = verdict.looks[verdict.look :]
    return f"{at}; the next is at {later[0]} seeds." if later else f"{at}, the last one."


def _interval(verdict: Verdict) -> str:
    """Return "95 % interval of b minus a, -0.1 to +0.3 points (on average +0.1)"."""
    scale = SCALES[verdict.endpoint]
    numbers = [verdict.low, verdict.high, verdict.mean_difference]
    low, high, mean = said(scale, numbers, signed=True)
    corrected = f" corrected for {verdict.pairs} pairs" if verdict.pairs > 1 else ""
    return (
        f"{_confidence(verdict)} interval{corrected} of {verdict.b} minus {verdict.a}, {low} to "
        f"{high}{scale.unit} (on average {mean})"
    )


def _confidence(verdict: Verdict) -> str:
    """Return the confidence that the study asked for, as "95 %"."""
    return f"{100 * verdict.level:.10g} %"


def _margin(verdict: Verdict) -> str:
    """Return the margin with its unit, with as many digits as it was stated with."""
    scale = SCALES[verdict.endpoint]
    margin = f"{(verdict.margin or 0) * scale.factor:.10g}{scale.unit}"
    return "1 point" if margin == "1 points" else margin


def said(scale: Scale, numbers: list[float | None], *, signed: bool = False) -> list[str]:
    """Return the numbers in the scale's unit, all with the same, sensible number of decimals."""
    scaled = [round((number or 0.0) * scale.factor, 9) for number in numbers]
    sizes = [abs(number) for number in scaled if number]
    decimals = scale.fewest
    if sizes:
        # Two digits of the largest, one of the smallest: no end of an interval is shown as 0.
        wanted = max(1 - _magnitude(max(sizes)), -_magnitude(min(sizes)))
        decimals = min(max(wanted, scale.fewest), scale.most)
    sign = "+" if signed else ""
    # Adding 0.0 turns -0.0 into 0.0.
    rounded = [round(number, decimals) + 0.0 for number in scaled]
    texts = [f"{number:{sign if number else ''}.{decimals}f}" for number in rounded]
    return [text.replace("-", MINUS) for text in texts]


def _magnitude(size: float) -> int:
    """Return the place of the first digit: 0 for 2.1, -2 for 0.03."""
    return math.floor(math.log10(size))


def _minus(number: float | None) -> float | None:
    return None if number is None else -number
