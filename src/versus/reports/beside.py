"""What stands beside a verdict: numbers that describe, and change no word."""

from versus.evaluation.beside import Description, Range
from versus.evaluation.telling import leader, percent
from versus.reports.endpoint import scale, unit
from versus.reports.fact import Fact
from versus.reports.numbers import decimals, plural, signed


def beside_facts(description: Description) -> tuple[Fact, ...]:
    """Return what else the runs say about a pair; what is not known is left out."""
    makers = (_chance, _same_pictures, _new_pictures, _nll, _models, _settle)
    return tuple(fact for make in makers if (fact := make(description)) is not None)


def _chance(found: Description) -> Fact | None:
    if found.chance is None:
        return None
    first, estimate, low, high = leader(found, found.chance)
    return Fact(
        "Chance on a fresh seed",
        f"{percent(estimate)}\u00a0%",
        f"that {first} is ahead; 95\u00a0% interval {percent(low)} to {percent(high)}\u00a0%",
    )


def _same_pictures(found: Description) -> Fact | None:
    if found.same_pictures is None:
        return None
    note = f"other seeds, these {found.pictures:,} pictures: bootstrap over seeds, 95\u00a0%"
    return Fact("On these pictures", _ends(found.same_pictures, found.endpoint), note)


def _new_pictures(found: Description) -> Fact | None:
    if found.new_pictures is None:
        return None
    note = "other seeds, other pictures of this kind: bootstrap over both, 95\u00a0%"
    return Fact("On new pictures", _ends(found.new_pictures, found.endpoint), note)


def _nll(found: Description) -> Fact | None:
    if found.nll.mean is None or found.endpoint == "nll":
        return None
    places = decimals([found.nll.mean, found.nll.low, found.nll.high], 2, 4)
    note = "lower is better"
    if found.nll.low is not None:
        low, high = signed(found.nll.low, places), signed(found.nll.high, places)
        note += f"; 95\u00a0% interval {low} to {high}, of this pair alone"
    return Fact("Difference in NLL", signed(found.nll.mean, places), note)


def _models(found: Description) -> Fact | None:
    if not found.models:
        return None
    first, apart = found.models[0], sum(model.p_value <= 0.05 for model in found.models)
    return Fact(
        "Model against model",
        f"{apart} of {plural(len(found.models), 'seed')}",
        "with p at most 0.05 between its two models (exact McNemar test); seed "
        f"{first.seed}: only {found.b} right on {first.only_b:,}, only {found.a} on "
        f"{first.only_a:,}",
    )


def _settle(found: Description) -> Fact | None:
    wanted = found.to_settle
    if wanted is None:
        return None
    none = "" if wanted.margin is None else f"; {wanted.margin:,} if there is none"
    value = f"more than {wanted.most:,}" if wanted.seen is None else f"about {wanted.seen:,}"
    return Fact(
        "Seeds to settle it",
        value,
        f"with 80\u00a0% power if the true difference is the one seen{none}. A guide for a new "
        "study: few seeds show the spread only roughly",
    )


def _ends(found: Range, endpoint: str) -> str:
    """Return an interval in the endpoint's unit."""
    low, high = (scale(endpoint) * (end or 0.0) for end in (found.low, found.high))
    fewest = 1 if endpoint == "accuracy" else 2
    places = max(decimals([max(abs(low), abs(high))], fewest, 4), fewest)
    return f"{signed(low, places)} to {signed(high, places)}{unit(endpoint)}"
