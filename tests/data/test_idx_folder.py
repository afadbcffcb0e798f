"""A folder of four IDX files becomes a Dataset, or one clear error."""

import hashlib

import numpy as np
import pytest

from versus.data import idx
from versus.data.dataset import Dataset
from versus.data.idx_folder import STEMS, VALIDATION_STEMS, missing_files, read_folder
from versus.data.idx_writing import write_folder
from versus.errors import DataError, DataFormatError, DataUnavailableError
from versus.filesystem.operations import DISK

RNG = np.random.default_rng(0)
ARRAYS = {
    STEMS[0]: RNG.integers(0, 256, (6, 4, 5), dtype=np.uint8),
    STEMS[1]: np.array([0, 1, 2, 0, 1, 2], dtype=np.uint8),
    STEMS[2]: RNG.integers(0, 256, (3, 4, 5), dtype=np.uint8),
    STEMS[3]: np.array([2, 1, 0], dtype=np.uint8),
}


@pytest.fixture
def folder(tmp_path):
    for number, (stem, array) in enumerate(ARRAYS.items()):
        gzipped = number % 2 == 0
        idx.write(tmp_path / f"{stem}{'.gz' if gzipped else ''}", array, compress=gzipped)
    return tmp_path


def test_grey_pictures_get_a_channel(folder):
    data = read_folder(folder, "mine")
    assert data.name == "mine"
    assert data.classes == ("0", "1", "2")
    assert str(folder) in data.source
    assert data.input_shape == (4, 5, 1)
    assert np.array_equal(data.train.images[..., 0], ARRAYS[STEMS[0]])
    assert np.array_equal(data.test.labels, [2, 1, 0])
    assert data.train.labels.dtype == np.int64


def test_colour_pictures_stay_as_they_are(folder):
    for stem, count in ((STEMS[0], 6), (STEMS[2], 3)):
        colour = np.full((count, 2, 2, 3), 7, dtype=np.uint8)
        idx.write(folder / f"{stem}.gz", colour, compress=True)
    assert read_folder(folder, "mine").input_shape == (2, 2, 3)


def test_a_plain_file_is_preferred(folder):
    idx.write(folder / STEMS[0], np.zeros((6, 4, 5), dtype=np.uint8), compress=False)
    assert not read_folder(folder, "mine").train.images.any()


def test_validation_pictures_have_two_files_of_their_own(folder):
    assert read_folder(folder, "mine").validation is None
    idx.write(folder / VALIDATION_STEMS[0], ARRAYS[STEMS[2]][:2], compress=False)
    with pytest.raises(DataUnavailableError, match="images-idx3-ubyte but no validation-labels"):
        read_folder(folder, "mine")
    idx.write(folder / VALIDATION_STEMS[1], ARRAYS[STEMS[3]][:2], compress=False)
    data = read_folder(folder, "mine")
    assert {name: len(split) for name, split in data.splits.items()} == {
        "train": 6,
        "validation": 2,
        "test": 3,
    }
    assert data.validation.labels.tolist() == [2, 1]


def test_more_classes_than_a_byte_counts_are_written_and_read(tmp_path):
    labels = np.arange(300)
    pictures = np.zeros((300, 2, 2), np.uint8)
    data = Dataset.from_arrays((pictures, labels), (pictures, labels), name="many")
    write_folder(tmp_path / "many", data)
    assert read_folder(tmp_path / "many", "many").train.labels.tolist() == labels.tolist()


def small():
    labels = np.arange(2)
    pictures = np.zeros((2, 2, 2), np.uint8)
    return Dataset.from_arrays((pictures, labels), (pictures, labels), name="small")


def test_a_folder_that_holds_other_things_is_left_as_it_is(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    (tmp_path / "classes.txt").write_text("mine")
    with pytest.raises(DataError, match=r"it holds classes\.txt, thesis\.txt: give another"):
        write_folder(tmp_path, small())
    assert (tmp_path / "classes.txt").read_text() == "mine"
    with pytest.raises(DataError, match="got a file: give another name"):
        write_folder(tmp_path / "thesis.txt", small())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["classes.txt", "thesis.txt"]


def test_an_empty_folder_is_filled_also_through_a_link(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    write_folder(tmp_path / "link", small())
    assert read_folder(tmp_path / "empty", "small").classes == ("0", "1")
    with pytest.raises(DataError, match="holds IDX files already"):
        write_folder(tmp_path / "link", small())


def test_nothing_half_written_remains(tmp_path, monkeypatch):
    """The disk fills up at the third file."""
    written, write = [], DISK.write

    def fails(descriptor, data):
        written.append(descriptor)
        if len(written) == 3:
            raise OSError(28, "No space left on device")
        return write(descriptor, data)

    monkeypatch.setattr(type(DISK), "write", staticmethod(fails))
    with pytest.raises(DataError, match="No space left on device"):
        write_folder(tmp_path / "new" / "folder", small())
    assert not list(tmp_path.iterdir())


def test_class_names_come_from_the_caller_else_from_the_file(folder):
    (folder / "classes.txt").write_text("\ufeffcat\ndog\r\ngnu\n\n", encoding="utf-8")
    assert read_folder(folder, "mine").classes == ("cat", "dog", "gnu")
    assert read_folder(folder, "mine", classes=["a", "b", "c"]).classes == ("a", "b", "c")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"cat\n\ngnu\n", r"classes\.txt: expected one class name a line; line 2 is empty"),
        (b"", "line 1 is empty"),
        (b"cat\nd\xf6g\ngnu\n", "expected UTF-8 text; got byte f6 at byte 5"),
        (b"cat\ndog\n", "label 2 at row 2 is outside 0 to 1"),
        (b"cat\ncat\ngnu\n", "classes of different names"),
    ],
)
def test_a_faulty_classes_file_is_an_error(folder, text, message):
    (folder / "classes.txt").write_bytes(text)
    with pytest.raises(DataError, match=message):
        read_folder(folder, "mine")


def test_every_missing_file_is_named(folder):
    (folder / f"{STEMS[0]}.gz").unlink()
    (folder / STEMS[3]).unlink()
    assert missing_files(folder) == [STEMS[0], STEMS[3]]
    with pytest.raises(DataUnavailableError, match=f"no {STEMS[0]} and no {STEMS[3]}: add"):
        read_folder(folder, "mine")


def test_different_counts_name_both_files_and_both_counts(folder):
    idx.write(folder / STEMS[1], np.zeros(5, dtype=np.uint8), compress=False)
    message = rf"{STEMS[0]}\.gz holds 6 pictures but .*{STEMS[1]} holds 5 labels"
    with pytest.raises(DataFormatError, match=message):
        read_folder(folder, "mine")


def test_exchanged_files_are_noticed(folder):
    idx.write(folder / STEMS[0], ARRAYS[STEMS[1]], compress=False)
    message = rf"{STEMS[0]}: expected pictures as \[n, h, w\].* got shape \(6,\): .*changed places"
    with pytest.raises(DataFormatError, match=message):
        read_folder(folder, "mine")


def test_floats_are_refused_as_pictures(folder):
    floats = ARRAYS[STEMS[0]].astype(np.float32) / 255
    idx.write(folder / STEMS[0], floats, compress=False)
    with pytest.raises(DataError, match=r"expected pictures as uint8.*Rescaling"):
        read_folder(folder, "mine")


def test_checksums_are_those_of_the_uncompressed_bytes(folder):
    right = {
        stem: hashlib.sha256(idx.serialise(array)).hexdigest() for stem, array in ARRAYS.items()
    }
    assert read_folder(folder, "mine", checksums=right).classes == ("0", "1", "2")
    for stem in STEMS:
        wrong = {**right, stem: "0" * 64}
        message = f"{stem}.*expected SHA-256 {'0' * 64} .*found {right[stem]}: delete the file"
        with pytest.raises(DataFormatError, match=message):
            read_folder(folder, "mine", checksums=wrong)
