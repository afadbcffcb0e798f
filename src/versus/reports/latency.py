"""The latency of the variants, in a sentence that names the machine's part in it."""

from typing import Any

from versus.reports.numbers import decimals, known, plain
from versus.studies.result import StudyResult


def latency_note(result: StudyResult) -> str:
    """Return how fast the variants answer, and on what; "" where no run measured it."""
    rows: dict[str, Any] = result.frame().to_dict("index")
    said = []
    for name, row in rows.items():
        ms, rate = known(row["latency_ms"]), known(row["pictures_per_second"])
        if ms is not None and rate is not None:
            said.append(
                f"{name} {plain(ms, decimals([ms], 1, 3))}\u00a0ms for one picture, "
                f"{plain(float(f'{rate:.3g}'), 0)} pictures a second in batches"
            )
    if not said:
        return ""
    first = next(r.latency for r in result.records if r.latency)
    device = "CPU" if first["device"] == "cpu" else first["device"]
    threads = result.study.protocol.get("threads", 1)
    return (
        f"Latency, the median on the {device} of the machine named below with "
        f"{threads} thread{'s'[: threads > 1]}: {'; '.join(said)}."
    )
