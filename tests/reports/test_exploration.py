"""What the page's script is given, held against the predictions it is packed from."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from versus.reports import exploration as module
from versus.reports import sheet
from versus.reports.classes import class_table
from versus.reports.curves import overfitting_onset
from versus.reports.exploration import NOT_THERE, exploration, packed
from versus.reports.pictures import read_pictures
from versus.reports.sheet import picture_sheet
from versus.results.view import read_predictions

CLASSES = ("cat", "dog", "hen")


def unpacked(text: str) -> tuple[list[int], list[float]]:
    said, sure = np.frombuffer(base64.b64decode(text), dtype="<u2").reshape(2, -1)
    return said.tolist(), (sure / 65_534).tolist()


def test_answers_counts_and_matrices_are_those_of_the_predictions(study_folder):
    result = study_folder.make({"a": (20, 7), "b": (None, 30)})
    found = exploration(result, read_pictures(result.store))
    assert found is not None
    a, b = (read_predictions(result.store, result.finished(n)[-1], "test", CLASSES) for n in "ab")
    assert found["seeds"] == [[0, 1], [1]]
    assert found["pairs"] == {
        "0-1-1": [
            int((a.correct & b.correct).sum()), int((a.correct & ~b.correct).sum()),
            int((~a.correct & b.correct).sum()), int((~a.correct & ~b.correct).sum()),
        ]
    }  # fmt: skip
    assert sum(found["confusions"]["0-1"]) == 60
    chosen = found["indices"]
    for one, key in ((a, "0-1"), (b, "1-1")):
        said, sure = unpacked(found["answers"][key])
        assert said == one.predicted[chosen].tolist()
        assert sure == pytest.approx(one.confidence[chosen].tolist(), abs=1e-5)
    assert found["labels"] == a.labels[chosen].tolist()
    with Image.open(io.BytesIO(base64.b64decode(found["sheet"]["uri"].split(",")[1]))) as grid:
        first = np.asarray(grid)[:8, :8]
    pictures = read_pictures(result.store)
    assert pictures is not None
    assert np.array_equal(first, pictures.images[pictures.rows[chosen[0]]][..., 0])


def test_a_picture_of_another_split_is_marked_as_not_there(study_folder):
    result = study_folder.make({"a": (20,)})
    one = read_predictions(result.store, result.finished("a")[0], "test", CLASSES)
    said, sure = unpacked(packed(one, [3, 999]))
    assert (said[0], said[1], sure[1]) == (one.predicted[3], NOT_THERE, 0)


def test_without_pictures_the_matrices_remain(study_folder):
    result = study_folder.make({"a": (20,), "b": (0,)})
    found = exploration(result, None)
    assert found is not None
    assert "sheet" not in found
    assert len(found["confusions"]) == 2
    assert exploration(study_folder.make({"a": (None,)}, seeds=[5]), None) is None


def test_there_is_room_for_a_share_of_the_pictures(study_folder, monkeypatch):
    result = study_folder.make({"a": (20, 30), "b": (25, 30)})
    monkeypatch.setattr(module, "MOST_ANSWERS", 40)
    found = exploration(result, read_pictures(result.store))
    assert found is not None
    assert len(found["indices"]) == 10
    records = [r for n in "ab" for r in result.finished(n)]
    every = [read_predictions(result.store, r, "test", CLASSES) for r in records]
    surest = max(one.confidence[~one.correct].max() for one in every)
    first = found["indices"][0]
    assert max(one.confidence[first] for one in every if not one.correct[first]) == surest


@pytest.mark.parametrize("channels", [1, 3])
def test_a_sheet_stays_within_its_bytes(channels):
    noise = np.random.default_rng(0).integers(0, 256, (300, 16, 16, channels), dtype=np.uint8)
    whole, small = picture_sheet(noise, 10**7), picture_sheet(noise, 9_000)
    assert whole.count == 300
    assert whole.uri.startswith("data:image/png;")
    assert 1 <= small.count < 300
    assert len(small.uri) < 9_000 * 4 / 3 + 40
    assert (picture_sheet(noise[:1], 1).count, whole.width, whole.height) == (1, 16, 16)


def test_classes_are_scored_and_read_in_words(study_folder):
    result = study_folder.make({"a": (20, 20), "b": (0, 0)})
    table = class_table(result)
    assert table is not None
    counts = sum(np.array(r.judged()["confusion"]) for r in result.finished("a"))
    cat = table.rows[0]
    assert cat.pictures == "20"
    recall = 100 * counts[0, 0] / counts[0].sum()
    assert cat.scores[0].recall == f"{recall:.1f}\u00a0%"
    assert (cat.scores[1].f1, cat.scores[1].best, cat.scores[0].best) == ("1.000", True, False)
    assert table.readings["b"] == "Every one of the answers is recognised."
    assert "is recognised worst" in table.readings["a"]


def test_the_onset_is_that_of_the_lint():
    import pandas as pd

    epochs = pd.Index(range(1, 9), name="epoch")
    rising = [0.5, 0.3, 0.2, 0.22, 0.24, 0.26, 0.28, 0.3]
    falling = [0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05]
    frame = pd.DataFrame({"loss": falling, "val_loss": rising}, index=epochs)
    assert overfitting_onset([frame]) == 3
    assert overfitting_onset([frame.assign(val_loss=falling)]) is None
    assert overfitting_onset([frame.assign(loss=rising)]) is None
    assert overfitting_onset([frame.iloc[:3]]) is None
    assert overfitting_onset([frame.drop(columns="val_loss")]) is None


def test_what_the_script_is_given_leaves_the_page_below_three_megabytes():
    rest = 300_000  # figures, tables, style and the first seed's pictures
    assert 4 / 3 * (sheet.MOST_BYTES + 4 * module.MOST_ANSWERS) + rest < 3_000_000
