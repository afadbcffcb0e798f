"""How to repeat a study: its data, protocol, seeds, libraries and machine."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from versus.data.options import Reading
from versus.errors import LeftOutError, ResultsError
from versus.reports.endpoint import stated_margin
from versus.reports.numbers import duration, listed, plural
from versus.results.record import RunRecord
from versus.results.study_record import VariantRecord
from versus.studies.result import StudyResult

ENVIRONMENT = "environment.json"


@dataclass(frozen=True)
class Detail:
    """A line of the list: what it is, its value, and whether to set it as code."""

    name: str
    value: str
    code: bool = False


@dataclass(frozen=True)
class DetailGroup:
    """Lines under a common heading."""

    title: str
    details: tuple[Detail, ...]


def details(result: StudyResult) -> list[DetailGroup]:
    """Return everything needed to repeat the study; what no record knows is left out."""
    finished = [record for record in result.records if record.status == "finished"]
    groups = [
        DetailGroup("Data", _data(result)),
        DetailGroup("Protocol", _protocol(result)),
        DetailGroup("Recipes", _recipes(result)),
        DetailGroup("Machine", _machine([_environment(result, r) for r in finished])),
        DetailGroup("Times", _times(result.records)),
    ]
    return [group for group in groups if group.details]


def _data(result: StudyResult) -> tuple[Detail, ...]:
    data = result.study.data
    height, width, channels = data.shape
    colours = {1: "grey", 3: "RGB"}.get(channels, plural(channels, "channel"))
    counts = [f"{number:,} {split}" for split, number in data.counts.items()]
    found = [
        Detail("Name", data.name),
        Detail("Pictures", f"{listed(counts)}; {height} \u00d7 {width}, {colours}"),
        Detail("Classes", str(len(data.classes))),
        Detail("Source", data.source),
        Detail("Fingerprint", data.fingerprint, code=True),
        *_reading(data.reading),
    ]
    return tuple(detail for detail in found if detail.value)


def _reading(reading: Reading | None) -> Iterator[Detail]:
    """Yield how own pictures were read."""
    if reading is None:
        return
    yield Detail("Read as", f"{reading.format}; {reading.splits}")
    options = [f"{name.replace('_', ' ')} {value}" for name, value in reading.options.items()]
    yield Detail("With", ", ".join(options))
    notes = [f"{count:,} {what}" for what, count in reading.notes.items()]
    yield Detail("Changed", "; ".join(notes))
    if reading.left_out_count:
        first = ", ".join(one.name for one in reading.left_out[:3])
        number = plural(reading.left_out_count, "picture")
        yield Detail("Left out", f"{number} that could not be read, the first: {first}")


def _protocol(result: StudyResult) -> tuple[Detail, ...]:
    study, margin = result.study, result.study.margin
    endpoint = {"nll": "NLL"}.get(study.endpoint, study.endpoint)
    return (
        Detail("Pictures", study.protocol_text),
        Detail("Judged by", f"{endpoint} on the {result.judged_on} pictures"),
        Detail(
            "Margin", "none stated" if margin is None else stated_margin(study.endpoint, margin)
        ),
        Detail("Budget", _budget(study.protocol)),
        Detail("Seeds", seed_text(study.seeds)),
    )


def _budget(protocol: dict[str, Any]) -> str:
    kind, amount = protocol.get("budget", "epochs"), protocol.get("budget_amount")
    if amount is None:
        return "epochs, as each recipe says"
    shown = f"{amount:,g}" if amount < 1_000_000 else f"{amount:.4g}"
    return f"the same for every variant: {shown} {kind}"


def _recipes(result: StudyResult) -> tuple[Detail, ...]:
    return tuple(Detail(variant.name, _recipe(variant)) for variant in result.study.variants)


def _recipe(variant: VariantRecord) -> str:
    loss = variant.recipe.get("loss")
    return f"model {variant.model}; {variant.recipe_text}{f'; {loss}' if loss else ''}"


def _machine(environments: Sequence[dict[str, Any]]) -> tuple[Detail, ...]:
    """Return what the runs say of their machines; several values where they differ."""
    if not environments:
        return ()
    keys = {"Processor": "processor", "Cores": "cores", "Threads": "threads", "Device": "device"}
    keys |= {"System": "system", "Python": "python"}
    found = [Detail(name, _values(environments, key)) for name, key in keys.items()]
    libraries = [environment.get("libraries", {}) for environment in environments]
    names = list(dict.fromkeys(name for there in libraries for name in there))
    versions = ", ".join(f"{name} {_values(libraries, name)}" for name in names)
    found.append(Detail("Libraries", versions))
    return tuple(detail for detail in found if detail.value)


def _times(records: Sequence[RunRecord]) -> tuple[Detail, ...]:
    starts = sorted(_time(record.started) for record in records if record.started)
    if not starts:
        return ()
    seconds = sum(record.seconds for record in records)
    found = [
        Detail("First run", starts[0]),
        Detail("Last run", starts[-1] if len(starts) > 1 else ""),
        Detail("Training, all runs", duration(seconds) if seconds else ""),
    ]
    return tuple(detail for detail in found if detail.value)


def seed_text(seeds: Sequence[int]) -> str:
    """Return the seeds in short: "0 to 5", or each of them."""
    ordered = sorted(seeds)
    if len(ordered) > 2 and ordered == list(range(ordered[0], ordered[-1] + 1)):
        return f"{ordered[0]} to {ordered[-1]}"
    return listed(str(seed) for seed in ordered)


def _environment(result: StudyResult, record: RunRecord) -> dict[str, Any]:
    path = result.store.run_folder(record.variant, record.seed) / ENVIRONMENT
    try:
        content = json.loads(result.store.read_file(record, ENVIRONMENT))
    except LeftOutError:
        return {}
    except ValueError as cause:
        raise ResultsError(f"{path}: damaged: {cause}") from cause
    if not isinstance(content, dict):
        raise ResultsError(f"{path}: damaged: expected a mapping; got {type(content).__name__}")
    return content


def _values(mappings: Sequence[dict[str, Any]], key: str) -> str:
    values = dict.fromkeys(str(m[key]) for m in mappings if m.get(key) is not None)
    return " or ".join(values)


def _time(started: str) -> str:
    """Return an ISO time for people; as it stands where it is none."""
    try:
        return datetime.fromisoformat(started).strftime("%Y-%m-%d %H:%M:%S %Z").strip()
    except ValueError:
        return started
