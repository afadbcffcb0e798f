"""Telling: what stands beside a verdict, in a sentence or two."""

from versus.evaluation.beside import ChanceAhead, Description
from versus.evaluation.verdict import Verdict
from versus.evaluation.wording import SCALES, said


def beside(verdict: Verdict, description: Description) -> str:
    """Return what else the runs say about a pair, in short; "" where that is nothing."""
    parts = (_chance(description), _new_pictures(description), settling(verdict, description))
    return " ".join(part for part in parts if part)


def settling(verdict: Verdict, description: Description) -> str:
    """Return how many seeds would settle what can't be told; "" where that is not known."""
    wanted = description.to_settle
    if wanted is None:
        return ""
    if wanted.seen is None and wanted.margin is None:
        return (
            f"More than {wanted.most:,} seeds would be needed to find the difference seen so far."
        )
    parts = []
    if wanted.seen is not None:
        parts.append(f"about {wanted.seen:,} if the true difference is the one seen")
    if wanted.margin is not None:
        parts.append(f"about {wanted.margin:,} if there is none")
    return (
        f"To settle it with 80 % power, as far as {verdict.n} seeds show: {', '.join(parts)}; "
        f"{_how(verdict)}."
    )


def _how(verdict: Verdict) -> str:
    """Return how a study gets more seeds without a false word becoming more likely."""
    if verdict.method != "sequential":
        return "in a new study, or with --until-decided in another folder"
    return "in a new study" if verdict.look == len(verdict.looks) else "its later looks may"


def leader(description: Description, chance: ChanceAhead) -> tuple[str, float, float, float]:
    """Return who is more likely to be ahead on a fresh seed, and that chance with its interval."""
    if chance.estimate >= 0.5:
        return description.b, chance.estimate, chance.low, chance.high
    return description.a, 1 - chance.estimate, 1 - chance.high, 1 - chance.low


def percent(probability: float) -> str:
    """Return a probability in whole percent; 0 and 100 only for what is exactly that."""
    rounded = round(100 * probability)
    if rounded == 100 and probability < 1:
        return "over 99"
    return "under 1" if rounded == 0 and probability > 0 else str(rounded)


def _chance(description: Description) -> str:
    chance = description.chance
    if chance is None:
        return ""
    first, estimate, low, high = leader(description, chance)
    return (
        f"On a fresh seed {first} is ahead with a chance of about {percent(estimate)} % "
        f"({percent(low)} to {percent(high)})."
    )


def _new_pictures(description: Description) -> str:
    found = description.new_pictures
    if found is None:
        return ""
    scale = SCALES[description.endpoint]
    low, high = said(scale, [found.low, found.high], signed=True)
    return f"On other seeds and other pictures of this kind: {low} to {high}{scale.unit}."
