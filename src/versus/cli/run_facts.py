"""What `versus runs show` says of a run."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from versus.results.record import RunRecord


def run_facts(record: "RunRecord", place: Path, left_out: Collection[str]) -> dict[str, object]:
    """Return what is shown of one run, by name.

    Args:
        record: of the run.
        place: its folder.
        left_out: names of its files that this copy of it does not have.
    """
    config = record.config
    numbers = {
        f"{split} {name}": f"{values[name]:.4f}"
        for split, values in record.metrics.items()
        for name in ("accuracy", "loss", "nll")
        if name in values
    }
    facts = {
        "run": place,
        "status": record.status,
        "error": record.error,
        "model": f"{config.model} ({record.parameters:,} parameters)",
        "data": f"{config.data}, {config.data_fingerprint}",
        "recipe": _words(config.recipe),
        "protocol": _words(config.protocol),
        "versions": _words(config.versions),
        "device": config.device,
        "started": record.started,
        "engine": record.engine,
        "epochs": record.epochs,
        "seconds": f"{record.seconds:.1f}",
        **numbers,
        "worst class": _worst_class(record),
        "format": record.format,
        "files": ", ".join(name for name in record.files if name not in left_out),
        "left out": ", ".join(left_out),
    }
    return {name: value for name, value in facts.items() if value not in (None, "")}


def _worst_class(record: "RunRecord") -> str:
    from versus.evaluation.reading import read_confusion  # brings numpy

    judged = record.judged()
    if not {"confusion", "per_class"} <= judged.keys():
        return ""
    return read_confusion(judged["confusion"], [c["class"] for c in judged["per_class"]]).sentence()


def _words(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items() if value not in (None, {}))
