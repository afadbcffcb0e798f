"""Looks: when a sequential study is judged, and how much of alpha each time may cost."""

from typing import Literal

from pydantic import model_validator

from versus.errors import ConfigurationError
from versus.evaluation.intervals import check_level
from versus.evaluation.multiplicity import joint_factor, seeds_needed
from versus.schema import Schema

RATIO = 1.5
"""Each look has about this many times the seeds of the one before."""

MOST_SEEDS = 30
"""Seeds of the last look where nothing else is asked for."""


class Looks(Schema):
    """The looks of a sequential study, fixed before its first run.

    Alpha is spent as it goes: by the look at n of N seeds, alpha * n / N of it (the spending
    function alpha * t of K. K. G. Lan and D. L. DeMets 1983, "Discrete sequential boundaries for
    clinical trials", Biometrika 70). A look tests by itself at what it adds to that; the sum over
    the looks bounds the chance of a false word at any of them (Bonferroni's inequality), whatever
    the looks have to do with each other and whenever the study is stopped.

    Attributes:
        method: the way alpha is spent.
        seeds: how many paired seeds there are at each look, rising.
        alphas: what each look may spend; their sum is 1 - level.
        level: the confidence of all words at all looks together.
    """

    method: Literal["error spending"] = "error spending"
    seeds: tuple[int, ...]
    alphas: tuple[float, ...]
    level: float = 0.95

    @model_validator(mode="after")
    def _fit(self) -> "Looks":
        rising = all(a < b for a, b in zip(self.seeds, self.seeds[1:], strict=False))
        if not self.seeds or not rising or self.seeds[0] < 1:
            raise ConfigurationError(f"Looks.seeds: expected rising numbers; got {self.seeds}")
        spent = sum(self.alphas) / (1 - check_level(self.level))
        whole = len(self.alphas) == len(self.seeds) and min(self.alphas) > 0
        if not whole or abs(spent - 1) > 1e-9:
            raise ConfigurationError(
                f"Looks.alphas: expected one above 0 per look, {1 - self.level:g} in all; got "
                f"{self.alphas}"
            )
        return self

    @property
    def most(self) -> int:
        """Seeds of the last look."""
        return self.seeds[-1]

    def share(self, look: int) -> float:
        """Return the part of alpha that a look, counted from 0, may spend."""
        return self.alphas[look] / (1 - self.level)

    def describe(self) -> str:
        """Return the looks in one sentence."""
        steps = [
            f"{n} seeds ({alpha:.2g})" for n, alpha in zip(self.seeds, self.alphas, strict=True)
        ]
        return (
            f"Judged at {', '.join(steps)}; in brackets the share of the "
            f"{1 - self.level:.10g} that each look may spend."
        )


def plan_looks(
    variants: int, most: int = MOST_SEEDS, *, margin: float | None = None, level: float = 0.95
) -> Looks:
    """Return the looks of a study of `variants` variants, up to `most` seeds.

    From the last look backwards, each has two thirds of the seeds of the next, as long as its
    spending could give a word at all.

    Raises:
        ConfigurationError: `most` seeds are too few to give any pair a word.
    """
    pairs = variants * (variants - 1) // 2
    if pairs < 1:
        raise ConfigurationError(f"expected two or more variants to decide on; got {variants}")
    needed = seeds_needed(pairs, level, margin)
    if most < needed:
        raise ConfigurationError(
            f"at most {most} seeds can never decide {pairs} pair{'s'[: pairs > 1]}: at least "
            f"{needed} are needed"
        )
    alpha, factor = 1 - level, pairs * joint_factor(pairs, margin)
    seeds = [most]
    while (n := int(seeds[0] / RATIO)) and factor * 2.0 ** (1 - n) <= alpha * n / most:
        seeds.insert(0, n)
    before = [0, *seeds[:-1]]
    alphas = [alpha * (n - m) / most for n, m in zip(seeds, before, strict=True)]
    return Looks(seeds=tuple(seeds), alphas=tuple(alphas), level=level)
