"""Why an outcome is not "reproduced"."""

from collections.abc import Sequence

from versus.library.published.figures import Experiment, Printed, System
from versus.library.reproduction.epochs import EpochRow, one_epoch_alone
from versus.library.reproduction.measured import AllRuns, measured
from versus.library.reproduction.outcome import FEWEST, Word, judge, lies_in, prediction_interval


def why(
    system: System,
    runs: AllRuns,
    word: Word,
    differing: Sequence[str],
    curve: tuple[EpochRow, ...],
) -> str:
    """Return why an outcome is not "reproduced", or only just; "" where it plainly is."""
    if word == "cannot be checked":
        return system.unchecked
    if runs[system.study].problem:
        return runs[system.study].problem
    if word == "not run":
        return f"no finished run; make them with: versus run {system.study}"
    if word == "too few runs":
        return "three runs are the least whose spread a printed number can be held against"
    if not differing:
        return _at_the_edge(system, runs)
    return f"{' and '.join(differing)}: {_reason(system, differing, runs, curve)}"


def _at_the_edge(system: System, runs: AllRuns) -> str:
    """Return which figures are reproduced only just: one in twenty would be, by chance."""
    names = []
    for printed in system.figures:
        values = list(measured(runs[system.study], system.variant, printed).by_seed.values())
        if printed.epoch is None and len(values) >= FEWEST:
            narrow = prediction_interval(values, 0.95)
            names += [] if lies_in(printed, narrow) else [printed.name]
    return f"{' and '.join(names)}: inside the 99 % interval, outside that of 95 %" if names else ""


def _reason(
    system: System, differing: Sequence[str], runs: AllRuns, curve: tuple[EpochRow, ...]
) -> str:
    """Return the experiment whose runs give the printed numbers that ours do not."""
    printed = [figure for figure in system.figures if figure.name in differing]
    for experiment in system.experiments:
        shown = _shows(experiment, system, printed, runs)
        if shown:
            return f"{experiment.because}, {shown}"
    alone = one_epoch_alone(curve, printed[0]) if len(printed) == 1 else ""
    return alone or "no experiment has found the reason yet"


def _shows(
    experiment: Experiment, system: System, printed: Sequence[Printed], runs: AllRuns
) -> str:
    """Return what an experiment's runs show of numbers that ours do not give; "" if nothing."""
    found = [measured(runs[experiment.study], experiment.variant, p) for p in printed]
    place = f"`{experiment.variant}` of `{experiment.study}`"
    pairs = list(zip(printed, found, strict=True))
    if all(judge(p, list(f.by_seed.values())).word == "reproduced" for p, f in pairs):
        return f"as {place} shows, where each is reproduced over {min(f.n for f in found)} runs"
    ours = [measured(runs[system.study], system.variant, p) for p in printed]
    means = [(p.value, f.mean, o.mean) for (p, f), o in zip(pairs, ours, strict=True)]
    if not experiment.between or any(f is None or o is None for _, f, o in means):
        return ""
    if all(min(f or 0, o or 0) <= p <= max(f or 0, o or 0) for p, f, o in means):
        told = ", ".join(f"{f:.4f}" for _, f, _ in means)
        return f"and what is printed lies between ours and {place} ({told})"
    return ""
