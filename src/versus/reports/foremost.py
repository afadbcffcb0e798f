"""Which pairs a page shows in full: all of them, or those of the leader where there are many."""

from collections import Counter
from collections.abc import Sequence

from versus.evaluation.verdict import Verdict
from versus.reports.answer import winner

MOST_PAIRS = 21
"""Pairs shown in full: those of seven variants."""


def foremost(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Return the verdicts to show in full, in their order; the others stand in a table.

    Of more than `MOST_PAIRS` those are shown that hold the leader against another: the variant
    that is better than most others and worse than fewest, the first of several. Where it has more
    than `MOST_PAIRS` itself, those of the smallest difference, which are hardest to tell.
    """
    if len(verdicts) <= MOST_PAIRS:
        return list(verdicts)
    best = leader(verdicts)
    own = [verdict for verdict in verdicts if best in (verdict.a, verdict.b)]
    nearest = sorted(own, key=lambda verdict: abs(verdict.mean_difference or 0.0))[:MOST_PAIRS]
    return [verdict for verdict in own if verdict in nearest]


def leader(verdicts: Sequence[Verdict]) -> str:
    """Return the variant that is ahead: by its words, then by the seeds on which it did better."""
    words: Counter[str] = Counter()
    seeds: Counter[str] = Counter()
    for verdict in verdicts:
        seeds.update({verdict.a: verdict.a_ahead, verdict.b: verdict.b_ahead})
        if pair := winner(verdict):
            words[pair[0]] += 1
            words[pair[1]] -= 1
    return max(seeds, key=lambda name: (words[name], seeds[name]))
