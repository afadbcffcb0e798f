"""Every format that own pictures come in gives the Dataset that was put in."""

import pickle
import sys

import numpy as np
import pytest
from own_pictures import (
    CLASSES,
    PER_CLASS,
    SIDE,
    arrays,
    flat_folder,
    idx_folder,
    image_folder,
    npy_pair,
    npz,
    parquet,
    pixel_csv,
    pixels,
    png,
    put,
    tarred,
    write_csv,
    zipped,
)

import versus
from versus.data import catalogue
from versus.data.preparation import Preparation
from versus.errors import ConfigurationError, DataError

FORMATS = {
    "image folder": lambda d: image_folder(d / "set"),
    "image folder by split": lambda d: image_folder(d / "set", splits=("Train", "valid", "test")),
    "train and test alone": lambda d: image_folder(d / "set", splits=("train", "test")),
    "wrapped": lambda d: image_folder(d / "set" / "a" / "b").parents[1],
    "zip": lambda d: zipped(image_folder(d / "set"), d / "set.zip"),
    "zip of splits": lambda d: zipped(image_folder(d / "s", splits=("train", "test")), d / "s.zip"),
    "tar": lambda d: tarred(image_folder(d / "set"), d / "set.tar", "w"),
    "tar.gz": lambda d: tarred(image_folder(d / "set"), d / "set.tgz"),
    "tar.xz": lambda d: tarred(image_folder(d / "set"), d / "set.tar.xz", "w:xz"),
    "a zip without its suffix": lambda d: zipped(image_folder(d / "set"), d / "download"),
    "labels.csv": lambda d: flat_folder(d / "set"),
    "labels.csv in a zip": lambda d: zipped(flat_folder(d / "set"), d / "set.zip"),
    "npz": lambda d: npz(d / "set.npz"),
    "npz in a zip": lambda d: zipped(npz(d / "in" / "set.npz").parent, d / "set.zip"),
    "npy": lambda d: npy_pair(d / "set"),
    "npy in a tar": lambda d: tarred(npy_pair(d / "set"), d / "set.tar.gz"),
    "idx": lambda d: idx_folder(d / "set"),
    "idx in a zip": lambda d: zipped(idx_folder(d / "set"), d / "set.zip"),
    "pixels": lambda d: pixel_csv(d / "set.csv"),
    "pixels without a header": lambda d: pixel_csv(d / "set.csv", header=False),
    "pixels in a zip": lambda d: zipped(pixel_csv(d / "in" / "train.csv").parent, d / "set.zip"),
    "parquet": lambda d: parquet(d / "set.parquet"),
    "parquet in a zip": lambda d: zipped(parquet(d / "in" / "set.parquet").parent, d / "set.zip"),
}


@pytest.fixture(autouse=True)
def _cache_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("VERSUS_CACHE", str(tmp_path / "cache"))


def bytes_of(data) -> set[tuple[bytes, str]]:
    return {
        (image.tobytes(), data.classes[label])
        for split in data.splits.values()
        for image, label in zip(split.images, split.labels, strict=True)
    }


@pytest.mark.parametrize("make", FORMATS.values(), ids=FORMATS)
def test_every_format_is_read_whole(tmp_path, make):
    path = make(tmp_path)
    data = catalogue.load(path)
    assert data.input_shape == (SIDE, SIDE, 1)
    assert len(data.classes) == 3
    counts = {name: np.bincount(split.labels, minlength=3) for name, split in data.splits.items()}
    assert all(count.min() >= 1 for count in counts.values())
    assert data.reading is not None
    assert data.preparation == Preparation(height=SIDE, width=SIDE)
    # The same again, from the path and options that are recorded, and in another process's hands.
    again = catalogue.load_recorded(data.name, data.reading)
    assert again.fingerprint == data.fingerprint
    sent = pickle.loads(pickle.dumps(data))  # noqa: S301
    assert sent.fingerprint == data.fingerprint
    if "image" in data.reading.format or "table" in data.reading.format:
        number = {name: place for place, name in enumerate(CLASSES)}
        shown = {
            (pixels(number[name], n + 20 * p).tobytes(), name)
            for name in CLASSES
            for n in range(PER_CLASS)
            for p in range(3)
        }
        assert bytes_of(data) <= shown
    leftovers = tmp_path / "cache" / "data" / "unpacked"
    assert not leftovers.exists() or not list(leftovers.iterdir())


def test_folder_zip_and_tar_are_the_same_data(tmp_path):
    folder = image_folder(tmp_path / "set")
    one = catalogue.load(folder)
    packed = tarred(folder, tmp_path / "set.tar.bz2", "w:bz2")
    for path in (zipped(folder, tmp_path / "set.zip"), packed):
        other = catalogue.load(path)
        assert other.fingerprint == one.fingerprint
    assert one.classes == CLASSES
    assert one.train.origins[0] in {f"ape/{n}.png" for n in range(PER_CLASS)}


def test_given_splits_are_kept(tmp_path):
    data = catalogue.load(image_folder(tmp_path / "set", splits=("train", "val", "test")))
    assert {name: len(split) for name, split in data.splits.items()} == {
        "train": 24, "validation": 24, "test": 24,
    }  # fmt: skip
    assert data.train.images[0, :, :, 0].tolist() == pixels(0, 0).tolist()
    assert data.test.images[0, :, :, 0].tolist() == pixels(0, 40).tolist()


def test_splits_are_drawn_by_seed_and_fraction(tmp_path):
    folder = image_folder(tmp_path / "set")
    data = catalogue.load(folder, test_fraction=0.25, val_fraction=0.5)
    assert {name: np.bincount(s.labels).tolist() for name, s in data.splits.items()} == {
        "train": [3, 3, 3], "validation": [3, 3, 3], "test": [2, 2, 2],
    }  # fmt: skip
    same, other = catalogue.load(folder), catalogue.load(folder, seed=1)
    assert catalogue.load(folder).fingerprint == same.fingerprint != other.fingerprint
    assert "20%" in same.reading.splits
    left = catalogue.load(folder, val_fraction=0)
    assert left.validation is None
    # What a Protocol takes from the end of train is not the last class alone.
    assert len(set(left.train.labels[-6:].tolist())) > 1


def test_groups_stay_together(tmp_path):
    folder = tmp_path / "set"
    for label, name in enumerate(CLASSES):
        for number in range(24):
            put(folder / name / f"p{number // 4}-{number}.png", png(pixels(label, number)))
    data = catalogue.load(folder, group=r"(p\d+)-")
    of_split = {
        name: {origin.split("/")[1].split("-")[0] for origin in split.origins}
        for name, split in data.splits.items()
    }
    assert set.union(*of_split.values()) == {f"p{n}" for n in range(6)}
    for one, other in (("train", "test"), ("train", "validation"), ("validation", "test")):
        assert not of_split[one] & of_split[other]
    with pytest.raises(ConfigurationError, match="finds nothing in the path"):
        catalogue.load(folder, group="nobody")
    with pytest.raises(ConfigurationError, match="regular expression"):
        catalogue.load(folder, group="(")


def test_groups_by_a_column(tmp_path):
    folder = flat_folder(
        tmp_path / "set", header=("file", "label", "who"), extra=(lambda label, n: f"w{n // 2}",)
    )
    data = catalogue.load(folder, group="who")
    who = {
        name: {int(o.split("-")[1][0]) // 2 for o in split.origins}
        for name, split in data.splits.items()
    }
    assert not who["train"] & who["test"]
    assert not who["train"] & who["validation"]


def test_columns_are_chosen(tmp_path):
    header = ("file", "label", "colour", "split")
    extra = (lambda label, n: f"c{n % 2}", lambda label, n: ("train", "test", "val")[n % 3])
    folder = flat_folder(tmp_path / "set", header=header, extra=extra)
    assert catalogue.load(folder).classes == CLASSES
    data = catalogue.load(folder, keys="label=colour")
    assert data.classes == ("c0", "c1")
    assert "as given" in data.reading.splits
    with pytest.raises(DataError, match="--keys label=: expected one of its columns, file, label"):
        catalogue.load(folder, keys={"label": "shape"})


def test_a_table_finds_pictures_without_their_suffix_and_by_path(tmp_path):
    folder = flat_folder(tmp_path / "set")
    rows = [
        [f"./images/{c}-{n}" if n % 2 else f"{c}-{n}", c] for c in CLASSES for n in range(PER_CLASS)
    ]
    write_csv(folder / "labels.csv", [("id", "breed"), *rows], delimiter=";")
    assert bytes_of(catalogue.load(folder)) == {
        (pixels(label, n).tobytes(), name)
        for label, name in enumerate(CLASSES)
        for n in range(PER_CLASS)
    }


def test_arrays_by_any_name(tmp_path):
    x, y = arrays()
    np.savez(tmp_path / "a.npz", pics=x, kinds_of=y, who=np.arange(24) // 4)
    with pytest.raises(DataError, match=r"among kinds_of, pics, who.*--keys x="):
        catalogue.load(tmp_path / "a.npz")
    data = catalogue.load(tmp_path / "a.npz", keys="x=pics,y=kinds_of", group="who")
    assert sum(map(len, data.splits.values())) == 24


def test_arrays_of_other_types_and_shapes(tmp_path):
    x, y = arrays()
    same = {}
    for name, pictures, labels in (
        ("plain", x, y),
        ("floats of 0 to 255", x.astype(np.float32), y.astype(np.float64)),
        ("floats of 0 to 1", (x / 255).astype(np.float32), y),
        ("wide and big-endian", x.astype(">i4"), y.astype(">i2")),
        ("columns first", np.asfortranarray(x), y[:, None]),
        ("flat", x.reshape(24, -1), np.eye(3)[y]),
        ("channels first", x[:, None], y),
    ):
        np.savez(tmp_path / "b.npz", x=pictures, y=labels)
        same[name] = catalogue.load(tmp_path / "b.npz").fingerprint
    assert len(set(same.values())) == 1, same
    np.savez(tmp_path / "b.npz", x=x, y=np.array(CLASSES)[y])
    assert catalogue.load(tmp_path / "b.npz").classes == CLASSES
    np.savez(tmp_path / "b.npz", x=x, y=y + 1)
    assert catalogue.load(tmp_path / "b.npz").classes == ("1", "2", "3")


def test_pictures_are_brought_to_size_and_channels(tmp_path):
    folder = image_folder(tmp_path / "set", channels=3)
    assert catalogue.load(folder).input_shape == (SIDE, SIDE, 3)
    data = versus.load(str(folder), size="8x10", channels=1, invert="yes", fit="stretch")
    way = Preparation(height=8, width=10, invert="always", fit="stretch")
    assert data.preparation == way
    first = data.train.origins[0].split("/")
    picture = pixels(CLASSES.index(first[0]), int(first[1].removesuffix(".png")), 3)
    assert (data.train.images[0] == way.apply(picture)).all()
    assert data.fingerprint != versus.load(folder, size=(8, 10), channels=1).fingerprint


def test_grey_among_colours_becomes_colour_wherever_it_lies(tmp_path):
    folder = image_folder(tmp_path / "set")
    for number in range(40):  # more than are looked at beforehand
        put(folder / "ape" / f"more{number}.png", png(pixels(0, number + 50)))
    put(folder / "ape" / "more7b.png", png(pixels(0, 3, 3)))
    assert catalogue.load(folder).input_shape == (SIDE, SIDE, 3)
    assert catalogue.load(folder, channels=1).input_shape == (SIDE, SIDE, 1)


def test_named_sets_take_a_size_and_nothing_else():
    data = versus.load("digits", size=14)
    assert data.input_shape == (14, 14, 1)
    assert len(data.train) == 1437
    assert catalogue.load_recorded(data.name, data.reading).fingerprint == data.fingerprint
    with pytest.raises(ConfigurationError, match="--group: 'digits' has its own files"):
        versus.load("digits", group="x")


def test_junk_is_ignored_and_counted(tmp_path):
    folder = image_folder(tmp_path / "set")
    before = catalogue.load(folder).fingerprint
    for name in (
        ".DS_Store", "ape/._0.png", "ape/Thumbs.db", "bee/desktop.ini", "cat/.hidden.png",
        ".ipynb_checkpoints/0.png", "__MACOSX/ape/0.png", "@eaDir/0.png",
    ):  # fmt: skip
        put(folder / name, b"junk")
    put(folder / "ape" / "notes.txt", b"about apes")
    data = catalogue.load(folder)
    assert data.fingerprint == before
    assert data.reading.notes == {"hidden or system files": 8, "files that are no pictures": 1}


def test_without_the_extra_it_is_named(tmp_path, monkeypatch):
    path = parquet(tmp_path / "set.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DataError, match=r"versus-ml\[hub\]"):
        catalogue.load(path)
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(DataError, match=r"versus-ml\[hub\]"):
        catalogue.load("hub:someone/something")


def test_names_of_classes_may_be_in_any_script(tmp_path):
    names = ("ящик", "猫", "🐝 bee", "10", "9")
    data = catalogue.load(image_folder(tmp_path / "set", classes=names))
    assert data.classes == ("9", "10", "ящик", "猫", "🐝 bee")
