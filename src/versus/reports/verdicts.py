"""The verdicts: each one's word, and the numbers that made it."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from versus.evaluation.beside import Description
from versus.evaluation.verdict import HIGHER_IS_BETTER, Verdict
from versus.figures.paired_differences import PairedDifferences, paired_differences
from versus.reports.beside import beside_facts
from versus.reports.endpoint import AXIS, scale, stated_margin, unit
from versus.reports.fact import Fact
from versus.reports.numbers import decimals, p_value, plain, plural, signed
from versus.studies.result import StudyResult


@dataclass(frozen=True)
class VerdictCard:
    """What the page says about one pair: the word about `b` against `a`."""

    word: str
    level: str
    a: str
    b: str
    reason: str
    facts: tuple[Fact, ...]
    beside: tuple[Fact, ...] = ()


def verdict_card(verdict: Verdict, description: Description | None = None) -> VerdictCard:
    """Return a verdict with its numbers as text, and with what stands beside it."""
    facts = [_mean(verdict), _interval(verdict), _seeds(verdict), _p(verdict)]
    if verdict.p_equivalence is not None and verdict.word not in ("better", "worse"):
        facts.append(
            Fact(
                "p of equivalence",
                p_value(verdict.p_equivalence),
                f"two one-sided tests against \u00b1{_margin(verdict)}",
            )
        )
    facts.append(Fact("Decided by", _rule(verdict), _rule_note(verdict)))
    return VerdictCard(
        verdict.word,
        _level(verdict),
        verdict.a,
        verdict.b,
        verdict.reason,
        tuple(facts),
        () if description is None else beside_facts(description),
    )


def difference_rows(result: StudyResult, verdicts: Sequence[Verdict]) -> list[PairedDifferences]:
    """Return B minus A of each seed of each pair; accuracy in percentage points."""
    places = {variant.name: place for place, variant in enumerate(result.study.variants)}
    values: dict[str, dict[int, float]] = {
        name: {r.seed: r.judged()[result.study.endpoint] for r in result.finished(name)}
        for name in places
    }

    def row(v: Verdict) -> PairedDifferences:
        a, b, factor = values[v.a], values[v.b], scale(v.endpoint)
        # Rounded, so that two equal accuracies are level.
        differences = tuple(round(factor * (b[seed] - a[seed]), 10) for seed in v.seeds)
        ends = [_scaled(v, end) for end in (v.mean_difference, v.low, v.high)]
        return PairedDifferences(
            v.a, v.b, places[v.a], places[v.b], differences, *ends, seeds=v.seeds
        )

    return [row(verdict) for verdict in verdicts]


def difference_figure(
    rows: Sequence[PairedDifferences],
    verdict: Verdict,
    width: float,
    ends: tuple[float, float] | None = None,
) -> Figure:
    """Draw the rows; `verdict` says what they measure, `width` is in inches, `ends` of the axis."""
    return paired_differences(
        rows,
        label=AXIS[verdict.endpoint],
        higher_is_better=HIGHER_IS_BETTER[verdict.endpoint],
        margin=_scaled(verdict, verdict.margin),
        width=width,
        ends=ends,
    )


def _level(verdict: Verdict) -> str:
    return f"{100 * verdict.level:.10g}\u00a0%"


def _mean(verdict: Verdict) -> Fact:
    sd = "" if verdict.sd_difference is None else f"sd {_amount(verdict, verdict.sd_difference)}"
    return Fact("Mean difference", _amount(verdict, verdict.mean_difference, sign=True), sd)


def _interval(verdict: Verdict) -> Fact:
    name = f"{_level(verdict)} interval"
    if verdict.low is None or verdict.high is None:
        return Fact(name, "no bound", f"needs {verdict.seeds_needed} seeds at least")
    places = _places(verdict)
    low, high = (signed(_scaled(verdict, end), places) for end in (verdict.low, verdict.high))
    why = [f"{verdict.pairs} pairs are compared"] if verdict.pairs > 1 else []
    why += [f"it may be judged at {len(verdict.looks)} looks"] if len(verdict.looks) > 1 else []
    note = f"wider, as {' and '.join(why)}" if why else ""
    return Fact(name, f"{low} to {high}{unit(verdict.endpoint)}", note)


def _seeds(verdict: Verdict) -> Fact:
    level = verdict.n - verdict.a_ahead - verdict.b_ahead
    tied = f", {level} level" if level else ""
    note = f"{verdict.b} ahead on {verdict.b_ahead}, {verdict.a} on {verdict.a_ahead}{tied}"
    return Fact("Paired seeds", str(verdict.n), note)


def _p(verdict: Verdict) -> Fact:
    least = (
        f"least possible with {plural(verdict.n, 'seed')}: {p_value(verdict.smallest_p_possible)}"
    )
    raw = p_value(verdict.p_value)
    if verdict.pairs > 1:
        least = f"Holm-corrected over {verdict.pairs} pairs; alone {raw}; {least}"
    if verdict.look is not None and len(verdict.looks) > 1:
        share = f"look {verdict.look} of {len(verdict.looks)} spends a part of the error allowed"
        least = f"{share}; {least}" if verdict.pairs > 1 else f"{share}; alone {raw}; {least}"
    return Fact("p of no difference", p_value(verdict.p_adjusted), least)


def _rule(verdict: Verdict) -> str:
    if verdict.word == "equivalent":
        return "Two one-sided sign-flip tests"
    return f"{'Exact' if verdict.exact else 'Sampled'} sign-flip test"


def _rule_note(verdict: Verdict) -> str:
    alpha = f"{1 - verdict.level:.10g}"
    if verdict.word in ("better", "worse"):
        return f"p is at most {alpha}"
    if verdict.word == "equivalent":
        return f"the interval lies within \u00b1{_margin(verdict)}"
    if verdict.margin is None:
        return f"p is above {alpha}, and no margin of equivalence was stated"
    return f"p is above {alpha}, and the interval is not within \u00b1{_margin(verdict)}"


def _margin(verdict: Verdict) -> str:
    return stated_margin(verdict.endpoint, verdict.margin or 0.0)


def _amount(verdict: Verdict, value: float | None, *, sign: bool = False) -> str:
    """Return a difference with its unit, with the decimals that all of this verdict have."""
    scaled = _scaled(verdict, value)
    shown = signed(scaled, _places(verdict)) if sign else plain(scaled, _places(verdict))
    return shown if scaled is None else shown + unit(verdict.endpoint)


def _places(verdict: Verdict) -> int:
    """Return decimals for two digits of the largest amount, and one of the smallest."""
    ends = (verdict.mean_difference, verdict.low, verdict.high, verdict.sd_difference)
    sizes = [abs(_scaled(verdict, end) or 0.0) for end in ends if end]
    if not sizes:
        return 1
    fewest = 1 if verdict.endpoint == "accuracy" else 2
    return max(decimals([max(sizes)], fewest, 6), decimals([10 * min(sizes)], fewest, 6))


def _scaled(verdict: Verdict, value: float | None) -> float | None:
    return None if value is None else scale(verdict.endpoint) * value
