"""Data sets as people find them: packed by other systems, tables by other programs."""

import io
import tarfile
import unicodedata
import zipfile
from collections import Counter

import numpy as np
import pytest
from own_pictures import (
    CLASSES,
    PER_CLASS,
    arrays,
    image_folder,
    parquet,
    pixel_csv,
    pixels,
    png,
    put,
    write_csv,
)
from PIL import Image

from versus.data import catalogue
from versus.data.sources.arrow_pictures import TableFile
from versus.errors import DataError

NAMES = [(label, name, number) for label, name in enumerate(CLASSES) for number in range(PER_CLASS)]


def counted(data) -> dict[str, int]:
    """How many pictures each class has in all splits together."""
    counts = Counter()
    for split in data.splits.values():
        counts.update(data.classes[label] for label in split.labels.tolist())
    return dict(counts)


WHOLE = dict.fromkeys(CLASSES, PER_CLASS)


def with_table(root, lines, name="labels.csv", encoding="utf-8"):
    """Pictures in one folder, and a table beside it."""
    for label, kind, number in NAMES:
        put(root / "images" / f"{kind}{number}.png", png(pixels(label, number)))
    put(root / name, "".join(f"{line}\n" for line in lines).encode(encoding))
    return root


def rows(pattern: str) -> list[str]:
    return [pattern.format(file=f"{c}{n}.png", kind=c, label=k, n=n) for k, c, n in NAMES]


ONE_HOT = [f"{c}{n}.png,{k == 0:d}.0,{k == 1:d}.0,{k == 2:d}.0" for k, c, n in NAMES]
TABLES = {
    "a byte-order mark and semicolons": ["\ufefffile;label", *rows("{file};{kind}")],
    "no header": rows("{file},{kind}"),
    "rows counted by pandas": ["Unnamed: 0,file,label", *rows("{n},{file},{kind}")],
    "rows counted without a name": [",file,kind of beast", *rows("{n},{file},{kind}")],
    "paths of another machine": ["file,label", *rows("/home/someone/pics/{file},{kind}")],
    "paths of another system": ["file,label", *rows("C:\\pics\\{file},{kind}")],
    "a column a class": ["image,ape,bee,cat", *ONE_HOT],
    "blank lines at the end": ["file,label", *rows("{file},{kind}"), "", ",", " , "],
}


@pytest.mark.parametrize("lines", TABLES.values(), ids=TABLES)
def test_tables_of_other_programs(tmp_path, lines):
    data = catalogue.load(with_table(tmp_path / "set", lines))
    assert counted(data) == WHOLE
    for split in data.splits.values():
        for origin, label in zip(split.origins, split.labels.tolist(), strict=True):
            assert data.classes[label] in origin


def test_paths_of_another_machine_are_told(tmp_path):
    data = catalogue.load(with_table(tmp_path / "set", TABLES["paths of another machine"]))
    assert data.reading.notes == {"rows that name another folder": 24}


def test_an_example_of_an_answer_is_no_table_of_labels(tmp_path):
    folder = with_table(tmp_path / "set", ["file,label", *rows("{file},{kind}")], "train.csv")
    put(folder / "unknown" / "x1.png", png(pixels(0, 90)))
    put(folder / "sample_submission.csv", b"file,label\nx1.png,ape\n")
    data = catalogue.load(folder)
    assert counted(data) == WHOLE
    assert data.reading.notes == {"pictures that no table names": 1}


@pytest.mark.parametrize("where", ["each split", "the root"])
def test_a_table_keeps_the_splits_that_its_folders_say(tmp_path, where):
    folder, lines = tmp_path / "set", []
    for place, split in enumerate(("train", "test")):
        below = "" if where == "each split" else f"{split}/"
        for label, name, number in NAMES:
            put(folder / split / f"{name}{number}.png", png(pixels(label, number + 40 * place)))
            lines.append(f"{below}{name}{number}.png,{name}\n")
        if where == "each split":
            put(folder / split / "metadata.csv", "".join(["file_name,label\n", *lines]).encode())
            lines.clear()
    if lines:
        put(folder / "labels.csv", "".join(["file,label\n", *lines]).encode())
    data = catalogue.load(folder)
    assert {name: len(split) for name, split in data.splits.items()} == {
        "train": 18,
        "validation": 6,
        "test": 24,
    }
    assert all(origin.startswith("test/") for origin in data.test.origins)


def test_a_row_that_marks_two_classes_is_told(tmp_path):
    lines = [*TABLES["a column a class"]]
    lines[22] = "cat5.png,0,1,1"
    with pytest.raises(DataError, match=r"line 23 marks 2 classes \(bee, cat\): expected a 1"):
        catalogue.load(with_table(tmp_path / "set", lines))


def zip_of_windows(path):
    """Backslashes between names, and folders that end with one."""
    with zipfile.ZipFile(path, "w") as archive:
        for label, name, number in NAMES:
            for member, data in (
                (f"set\\{name}\\", b""),
                (f"set\\{name}\\{number}.png", png(pixels(label, number))),
            ):
                info = zipfile.ZipInfo("x")
                info.filename, info.create_system = member, 0
                if number == 0 or data:
                    archive.writestr(info, data)
    return path


def test_a_zip_of_windows(tmp_path):
    data = catalogue.load(zip_of_windows(tmp_path / "set.zip"))
    assert counted(data) == WHOLE
    assert data.reading.notes == {}


def test_a_member_of_a_zip_without_a_name_is_left_out(tmp_path):
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x", b"nobody")
        for label, name, number in NAMES:
            archive.writestr(f"{name}/{number}.png", png(pixels(label, number)))
    data = bytearray(path.read_bytes())
    assert data.count(b"x") > 1
    place = data.index(b"PK\x01\x02")
    assert data[place + 46 : place + 47] == b"x"
    data[place + 46 : place + 47] = b"\0"  # where a name ends, for zipfile
    path.write_bytes(data)
    loaded = catalogue.load(path)
    assert counted(loaded) == WHOLE
    assert loaded.reading.notes == {"hidden or system files": 1}


def test_a_zip_of_a_zip_of_macos(tmp_path):
    """Folders around folders, resource forks beside files."""
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
        for split in ("train", "test"):
            for label, name, number in NAMES:
                at = f"Data/Data/{split}/{name}/{number}.png"
                archive.writestr(at, png(pixels(label, number + 40 * (split == "test"))))
                archive.writestr(f"__MACOSX/{at.replace('/Data/', '/._Data/')}", b"\0\5\x16\7")
    data = catalogue.load(tmp_path / "archive.zip")
    assert {name: len(split) for name, split in data.splits.items()} == {
        "train": 18,
        "validation": 6,
        "test": 24,
    }


def test_hard_links_within_a_tar_are_the_files_they_name(tmp_path):
    path = tmp_path / "set.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(image_folder(tmp_path / "in"), "in")
        link = tarfile.TarInfo("in/bee/again.png")
        link.type, link.linkname = tarfile.LNKTYPE, "in/bee/3.png"
        archive.addfile(link)
    data = catalogue.load(path)
    assert counted(data) == {**WHOLE, "bee": PER_CLASS + 1}
    pictures = {
        origin: picture.tobytes()
        for split in data.splits.values()
        for origin, picture in zip(split.origins, split.images, strict=True)
    }
    assert pictures["in/bee/again.png"] == pictures["in/bee/3.png"]
    assert len(set(pictures.values())) == len(pictures) - 1


def test_accents_of_two_systems_are_one_class(tmp_path):
    for split, form in (("train", "NFC"), ("test", "NFD")):
        for label, name in enumerate(("café", "tea")):
            for number in range(PER_CLASS):
                folder = tmp_path / "set" / split / unicodedata.normalize(form, name)
                put(folder / f"{number}.png", png(pixels(label, number)))
    assert len({path.name for path in tmp_path.rglob("caf*")}) == 2  # the disk keeps both
    assert catalogue.load(tmp_path / "set").classes == ("café", "tea")


def test_pictures_below_a_class_are_counted(tmp_path):
    folder = image_folder(tmp_path / "set")
    put(folder / "ape" / "masks" / "0.png", png(pixels(0, 77)))
    assert catalogue.load(folder).reading.notes == {
        "pictures in folders below that of their class": 1
    }


def test_twelve_bits_in_sixteen_are_told(tmp_path):
    for label, name, number in NAMES:
        dark = pixels(label, number).astype(np.uint16) * 16
        put(tmp_path / "set" / name / f"{number}.png", png(dark))
    notes = catalogue.load(tmp_path / "set").reading.notes
    ((note, count),) = notes.items()
    assert note.startswith("pictures: 16 bits, of which 12 are used, brought to 8: nearly black")
    assert count == 24


def test_a_csv_of_pixels_with_its_rows_counted(tmp_path):
    plain = catalogue.load(pixel_csv(tmp_path / "plain.csv"))
    x, y = arrays()
    counted_rows = [[n, k, *p.ravel().tolist()] for n, (p, k) in enumerate(zip(x, y, strict=True))]
    head = ["", "label", *(f"pixel{i}" for i in range(36))]
    data = catalogue.load(write_csv(tmp_path / "set.csv", [head, *counted_rows]))
    assert data.fingerprint == plain.fingerprint


def parquet_of(path, kind, pictures):
    import pyarrow as pa
    import pyarrow.parquet as pq

    labels = [label for label, _, _ in NAMES]
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"image": pa.array(pictures, kind), "label": labels}), path)
    return path


@pytest.mark.parametrize("how", ["struct", "text", "lists"])
def test_parquet_of_paths_and_of_lists(tmp_path, how):
    import pyarrow as pa

    for label, name, number in NAMES:
        put(tmp_path / "set" / "in" / f"{name}{number}.png", png(pixels(label, number)))
    paths = [f"in/{name}{number}.png" for _, name, number in NAMES]
    kind, pictures = {
        "struct": (
            pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
            [{"bytes": None, "path": path} for path in paths],
        ),
        "text": (pa.string(), paths),
        "lists": (
            pa.list_(pa.list_(pa.int64())),
            [pixels(label, number).tolist() for label, _, number in NAMES],
        ),
    }[how]
    data = catalogue.load(parquet_of(tmp_path / "set" / "table.parquet", kind, pictures))
    assert counted(data) == {"0": 8, "1": 8, "2": 8}
    wanted = {pixels(label, number).tobytes() for label, _, number in NAMES}
    assert {p.tobytes() for split in data.splits.values() for p in split.images} == wanted


def test_arrays_of_hugging_face_are_pictures(tmp_path):
    """Its types stand above Arrow's wherever its library is imported, as here."""
    datasets = pytest.importorskip("datasets")
    kinds = {"image": datasets.Array2D((6, 6), "uint8"), "label": datasets.Value("int64")}
    values = {
        "image": [pixels(label, number).tolist() for label, _, number in NAMES],
        "label": [label for label, _, _ in NAMES],
    }
    made = datasets.Dataset.from_dict(values, features=datasets.Features(kinds))
    made.to_parquet(tmp_path / "set.parquet")
    data = catalogue.load(tmp_path / "set.parquet")
    assert data.input_shape == (6, 6, 1)
    assert counted(data) == {"0": 8, "1": 8, "2": 8}


def test_a_column_that_holds_no_pictures(tmp_path):
    import pyarrow as pa

    numbers = parquet_of(tmp_path / "set.parquet", pa.int64(), list(range(24)))
    with pytest.raises(DataError, match="row 0: neither bytes of a picture nor its path"):
        catalogue.load(numbers, keys={"image": "image", "label": "label"})


def test_parquet_that_says_more_rows_than_it_holds(tmp_path):
    file = TableFile(parquet(tmp_path / "set.parquet"), "set.parquet")
    assert len(file.column("image", 0)) == file.counts[0] == 5
    file.counts[0] = 6
    with pytest.raises(DataError, match="5 rows where 6 are said to be"):
        file.column("image", 0)


def test_parquet_names_no_picture_elsewhere(tmp_path):
    import pyarrow as pa

    outside = put(tmp_path / "outside.png", png(pixels(0, 0)))
    assert outside.is_file()
    for path in ("../outside.png", str(outside)):
        table = parquet_of(tmp_path / "set" / "table.parquet", pa.string(), [path] * 24)
        with pytest.raises(DataError, match=r"row 0: names .*outside.png.*not lie beside"):
            catalogue.load(table)


def test_animated_and_progressive_pictures(tmp_path):
    def frames(kind, label, number, **options):
        two = [Image.fromarray(pixels(label, number + n, 3)) for n in (0, 100)]
        out = io.BytesIO()
        two[0].save(out, kind, save_all=True, append_images=two[1:], lossless=True, **options)
        return out.getvalue()

    for label, name, number in NAMES:
        kind = ("WEBP", "PNG")[number % 2]
        data = frames(kind, label, number)
        put(tmp_path / "set" / name / f"{number}.{kind.lower()}", data)
    data = catalogue.load(tmp_path / "set")
    assert data.reading.notes == {"pictures: of several frames the first": 24}
    wanted = {pixels(label, number, 3).tobytes() for label, _, number in NAMES}
    assert {p.tobytes() for split in data.splits.values() for p in split.images} == wanted
