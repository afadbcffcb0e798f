"""What `versus data inspect --out` writes: tables as CSV and JSON, pictures as PNG."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from versus.errors import ResultsError
from versus.filesystem.atomic import write_file

if TYPE_CHECKING:
    from versus.data.dataset import Dataset
    from versus.data.inspection.inspection import Inspection
    from versus.evaluation.label_errors import LabelErrors


def write_inspection(
    dataset: "Dataset", found: "Inspection", errors: "LabelErrors | None", folder: Path
) -> list[str]:
    """Write everything that was found into `folder`; return the names of the files.

    Raises:
        ResultsError: it cannot be written.
    """
    files = {**_tables(found, errors), **_figures(dataset, found, errors)}
    try:
        for name, data in files.items():
            write_file(folder / name, data)
    except OSError as cause:
        raise ResultsError(f"{folder}: {cause.strerror or cause}: choose another --out") from cause
    return list(files)


def _tables(found: "Inspection", errors: "LabelErrors | None") -> dict[str, bytes]:
    splits = found.splits.items()
    content = {**found.to_dict(), "label_errors": errors and errors.to_dict()}
    files = {
        "inspection.json": _json(content),
        "counts.csv": _csv(
            [{"class": c, **{n: split.counts[c] for n, split in splits}} for c in found.classes]
        ),
    }
    pairs = [
        {"a": near.a, "b": near.b, **pair.to_dict()}
        for near in found.near_equal
        for pair in near.examples
    ]
    odd = [
        {"kind": odd.kind, "split": odd.split, "row": row}
        for odd in found.oddities
        for row in odd.rows
    ]
    suspects = [suspect.to_dict() for suspect in errors.suspects] if errors else []
    named = {"near-equal.csv": pairs, "odd.csv": odd, "label-errors.csv": suspects}
    return files | {name: _csv(rows) for name, rows in named.items() if rows}


def _figures(
    dataset: "Dataset", found: "Inspection", errors: "LabelErrors | None"
) -> dict[str, bytes]:
    if dataset.input_shape[2] not in (1, 3):
        return {}  # neither grey nor colour: there is no one way to show them
    # matplotlib is slow to import.
    from versus.data.inspection.means import mean_pictures
    from versus.figures.labelled_pictures import labelled_pictures

    means = mean_pictures(dataset.train, len(dataset.classes))
    title = f"{dataset.name}, train: mean picture of each class"
    files = {
        "samples.png": _png(dataset.plot()),
        "means.png": _png(labelled_pictures([[m] for m in means], dataset.classes, title, 10)),
    }
    if found.near_equal:
        files["near-equal.png"] = _png(_near_equal(dataset, found))
    for odd in found.oddities:
        images = dataset.splits[odd.split].images
        title = f"{dataset.name}, {odd.split}: {odd.kind}"
        groups, captions = [[images[row]] for row in odd.rows], [f"row {row}" for row in odd.rows]
        files[f"{odd.kind}-{odd.split}.png"] = _png(labelled_pictures(groups, captions, title))
    if errors and errors.suspects:
        files["label-errors.png"] = _png(_suspects(dataset, errors))
    return files


def _near_equal(dataset: "Dataset", found: "Inspection") -> Any:
    from versus.figures.labelled_pictures import labelled_pictures  # as above

    groups, captions = [], []
    for near in found.near_equal:
        a, b = dataset.splits[near.a].images, dataset.splits[near.b].images
        for pair in near.examples:
            groups.append([a[pair.a_row], b[pair.b_row]])
            places = f"{near.a} {pair.a_row}, {near.b} {pair.b_row}"
            captions.append(f"{places}\n{pair.a_label} / {pair.b_label}: {pair.residual:g}")
    title = f"{dataset.name}: nearly equal, and by how many grey levels they differ"
    return labelled_pictures(groups, captions, title, 5)


def _suspects(dataset: "Dataset", errors: "LabelErrors") -> Any:
    from versus.figures.labelled_pictures import labelled_pictures  # as above

    shown = errors.suspects[:40]
    return labelled_pictures(
        [[dataset.splits[s.split].images[s.row]] for s in shown],
        [f"{s.split} {s.row}\n{s.given},\nnot {s.suggested}?" for s in shown],
        f"{dataset.name}: suspected labels, the most suspect first",
    )


def _json(content: Any) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _csv(rows: list[dict[str, Any]]) -> bytes:
    import pandas as pd  # slow to import

    return pd.DataFrame(rows).to_csv(index=False, lineterminator="\n").encode()


def _png(figure: Any) -> bytes:
    from versus.figures.files import SCREEN_DPI, figure_bytes

    return figure_bytes(figure, "png", SCREEN_DPI)
