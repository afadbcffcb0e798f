"""A study in a terminal: curves as sparklines, and confusion matrices."""

from versus.figures.learning_curves import mean_curve
from versus.figures.sparkline import sparkline
from versus.reports.confusion import MOST_CLASSES, summed_confusions
from versus.reports.curves import histories
from versus.studies.result import StudyResult

_CELL = 5  # letters of a class at the head of a column, where counts need no more


def curve_lines(result: StudyResult) -> list[tuple[str, str, str, str, str]]:
    """Return a row a variant and curve: variant, what, first value, sparkline, last value.

    Curves are means over seeds; those of one quantity share their scale, so that they compare.
    """
    rows = []
    curves = histories(result)
    for key in ("val_loss", "loss", "val_accuracy", "accuracy"):
        means = {name: mean_curve(frames, key).dropna() for name, frames in curves.items()}
        there = {name: mean for name, mean in means.items() if len(mean)}
        if not there:
            continue
        low = min(float(mean.min()) for mean in there.values())
        high = max(float(mean.max()) for mean in there.values())
        what = key.replace("val_", "validation ") if "val" in key else f"training {key}"
        for name, mean in there.items():
            ends = [f"{float(mean.iloc[end]):.4f}" for end in (0, -1)]
            rows.append((name, what, ends[0], sparkline(mean.tolist(), low, high), ends[1]))
    return rows


def matrix_lines(result: StudyResult) -> dict[str, list[str]]:
    """Return each variant's confusion matrix as lines of text, summed over its seeds.

    A row is a true class; 0 is a dot. Left out with more than 30 classes.
    """
    classes = result.study.data.classes
    if len(classes) > MOST_CLASSES:
        return {}
    found = {}
    for name, (_, counts) in summed_confusions(result).items():
        width = 1 + max(len(str(counts.max())), min(_CELL, max(map(len, classes))))
        heads = "".join(f"{_cut(c, width - 1):>{width}}" for c in classes)
        first = min(12, max(map(len, classes)))
        lines = [f"{'':{first}}{heads}"]
        for row, truth in enumerate(classes):
            cells = "".join(f"{n or '·':>{width}}" for n in counts[row].tolist())
            lines.append(f"{_cut(truth, first):<{first}}{cells}")
        found[name] = lines
    return found


def _cut(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: max(most - 1, 1)]}\u2026"[:most]
