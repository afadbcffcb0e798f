"""Rule: from the tests of all pairs of a study to each one's word, interval and reason."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from versus.evaluation.intervals import mean_sd
from versus.evaluation.multiplicity import Family, joint_factor, seeds_needed
from versus.evaluation.pairs import Pair
from versus.evaluation.verdict import HIGHER_IS_BETTER, Endpoint, Method, Verdict, Word
from versus.evaluation.wording import reason


class Terms(NamedTuple):
    """What is fixed in advance: endpoint, margin (None for none), and the level of all words."""

    endpoint: Endpoint
    margin: float | None
    level: float


@dataclass(frozen=True)
class Rule:
    """The rule, with what all pairs of a study have in common; see `compare_pairs`.

    Attributes:
        terms: fixed in advance.
        pairs: all of them.
        share: of alpha that may be spent now, above 0, at most 1: a look of several spends less.
        given: the words that earlier looks have given, by the pair's number. They stand, and
            Holm counts them among what is rejected.
    """

    terms: Terms
    pairs: Sequence[Pair]
    share: float = 1.0
    given: dict[int, Word] = field(default_factory=dict)
    different: Family = field(init=False)
    equal: Family = field(init=False)

    def __post_init__(self) -> None:
        margin = self.terms.margin
        unlike, alike = ("better", "worse"), ("equivalent",)
        object.__setattr__(
            self, "different", self._family(unlike, [p.p_different for p in self.pairs])
        )
        object.__setattr__(
            self, "equal", self._family(alike, [p.p_equal(margin) for p in self.pairs])
        )

    @property
    def alpha(self) -> float:
        """What the corrected p-values are held against: 1 - level."""
        return 1 - self.terms.level

    @property
    def factor(self) -> float:
        """What p-values are multiplied by before Holm's correction."""
        return joint_factor(len(self.pairs), self.terms.margin) / self.share

    def word(self, number: int) -> tuple[Word, int]:
        """Return the word of a pair, and what alpha is divided by in the interval beside it."""
        test = self.pairs[number].test
        if test is not None and self.different.adjusted[number] <= self.alpha:
            higher = test.p_greater() < test.p_less()
            word: Word = "better" if higher == HIGHER_IS_BETTER[self.terms.endpoint] else "worse"
            return word, self.different.divisor(number, self.alpha)
        if test is not None and self.equal.adjusted[number] <= self.alpha:
            return "equivalent", self.equal.divisor(number, self.alpha)
        return "can't tell", len(self.pairs)

    def verdict(
        self,
        number: int,
        *,
        method: Method = "fixed",
        look: int | None = None,
        looks: tuple[int, ...] = (),
    ) -> Verdict:
        """Put a pair's word, numbers and reason together."""
        endpoint, margin, level = self.terms
        pair = self.pairs[number]
        word, divisor = self.word(number)
        interval_level = 1 - self.alpha / self.factor / divisor
        low, high = pair.interval(interval_level)
        mean, sd, n = mean_sd(pair.differences)
        b_ahead, a_ahead = pair.ahead(endpoint)
        needed = looks[0] if looks else seeds_needed(len(self.pairs), level, margin)
        verdict = Verdict(
            a=pair.a,
            b=pair.b,
            endpoint=endpoint,
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
            level=level,
            interval_level=interval_level,
            p_value=pair.p_different,
            p_adjusted=self.different.adjusted[number],
            p_equivalence=None if margin is None else self.equal.adjusted[number],
            margin=margin,
            smallest_p_possible=pair.test.smallest_p if pair.test else 1.0,
            pairs=len(self.pairs),
            seeds_needed=needed,
            exact=pair.test is None or pair.test.exact,
            method=method,
            look=look,
            looks=looks,
            reason="",
        )
        return verdict.model_copy(update={"reason": reason(verdict)})

    def _family(self, words: tuple[str, ...], p_values: Sequence[float]) -> Family:
        """Return one question's p-values; a pair that has its word asks nothing any more."""
        given = {number: 0.0 if word in words else 1.0 for number, word in self.given.items()}
        return Family([given.get(i, p) * self.factor for i, p in enumerate(p_values)])
