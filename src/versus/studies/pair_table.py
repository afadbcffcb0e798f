"""The pairs of a study as the rows of tables."""

from collections.abc import Sequence
from typing import Any

from versus.evaluation.beside import Description, Range
from versus.evaluation.verdict import Verdict


def pair_rows(
    verdicts: Sequence[Verdict], descriptions: Sequence[Description]
) -> list[dict[str, Any]]:
    """Return one row a pair: its verdict and what stands beside it."""
    return [
        {
            "a": verdict.a,
            "b": verdict.b,
            "word": verdict.word,
            "n": verdict.n,
            "difference": verdict.mean_difference,
            "low": verdict.low,
            "high": verdict.high,
            "p_adjusted": verdict.p_adjusted,
            "method": verdict.method,
            "mean_a": beside.spread_a.mean,
            "sd_a": beside.spread_a.sd,
            "mean_b": beside.spread_b.mean,
            "sd_b": beside.spread_b.sd,
            "nll_difference": beside.nll.mean,
            **_ends("nll", beside.nll),
            "chance_ahead": beside.chance and beside.chance.estimate,
            "chance_low": beside.chance and beside.chance.low,
            "chance_high": beside.chance and beside.chance.high,
            **_ends("same_pictures", beside.same_pictures),
            **_ends("new_pictures", beside.new_pictures),
            "seeds_if_as_seen": beside.to_settle and beside.to_settle.seen,
            "seeds_if_equal": beside.to_settle and beside.to_settle.margin,
        }
        for verdict, beside in zip(verdicts, descriptions, strict=True)
    ]


def model_rows(descriptions: Sequence[Description]) -> list[dict[str, Any]]:
    """Return one row a pair and seed: what tells its two models apart."""
    return [
        {"a": beside.a, "b": beside.b, **model.to_dict()}
        for beside in descriptions
        for model in beside.models
    ]


def _ends(name: str, found: Range | None) -> dict[str, float | None]:
    return {f"{name}_low": found and found.low, f"{name}_high": found and found.high}
