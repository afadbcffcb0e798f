"""Why an outcome is not "reproduced"."""

from collections.abc import Sequence

from versus.library.published.figures import System
from versus.library.reproduction.epochs import EpochRow, one_epoch_alone
from versus.library.reproduction.measured import AllRuns, measured
from versus.library.reproduction.outcome import Word, judge


def why(
    system: System,
    runs: AllRuns,
    word: Word,
    differing: Sequence[str],
    curve: tuple[EpochRow, ...],
) -> str:
    """Return why an outcome is not "reproduced"; "" where it is."""
    if word == "cannot be checked":
        return system.unchecked
    if runs[system.study].problem:
        return runs[system.study].problem
    if word == "not run":
        return f"no finished run; make them with: versus run {system.study}"
    if word == "too few runs":
        return "three runs are the least whose spread a printed number can be held against"
    if not differing:
        return ""
    return f"{' and '.join(differing)}: {_reason(system, differing, runs, curve)}"


def _reason(
    system: System, differing: Sequence[str], runs: AllRuns, curve: tuple[EpochRow, ...]
) -> str:
    """Return the experiment whose runs give the printed numbers that ours do not."""
    printed = [figure for figure in system.figures if figure.name in differing]
    for experiment in system.experiments:
        found = [measured(runs[experiment.study], experiment.variant, p) for p in printed]
        words = [
            judge(p, list(f.by_seed.values())).word for p, f in zip(printed, found, strict=True)
        ]
        if all(word == "reproduced" for word in words):
            return (
                f"{experiment.because}, as `{experiment.variant}` of `{experiment.study}` shows, "
                f"where each is reproduced over {min(f.n for f in found)} runs"
            )
    alone = one_epoch_alone(curve, printed[0]) if len(printed) == 1 else ""
    return alone or "no experiment has found the reason yet"
