"""What a page's script needs to show the pictures behind any number: every answer about them."""

import base64
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from versus.evaluation.predictions import Predictions
from versus.reports.confusion import MOST_CLASSES
from versus.reports.endpoint import scale, unit
from versus.reports.pictures import Pictures
from versus.reports.sheet import picture_sheet
from versus.results.record import RunRecord
from versus.results.view import kept_predictions
from versus.studies.result import StudyResult

MOST_ANSWERS = 200_000
"""Pictures x runs of which the answers are in the page, four bytes each."""
NOT_THERE = 65_535
_SURE = 65_534  # stands for a confidence of exactly 1

Answers = Mapping[tuple[int, int], Predictions]
"""By the variant's place in the study and the seed."""


def exploration(result: StudyResult, pictures: Pictures | None) -> dict[str, Any] | None:
    """Return names, matrices, counts, pictures and answers, ready for JSON; None without a run.

    Answers are, a run, base64 of little-endian uint16: first the class that was said of each
    picture, 65535 where the picture was not in that run's split, then its confidence, 65534 = 1.

    Args:
        result: its runs' predictions are read.
        pictures: of the split that runs are judged on; None leaves pictures and answers out.

    Raises:
        ResultsError: predictions are missing or were changed.
    """
    classes = tuple(result.study.data.classes)
    names = [variant.name for variant in result.study.variants]
    records = {(n, r.seed): r for n, name in enumerate(names) for r in result.finished(name)}
    if not records:
        return None
    read = {
        key: kept_predictions(result.store, record, result.judged_on, classes)
        for key, record in records.items()
    }
    answers = {key: one for key, one in read.items() if one is not None}
    return {
        "variants": names,
        "classes": classes,
        "split": result.judged_on,
        "seeds": [[r.seed for r in result.finished(name)] for name in names],
        "confusions": _confusions(records) if len(classes) <= MOST_CLASSES else {},
        "pairs": pair_counts(answers, len(names)),
        "values": _values(records, result.study.endpoint),
        "judged": {"by": result.study.endpoint, "unit": unit(result.study.endpoint)},
        **(_pictures(answers, pictures) if answers and pictures and len(pictures.rows) else {}),
    }


def pair_counts(answers: Answers, variants: int) -> dict[str, list[int]]:
    """Return by "a-b-seed": pictures that both, only A, only B and neither get right."""
    found = {}
    for a, b in itertools.combinations(range(variants), 2):
        for seed in sorted(s for n, s in answers if n == a and (b, s) in answers):
            one, other = answers[a, seed], answers[b, seed]
            if np.array_equal(one.indices, other.indices):
                right, too = one.correct, other.correct
                parts = (right & too, right & ~too, ~right & too, ~right & ~too)
                found[f"{a}-{b}-{seed}"] = [int(part.sum()) for part in parts]
    return found


def _confusions(records: Mapping[tuple[int, int], RunRecord]) -> dict[str, list[int]]:
    """Return by "variant-seed" the matrix, row after row."""
    return {
        f"{n}-{seed}": np.asarray(record.judged()["confusion"], dtype=np.int64).ravel().tolist()
        for (n, seed), record in records.items()
        if "confusion" in record.judged()
    }


def _values(records: Mapping[tuple[int, int], RunRecord], endpoint: str) -> dict[str, float]:
    """Return by "variant-seed" what the run gave on the endpoint; accuracy in percent."""
    found = {key: record.judged().get(endpoint) for key, record in records.items()}
    return {
        f"{n}-{seed}": round(scale(endpoint) * value, 8)
        for (n, seed), value in found.items()
        if value is not None and np.isfinite(value)
    }


def _pictures(answers: Answers, pictures: Pictures) -> dict[str, Any]:
    """Return the sheet of pictures, what they are, and what each run said of them."""
    chosen = worst_first(list(answers.values()), pictures)[: MOST_ANSWERS // len(answers)]
    if not chosen:
        return {}
    sheet = picture_sheet(pictures.images[[pictures.rows[index] for index in chosen]])
    chosen = chosen[: sheet.count]
    return {
        "sheet": {"uri": sheet.uri, "columns": sheet.columns, "size": [sheet.width, sheet.height]},
        "indices": chosen,
        "labels": [int(pictures.labels[pictures.rows[index]]) for index in chosen],
        "answers": {f"{n}-{seed}": packed(one, chosen) for (n, seed), one in answers.items()},
    }


def worst_first(answers: Sequence[Predictions], pictures: Pictures) -> list[int]:
    """Return the indices of pictures that are kept, the surest wrong answer first."""
    surest: dict[int, float] = {}
    for one in answers:
        wrong = np.flatnonzero(~one.correct)
        for index, label, sure in zip(
            one.indices[wrong].tolist(),
            one.labels[wrong].tolist(),
            one.confidence[wrong].tolist(),
            strict=True,
        ):
            if pictures.has(index, label):
                surest[index] = max(surest.get(index, 0.0), sure)
    return sorted(surest, key=lambda index: (-surest[index], index))


def packed(one: Predictions, chosen: Sequence[int]) -> str:
    """Return what a run said of the pictures at `chosen`, as `exploration` lays it out."""
    places = {index: row for row, index in enumerate(one.indices.tolist())}
    rows = np.array([places.get(index, -1) for index in chosen], dtype=np.int64)
    said = np.where(rows < 0, NOT_THERE, one.predicted[rows])
    sure = np.where(rows < 0, 0, np.rint(_SURE * np.clip(one.confidence[rows], 0.0, 1.0)))
    both: npt.NDArray[np.uint16] = np.concatenate([said, sure]).astype("<u2")
    return base64.b64encode(both.tobytes()).decode()
