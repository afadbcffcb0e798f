"""How fast a variant answers and how large it is, over its runs."""

import statistics
from collections.abc import Sequence

from versus.results.record import RunRecord


def latency_and_size(records: Sequence[RunRecord]) -> dict[str, float | None]:
    """Return "latency_ms", "pictures_per_second" and "model_bytes": medians over finished runs.

    None where no run has measured it: those of an older versus have not.
    """
    latencies = [record.latency for record in records if record.latency]
    sizes = [record.model_bytes for record in records if record.model_bytes is not None]
    return {
        "latency_ms": _median([each["ms"] for each in latencies]),
        "pictures_per_second": _median([each["pictures_per_second"] for each in latencies]),
        "model_bytes": _median(sizes),
    }


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None
