"""Whether what a document concludes survives more seeds, and a fair control."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from versus.evaluation.comparison import compare_pairs
from versus.evaluation.verdict import Verdict
from versus.library.published.figures import Claim, Pair
from versus.library.reproduction.measured import Runs

Survival = Literal["holds", "holds in part", "does not survive", "open"]
Asked = list[tuple[Pair, bool | None]]


@dataclass(frozen=True)
class ClaimRow:
    """What a document concludes, and what became of it.

    Attributes:
        says: the conclusion.
        word: "holds", "holds in part", "does not survive" or "open".
        sentence: the same in one plain sentence.
        reasons: the verdict of each pair, in words, as printed and then under fair conditions.
        remark: what holds whatever the runs say.
        earlier: the command of the sitting that asked it, where that is not this one.
    """

    says: str
    word: Survival
    sentence: str
    reasons: tuple[str, ...]
    remark: str
    earlier: str = ""


def ask_again(claim: Claim, runs: Mapping[str, Runs]) -> ClaimRow:
    """Hold a claim against the paired runs of its studies."""
    printed = [_verdict(pair, runs[pair.study]) for pair in claim.printed]
    fair = [_verdict(pair, runs[pair.study]) for pair in claim.fair]
    absent = [p.study for p in (*claim.printed, *claim.fair) if _is_absent(runs[p.study])]
    word, sentence = _survives(
        [(p, _holds(p, v)) for p, v in zip(claim.printed, printed, strict=True)],
        [(p, _holds(p, v)) for p, v in zip(claim.fair, fair, strict=True)],
        absent,
    )
    reasons = tuple(verdict.reason for verdict in (*printed, *fair) if verdict is not None)
    return ClaimRow(claim.says, word, sentence, reasons, claim.remark)


def _verdict(pair: Pair, runs: Runs) -> Verdict | None:
    """Return what the study's runs say of a pair, corrected for all pairs of that study."""
    if runs.result is None or runs.problem:
        return None
    study = runs.study
    seeds = sorted({record.seed for record in runs.result.records})
    values = {}
    for variant in study.variants:
        by_seed = {r.seed: r.judged().get(pair.endpoint) for r in runs.finished(variant.name)}
        values[variant.name] = [by_seed.get(seed) for seed in seeds]
    if not seeds or len(values) < 2:
        return None
    margin = study.margin if pair.endpoint == study.endpoint else None
    verdicts = compare_pairs(values, seeds, endpoint=pair.endpoint, margin=margin)
    wanted = {pair.better, pair.worse}
    return next((v for v in verdicts if {v.a, v.b} == wanted), None)


def _holds(pair: Pair, verdict: Verdict | None) -> bool | None:
    """Return whether `pair.better` is better; None while too few seeds are there to say."""
    if verdict is None or verdict.n < verdict.seeds_needed:
        return None
    return verdict.word == ("better" if verdict.b == pair.better else "worse")


def _is_absent(runs: Runs) -> bool:
    """Return whether there is no run at all of a study."""
    return runs.result is None or bool(runs.problem) or not runs.result.records


def _survives(printed: Asked, fair: Asked, absent: list[str]) -> tuple[Survival, str]:
    """Return the word for a claim, and the sentence; a pair is lost where its seeds do not hold it.

    Args:
        printed: pairs as the document trained them, each with whether it holds.
        fair: the same under fair conditions.
        absent: studies that no run has been made of.
    """
    lost = [pair for pair, held in printed if held is False]
    kept = [pair for pair, held in printed if held]
    if lost and len(lost) == len(printed):
        return "does not survive", "It does not survive more seeds."
    if lost and kept:
        return "holds in part", (
            f"That {_said(kept)} holds; that {_said(lost)} does not survive more seeds."
        )
    if lost:
        return "does not survive", (
            f"That {_said(lost)} does not survive more seeds; of the rest there are too few runs."
        )
    if any(held is False for _, held in fair):
        return "does not survive", "It does not survive a fair control."
    if absent:
        command = " and ".join(f"`versus run {name}`" for name in dict.fromkeys(absent))
        return "open", f"Not run so far: {command}."
    if any(held is None for _, held in (*printed, *fair)):
        return "open", "Too few runs so far to say."
    control = " and under a fair control" if fair else ""
    return "holds", f"It holds over paired seeds{control}."


def _said(pairs: list[Pair]) -> str:
    return " and ".join(f"{pair.better} is better than {pair.worse}" for pair in pairs)
