"""The answer: what the study says, in one sentence for everyone."""

import math
from collections.abc import Sequence

from versus.evaluation.verdict import Verdict
from versus.reports.endpoint import size_text, stated_margin
from versus.reports.numbers import plural
from versus.reports.sentence import Sentence, enumerated, sentence
from versus.studies.result import StudyResult


def answer(result: StudyResult, verdicts: Sequence[Verdict]) -> Sentence:
    """Return the answer of the study.

    Args:
        result: of any number of variants and runs, also of none that finished.
        verdicts: of `result`.
    """
    if not any(result.finished(variant.name) for variant in result.study.variants):
        return ("No run has finished yet, so there is no answer.",)
    if not verdicts:
        return _alone(result)
    if len(verdicts) == 1:
        return _unheld(result, verdicts[0]) or _pair(verdicts[0])
    return _several([variant.name for variant in result.study.variants], verdicts)


def winner(verdict: Verdict) -> tuple[str, str] | None:
    """Return who is better than whom, None where nobody is."""
    if verdict.word == "better":
        return verdict.b, verdict.a
    return (verdict.a, verdict.b) if verdict.word == "worse" else None


def _alone(result: StudyResult) -> Sentence:
    """Say how good the only variant is; there is nothing to hold it against."""
    name = result.study.variants[0].name
    row = result.frame().loc[name]
    pictures, seeds = _per_thousand(row["accuracy_mean"]), int(row["n"])
    over = "" if seeds == 1 else f", on average over {seeds} seeds"
    return sentence(
        f"{{a}} gets {pictures} of every 1,000 {result.judged_on} pictures right{over}.", a=name
    )


def _unheld(result: StudyResult, verdict: Verdict) -> Sentence:
    """Say which of two has no finished run, and why, where one has none; else ()."""
    for name, other in ((verdict.a, verdict.b), (verdict.b, verdict.a)):
        if not result.finished(name):
            ends = {r.status for r in result.records if r.variant == name}
            why = "{a} has no finished run"
            if len(ends) == 1:
                why = f"Every run of {{a}} {ends.pop()}"
            said = f"{why}, so there is nothing to hold {{b}} against."
            return sentence(said, a=name, b=other)
    return ()


def _pair(verdict: Verdict) -> Sentence:
    first = winner(verdict)
    names = {"a": verdict.a, "b": verdict.b}
    if first:
        by = size_text(verdict.endpoint, abs(verdict.mean_difference or 0.0))
        template = f"{{first}} is better than {{second}}: {by}."
        return sentence(template, first=first[0], second=first[1])
    if verdict.word == "equivalent":
        return sentence(f"{{a}} and {{b}} are equally good, to within {_margin(verdict)}.", **names)
    if not verdict.n:
        return sentence("{a} and {b} have no finished seed in common, so neither can win.", **names)
    seeds = f"{plural(verdict.n, 'seed')} {'is' if verdict.n == 1 else 'are'} not enough to tell"
    if verdict.low is None or verdict.high is None:
        return sentence(f"{seeds} whether {{b}} or {{a}} is better.", **names)
    runs = "This seed does" if verdict.n == 1 else f"These {verdict.n} seeds do"
    return sentence(f"{runs} not tell whether {{b}} or {{a}} is better.", **names)


def _several(names: Sequence[str], verdicts: Sequence[Verdict]) -> Sentence:
    """Say who beats all others, or else who is beaten by nobody."""
    wins = [pair for pair in map(winner, verdicts) if pair]
    champions = [n for n in names if sum(n == first for first, _ in wins) == len(names) - 1]
    if champions:
        others = plural(len(names) - 1, "other")
        return sentence(f"{{a}} is better than each of the {others}.", a=champions[0])
    if not wins:
        if all(verdict.word == "equivalent" for verdict in verdicts):
            return (f"All {len(names)} are equally good, to within {_margin(verdicts[0])}.",)
        return (f"These runs do not tell which of the {len(names)} is best.",)
    losers = {second for _, second in wins}
    leaders = [name for name in names if name not in losers]
    if len(leaders) == 1:
        return (*enumerated(leaders), " leads, but not clearly ahead of every other.")
    return (*enumerated(leaders), " lead; which of them is best, these runs do not tell.")


def _margin(verdict: Verdict) -> str:
    return stated_margin(verdict.endpoint, verdict.margin or 0.0)


def _per_thousand(accuracy: float) -> str:
    """Return how many of 1,000; no model is called faultless by rounding."""
    rounded = round(1_000 * accuracy)
    if accuracy < 1 and rounded == 1_000:
        return "more than 999"
    return str(rounded) if math.isfinite(accuracy) else "none"
