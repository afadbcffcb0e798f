"""The pictures that only one of two gets right."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from versus.errors import ResultsError
from versus.reports import galleries as galleries_module
from versus.reports.galleries import galleries
from versus.reports.pictures import LARGEST, data_uri, read_pictures
from versus.results.view import read_predictions
from versus.studies.pictures import NAME


def opened(uri: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))


def test_counts_and_order(study_folder):
    result = study_folder.make({"a": (None, 20), "b": (5, 30)})
    (gallery,) = galleries(result, read_pictures(result.store))
    a, b = (
        read_predictions(result.store, result.finished(n)[-1], "test", ("cat", "dog", "hen"))
        for n in "ab"
    )
    assert (gallery.seed, gallery.split, gallery.total) == (1, "test", 60)
    assert gallery.both == (a.correct & b.correct).sum()
    assert gallery.neither == (~a.correct & ~b.correct).sum()
    only_a = np.flatnonzero(a.correct & ~b.correct)
    side = gallery.sides[0]
    assert (side.name, side.count) == ("a", len(only_a))
    surest = only_a[np.argsort(-b.confidence[only_a])]
    assert [tile.index for tile in side.tiles] == surest[:24].tolist()
    first = side.tiles[0]
    assert [said.right for said in first.answers] == [True, False]
    assert first.answers[0].said == first.truth != first.answers[1].said


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB")])
def test_pictures_are_shown_as_they_are(study_folder, channels, mode):
    result = study_folder.make({"a": (20,), "b": (0,)}, channels=channels)
    pictures = read_pictures(result.store)
    assert pictures is not None
    index = next(iter(pictures.rows))
    picture = opened(pictures.png(index))
    assert (picture.mode, picture.size) == (mode, (8, 8))
    assert np.array_equal(
        np.asarray(picture).reshape(8, 8, channels), pictures.images[pictures.rows[index]]
    )


def test_large_pictures_become_smaller():
    assert opened(data_uri(np.zeros((300, 150, 3), np.uint8))).size == (LARGEST // 2, LARGEST)


def test_without_pictures_the_counts_remain(study_folder):
    result = study_folder.make({"a": (20,), "b": (0,)})
    (result.folder / NAME).unlink()
    assert read_pictures(result.store) is None
    (gallery,) = galleries(result, None)
    assert gallery.sides[1].count == 20
    assert gallery.sides[1].tiles == ()


def test_pictures_of_another_split_are_never_shown(study_folder):
    result = study_folder.make({"a": (20,), "b": (0,)})
    pictures = read_pictures(result.store)
    assert pictures is not None
    pictures.labels[:] = (pictures.labels + 1) % 3
    (gallery,) = galleries(result, pictures)
    assert gallery.sides[1].tiles == ()


def test_many_pairs_share_the_room(study_folder, monkeypatch):
    monkeypatch.setattr(galleries_module, "_BUDGET", 60)
    result = study_folder.make({name: (20 + 2 * place,) for place, name in enumerate("abcd")})
    found = galleries(result, read_pictures(result.store))
    assert len(found) == 6
    assert max(len(side.tiles) for gallery in found for side in gallery.sides) == 5


def test_damaged_pictures_are_named(study_folder):
    result = study_folder.make({"a": (20,), "b": (0,)})
    (result.folder / NAME).write_bytes(b"PK\x03\x04 nonsense")
    with pytest.raises(ResultsError, match=r"pictures\.npz: damaged"):
        read_pictures(result.store)
