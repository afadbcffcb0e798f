"""Sequential comparison: the one rule at each of the looks that were planned."""

from collections.abc import Collection, Mapping, Sequence

from versus.evaluation.comparison import check_comparison
from versus.evaluation.looks import Looks
from versus.evaluation.pairs import Pair, Values, pair_up
from versus.evaluation.rule import Rule, Terms
from versus.evaluation.verdict import Endpoint, Verdict, Word


def compare_in_looks(
    values: Values,
    seeds: Sequence[int],
    ended: Mapping[str, Collection[int]],
    looks: Looks,
    *,
    endpoint: Endpoint,
    margin: float | None = None,
) -> list[Verdict]:
    """Compare every two variants at each look, by the rule of `compare_pairs`, till it decides.

    At a look the rule is used with the part of alpha that the look may spend. A pair that has its
    word keeps it, with the numbers of that look: later seeds do not count for it, and its
    variants need none. In Holm's correction a pair counts as rejected in the family of the word
    it was given, and as never to be rejected in the other one. The first false word within a
    family, at whatever look, then has a p-value of at most that look's alpha over the pairs that
    can be falsely decided, as with Holm at one look; so false words, over all looks and pairs,
    come in at most alpha of studies.

    The interval of a pair is the test of its last look inverted at the level of that look. All of
    them, at whatever look one stops, hold together with `looks.level`, as in `compare_pairs`.

    Args:
        values: of each variant, one value per seed; None where there is none.
        seeds: in the order of the values; a look of n has the first n of them.
        ended: of each variant, the seeds whose runs have ended, finished or failed. A look of n
            counts for a pair once all of the first n seeds have, so that nobody's failure or
            impatience decides when to look.
        looks: fixed before the first run.
        endpoint: as in `compare_pairs`.
        margin: as in `compare_pairs`.

    Returns:
        A verdict on the second against the first of each two variants, in the order given.

    Raises:
        ConfigurationError: as `compare_pairs`.
    """
    check_comparison(values, seeds, endpoint, margin)
    terms = Terms(endpoint, margin, looks.level)
    given: dict[int, Word] = {}
    found = _before_the_first(values, seeds, terms, looks)
    for look, n in enumerate(looks.seeds):
        pairs, reached = _at(values, seeds, ended, n)
        if not any(number not in given and there for number, there in enumerate(reached)):
            break
        rule = Rule(terms, pairs, looks.share(look), dict(given))
        for number, there in enumerate(reached):
            if there and number not in given:
                found[number] = rule.verdict(
                    number, method="sequential", look=look + 1, looks=looks.seeds
                )
                if found[number].word != "can't tell":
                    given[number] = found[number].word
    return found


def _before_the_first(
    values: Values, seeds: Sequence[int], terms: Terms, looks: Looks
) -> list[Verdict]:
    """Return what is seen so far, without a word."""
    n = looks.seeds[0]
    first = {name: column[:n] for name, column in values.items()}
    rule = Rule(terms, [pair.untested() for pair in pair_up(first, seeds[:n])], looks.share(0))
    return [
        rule.verdict(number, method="sequential", looks=looks.seeds)
        for number in range(len(rule.pairs))
    ]


def _at(
    values: Values, seeds: Sequence[int], ended: Mapping[str, Collection[int]], n: int
) -> tuple[list[Pair], list[bool]]:
    """Return the pairs over the first `n` seeds, and which of them may be tested."""
    there = {name: len(seeds) >= n and set(seeds[:n]) <= set(ended[name]) for name in values}
    first = {name: column[:n] for name, column in values.items()}
    pairs = pair_up(first, seeds[:n])
    reached = [there[pair.a] and there[pair.b] for pair in pairs]
    tested = [p if may else p.untested() for p, may in zip(pairs, reached, strict=True)]
    return tested, reached
