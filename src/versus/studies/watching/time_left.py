"""How long a study will still take: measured speeds, and as many processes as work now."""

import heapq
from collections.abc import Mapping, Sequence
from statistics import fmean

from versus.studies.watching.status import RunStatus


def seconds_left(
    runs: Sequence[RunStatus], costs: Mapping[str, float], epochs: Mapping[str, int]
) -> float | None:
    """Return the seconds until the last run ends; None where too little is known.

    Those that wait take, in their order, the place of the run that ends first.

    Args:
        runs: of the study; as many run at once as run now.
        costs: multiply-adds of one picture, by variant; a variant that has none is taken for an
            average one.
        epochs: that each variant is asked to train.
    """
    running = [run for run in runs if run.state == "running"]
    whole = _whole_runs(runs, {v: costs.get(v, 0) * n for v, n in epochs.items()})
    if not running or not whole:
        return None
    ends = [_left(run, whole[run.variant]) for run in running]
    heapq.heapify(ends)
    last = max(ends)
    for run in runs:
        if run.state in ("waiting", "stopped", "damaged"):
            end = heapq.heappop(ends) + whole[run.variant]
            last = max(last, end)
            heapq.heappush(ends, end)
    return last


def _left(run: RunStatus, whole: float) -> float:
    beat = run.progress
    if beat is None:
        return whole
    return whole * (1 - beat.done) if beat.seconds_left is None else beat.seconds_left


def _whole_runs(runs: Sequence[RunStatus], sizes: Mapping[str, float]) -> dict[str, float]:
    """Return the seconds of a whole run, by variant; {} where no run says anything yet.

    Finished runs say it best; one under way says it too; the rest is taken to be as fast for its
    size as those.
    """
    measured: dict[str, list[float]] = {}
    for run in runs:
        if run.outcome is not None:
            measured.setdefault(run.variant, []).append(run.outcome.seconds)
    for run in runs:
        beat = run.progress
        if run.variant not in measured and beat is not None and beat.seconds_left and beat.done < 1:
            measured[run.variant] = [beat.seconds_left / (1 - beat.done)]
    found = {variant: fmean(seconds) for variant, seconds in measured.items()}
    if not found:
        return {}
    speeds = [seconds / sizes[v] for v, seconds in found.items() if sizes.get(v)]
    for variant in {run.variant for run in runs} - found.keys():
        size = sizes.get(variant)
        found[variant] = (
            fmean(speeds) * size if speeds and size else fmean(map(fmean, measured.values()))
        )
    return found
