"""Verdict: what the paired runs of a study say about two of its variants."""

import html
from typing import Literal

from versus.schema import Schema

Endpoint = Literal["accuracy", "nll"]
"""What variants are compared on: accuracy (0 to 1, higher is better) or NLL (lower is better)."""

HIGHER_IS_BETTER: dict[Endpoint, bool] = {"accuracy": True, "nll": False}

Word = Literal["better", "worse", "equivalent", "can't tell"]


Method = Literal["fixed", "sequential", "extended"]
"""How it came to the number of seeds; see `Verdict.method`."""


class Verdict(Schema):
    """What the paired seeds say about B against A. Differences are B minus A, in endpoint units.

    One rule makes the word; see `versus.evaluation.comparison.compare_pairs`. It compares
    `p_adjusted`, then `p_equivalence`, with 1 - `level`.

    Attributes:
        a: the first variant.
        b: the second variant, which the word is about.
        endpoint: what they are compared on.
        word: B is "better" or "worse" than A, "equivalent" to it, or one "can't tell".
        n: how many seeds have a finite value of both: the pairs tested.
        seeds: those seeds.
        left_out: the study's other seeds.
        b_ahead: on how many of the `n` seeds B did better than A.
        a_ahead: on how many A did better; on the rest they are level.
        mean_difference: over the `n` seeds; None where n is 0.
        sd_difference: sample standard deviation of the differences; None where n < 2.
        low: lower end of the interval, the sign-flip test inverted; None where unbounded.
        high: upper end; None where unbounded.
        level: the confidence asked for the study's words together, as 0.95.
        interval_level: the confidence of this one interval: `level`, raised for several pairs and
            for several looks.
        p_value: exact two-sided sign-flip test of no difference; 1 where n is 0.
        p_adjusted: the same after Holm's correction over the `pairs`, with 3/2 on top where a
            margin makes two families of several pairs, and over the share of alpha that the look
            may spend.
        p_equivalence: of the two one-sided tests against `margin`, doubled (see the rule) and
            corrected in the same way; None without a margin.
        margin: the difference, either way, that is too small to matter; None if none was stated.
        smallest_p_possible: the least `p_value` that `n` seeds can give: 2**(1 - n), and 2**-15
            above 20 seeds, where signs are drawn.
        pairs: how many pairs the study compares.
        seeds_needed: the least n with which so many pairs can get a word at all.
        method: "fixed": as many seeds as were asked for before any result was seen. "sequential":
            seeds were added until every pair was decided, at looks fixed before the first run, and
            the numbers are of the look that decided this pair, or of the last one. "extended":
            seeds were added after results that could have given a word, with no such plan, so
            false words are more frequent than `level` says.
        look: the look that the numbers are of, from 1, where the method is "sequential"; None
            before the first look.
        looks: the seeds of every look that was planned, where the method is "sequential".
        exact: whether all sign vectors were counted; False where n > 20, and they were drawn.
        reason: the verdict in a sentence for everyone.
    """

    a: str
    b: str
    endpoint: Endpoint
    word: Word
    n: int
    seeds: tuple[int, ...]
    left_out: tuple[int, ...]
    b_ahead: int
    a_ahead: int
    mean_difference: float | None
    sd_difference: float | None
    low: float | None
    high: float | None
    level: float
    interval_level: float
    p_value: float
    p_adjusted: float
    p_equivalence: float | None
    margin: float | None
    smallest_p_possible: float
    pairs: int
    seeds_needed: int
    exact: bool
    reason: str
    method: Method = "fixed"
    look: int | None = None
    looks: tuple[int, ...] = ()

    def _repr_html_(self) -> str:
        return f"<p><strong>{html.escape(self.word)}</strong>: {html.escape(self.reason)}</p>"
