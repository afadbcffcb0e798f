"""Broken data sets of one's own: for each, what makes it and what is to be said of it."""

import bz2
import gzip
import io
import lzma
import os
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import numpy as np
from own_pictures import (
    CLASSES,
    arrays,
    arrow_file,
    flat_folder,
    idx_folder,
    image_folder,
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

from versus.data import idx


def changed(file: str, data: bytes):
    """An image folder in which one file holds something else."""
    return lambda d: put(image_folder(d / "set") / file, data) and d / "set"


def without(d: Path, *files: str) -> Path:
    for file in files:
        (d / file).unlink()
    return d


def png_bomb(width: int, height: int, bits: int = 8, colour: int = 6) -> bytes:
    """A whole PNG of zeros: RGBA, a few kilobytes that decode to gigabytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    row = bytes(1 + width * {6: 4, 0: 1}[colour] * bits // 8)
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def zeros_gz(path: Path, size: int, start: bytes = b"") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wb", compresslevel=9) as file:
        file.write(start)
        for _ in range(size >> 20):
            file.write(bytes(1 << 20))
    return path


def zip_with(path: Path, place: int, value: bytes) -> Path:
    """A zip whose end record holds something else: the offset of its table, at 16."""
    members = {f"{name}/{number}.png": PICTURE for name in CLASSES for number in range(4)}
    data = bytearray(zip_of(path, members).read_bytes())
    start = data.rindex(b"PK\x05\x06") + place
    data[start : start + len(value)] = value
    path.write_bytes(data)
    return path


def misplaced(path: Path) -> Path:
    """An Arrow file that says a picture ends where there is no file any more."""
    data = bytearray(arrow_file(path).read_bytes())
    length = len(PICTURE)
    place = data.index(struct.pack("<ii", 0, length)) + 4
    data[place : place + 4] = struct.pack("<i", 2**31 - 1)
    path.write_bytes(data)
    return path


def tar_of_zeros(path: Path, opened) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with opened(path, "wb") as file:
        file.write(tar_info("a").tobuf() + tarfile.TarInfo("b").tobuf())
        for _ in range(64):
            file.write(bytes(1 << 20))
    return path


def parquet_of_zeros(path: Path, megabytes: int) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    zeros = [bytes(1 << 20)] * megabytes
    table = pa.table({"image": zeros, "label": [n % 2 for n in range(megabytes)]})
    pq.write_table(table, path, compression="zstd", use_dictionary=False)
    return path


def zip_of(path: Path, members: dict[str, bytes], **attributes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            for attribute, value in attributes.items():
                setattr(info, attribute, value)
            archive.writestr(info, data)
    return path


def zip_bomb(path: Path, name: str, megabytes: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as member,
    ):
        for _ in range(megabytes):
            member.write(bytes(1 << 20))
    return path


def tar_of(path: Path, *infos: tarfile.TarInfo) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as archive:
        for info in infos:
            info.size = 0 if info.type != tarfile.REGTYPE else info.size
            archive.addfile(info, io.BytesIO(bytes(info.size)))
    return path


def tar_info(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def lying_zip(path: Path) -> Path:
    """A zip whose member says it is shorter than it is."""
    zip_of(path, {"ape/0.png": png(pixels(0, 0)) + bytes(500)})
    data = bytearray(path.read_bytes())
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = struct.pack("<I", 100)
    path.write_bytes(data)
    return path


def npy(shape, descr="|u1", data=b"", header=None) -> bytes:
    text = header or repr({"descr": descr, "fortran_order": False, "shape": shape})
    body = text.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(body)) + body + data


def npz_with(d: Path, **changes: bytes) -> Path:
    x, y = arrays()
    members = {}
    for name, array in (("x", x), ("y", y)):
        buffer = io.BytesIO()
        np.save(buffer, array)
        members[f"{name}.npy"] = buffer.getvalue()
    members.update({f"{name}.npy": data for name, data in changes.items()})
    return zip_of(d / "set.npz", members)


def saved_objects() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array([{"a": 1}] * 24, dtype=object), allow_pickle=True)
    return buffer.getvalue()


def looped(d: Path) -> Path:
    os.symlink(image_folder(d / "set"), d / "set" / "ape" / "again")
    return d / "set"


def dangling(d: Path) -> Path:
    os.symlink(d / "nowhere", image_folder(d / "set") / "ape" / "x.png")
    return d / "set"


def circular(d: Path) -> Path:
    place = image_folder(d / "set") / "ape" / "x.png"
    os.symlink(place, place)
    return d / "set"


def piped(d: Path) -> Path:
    os.mkfifo(image_folder(d / "set") / "ape" / "x.png")
    return d / "set"


def with_row(index: int, value: str):
    def change(rows):
        rows[3][index] = value
        return rows

    return lambda d: pixel_csv(d / "set.csv", change=change)


def table(change, header=("file", "label")):
    """labels.csv with other rows."""

    def make(d: Path) -> Path:
        folder = flat_folder(d / "set")
        rows = [[f"images/{c}-{n}.png", c] for c in CLASSES for n in range(8)]
        write_csv(folder / "labels.csv", [header, *change(rows)])
        return folder

    return make


def cut(path: Path, size: int) -> Path:
    path.write_bytes(path.read_bytes()[:size])
    return path


def first_arrays(**changes):
    """The arrays x and y, changed."""

    def make(d: Path) -> Path:
        x, y = arrays()
        given = {"x": x, "y": y, **{name: change(x, y) for name, change in changes.items()}}
        np.savez(d / "set.npz", **given)
        return d / "set.npz"

    return make


PICTURE = png(pixels(0, 0))
BAD = {
    # Folders of pictures.
    "nothing": (lambda d: (d / "set").mkdir() or d / "set", "there are no files"),
    "junk alone": (lambda d: put(d / "set" / ".DS_Store", b"x").parent, "1 hidden or system"),
    "empty folders": (
        lambda d: (d / "set" / "ape").mkdir(parents=True) or d / "set", "folders but no files"),
    "one class": (
        lambda d: image_folder(d / "set", classes=("ape",)), r"two or more classes; got 1 \('ape'"),
    "an empty class": (
        lambda d: (image_folder(d / "set") / "yak").mkdir() or d / "set",
        "set/yak: expected pictures of a class; this folder has none"),
    "a class of one picture": (
        lambda d: put(image_folder(d / "set") / "yak" / "0.png", PICTURE).parents[1],
        "class 'yak' has 1 picture: expected 3 or more"),
    "loose pictures": (
        lambda d: put(image_folder(d / "set") / "0.png", PICTURE).parent,
        "1 pictures lie in no folder, the first is '0.png'.*labels.csv"),
    "an unlabelled test folder": (
        lambda d: put(image_folder(d / "set", splits=("train",)) / "test" / "1.png", PICTURE)
        .parents[1], "test/1.png: expected test/CLASS/picture"),
    "a class in test alone": (
        lambda d: put(
            image_folder(d / "set", splits=("train", "test")) / "test" / "yak" / "0.png", PICTURE
        ).parents[2], "class 'yak' is in test but not in train"),
    "a class in train alone": (
        lambda d: put(
            image_folder(d / "set", splits=("train", "test")) / "train" / "yak" / "0.png", PICTURE
        ).parents[2], "class 'yak' is in train but not in test"),
    "splits without train": (
        lambda d: image_folder(d / "set", splits=("val", "test")), "expected a folder train"),
    "splits beside classes": (
        lambda d: put(image_folder(d / "set", splits=("train", "test")) / "yak" / "0.png", PICTURE)
        .parents[1], "'yak' holds pictures too"),
    "names in two cases": (
        lambda d: image_folder(d / "set", classes=("ape", "Ape", "bee")),
        "'Ape' and 'ape' differ in case only"),
    "splits that differ in case": (
        lambda d: (image_folder(d / "set", splits=("train", "test")) / "test" / "bee").rename(
            d / "set" / "test" / "Bee").parents[1],
        "class 'Bee' is in test but not in train, where 'bee' is"),
    "accents in two ways": (
        lambda d: image_folder(d / "set", classes=("caf\u00e9", "cafe\u0301", "bee")),
        "two folders are called 'café', with accents written in two ways"),
    "a newline in a class": (
        lambda d: image_folder(d / "set", classes=("ape", "be\ne")),
        r"class name 'be\\ne' cannot be printed"),
    "a class of bytes": (
        lambda d: image_folder(d / "set", classes=("ape", os.fsdecode(b"b\xff"))),
        r"class name 'b\\udcff' cannot be printed"),
    "blanks around a class": (
        lambda d: image_folder(d / "set", classes=("ape", "bee ")), "called 'bee '"),
    "a very long class": (
        lambda d: image_folder(d / "set", classes=("ape", "b" * 250)), "longer than 200"),
    "a link round in a circle": (looped, "symbolic link leads back to"),
    "a link to itself": (circular, "x.png: expected a file; got a symbolic link"),
    "a link to nowhere": (dangling, "x.png: expected a file; got a symbolic link that leads"),
    "a pipe": (piped, "no plain file"),
    # Picture files.
    "an empty picture": (changed("ape/3.png", b""), "ape/3.png: .*the file is empty"),
    "a text called picture": (changed("bee/2.png", b"hello"), "bee/2.png: .*got a text file"),
    "a page called picture": (changed("bee/2.jpg", b"<html>404"), "bee/2.jpg: .*an HTML"),
    "a truncated picture": (changed("ape/0.png", PICTURE[:50]), "ape/0.png: a PNG picture that is"),
    "a picture of bytes": (changed("cat/7.png", bytes(99)), "cat/7.png: .*something else"),
    "a PDF": (changed("cat/7.png", b"%PDF-1.7"), "cat/7.png: .*a PDF"),
    "an LFS pointer": (
        changed("cat/7.png", b"version https://git-lfs.github.com/spec/v1"), "git lfs pull"),
    "another size": (
        changed("cat/5.png", png(np.zeros((9, 7), np.uint8))), r"6x6.*9x7|9x7 pixels, others"),
    "large pictures without a size": (
        lambda d: put(put(d / "set/a/0.png", png(np.zeros((300, 300), np.uint8)))
        .parents[1] / "b/0.png", png(np.ones((300, 300), np.uint8))).parents[1]
        if not [put(d / f"set/{c}/{n}.png", png(np.full((300, 300), n, np.uint8)))
                for c in "ab" for n in range(5)] else d / "set", "at most 224x224.*--size"),
    "floating-point values": (
        changed("ape/1.tif", png(np.zeros((6, 6), np.float32), "TIFF")), "floating-point"),
    # Archives.
    "a truncated zip": (
        lambda d: cut(zipped(image_folder(d / "s"), d / "set.zip"), 900), "damaged or truncated"),
    "a zip with a wrong checksum": (
        lambda d: put(d / "set.zip", zip_of(
            d / "s.zip", {f"{c}/{n}.png": PICTURE for c in CLASSES for n in range(4)},
            compress_type=zipfile.ZIP_STORED).read_bytes().replace(b"IDAT", b"IDAX")),
        "set.zip/ape/0.png: .*damaged"),
    "a zip with a path up": (
        lambda d: zip_of(d / "set.zip", {"../../evil.png": PICTURE}), "leads outside"),
    "a zip with an absolute path": (
        lambda d: zip_of(d / "set.zip", {"/etc/evil.png": PICTURE}), "leads outside"),
    "a zip with a drive": (
        lambda d: zip_of(d / "set.zip", {"c:\\evil.png": PICTURE}), "leads outside"),
    "a zip with a link": (
        lambda d: zip_of(d / "set.zip", {"ape/0.png": b"/etc/passwd"}, external_attr=0o120777 << 16),  # noqa: E501
        "a symbolic link"),
    "a zip that lies of sizes": (lambda d: lying_zip(d / "set.zip"), "set.zip"),
    "a zip with a place below zero": (
        lambda d: zip_with(d / "set.zip", 16, struct.pack("<I", 0x7fff_ffff)), "damaged"),
    "a zip of nothing": (lambda d: zip_of(d / "set.zip", {}), "there are no files"),
    "a truncated tar": (
        lambda d: cut(tarred(image_folder(d / "s"), d / "set.tar", "w"), 5000),
        "set.tar: .*damaged or truncated|ends within"),
    "a truncated tar.gz": (
        lambda d: cut(tarred(image_folder(d / "s"), d / "set.tgz"), 700), "damaged or truncated"),
    "a tar with a path up": (
        lambda d: tar_of(d / "set.tgz", tar_info("a/../../evil.png")), "leads outside"),
    "a tar with an absolute path": (
        lambda d: tar_of(d / "set.tgz", tar_info("/evil.png")), "leads outside"),
    "a tar with a link": (
        lambda d: tar_of(d / "set.tgz", tar_info("a/x.png", tarfile.SYMTYPE, "/etc/passwd")),
        "a symbolic link"),
    "a tar with a hard link out of it": (
        lambda d: tar_of(d / "set.tgz", tar_info("a/x.png", tarfile.LNKTYPE, "../x")), "leads outside"),  # noqa: E501
    "a tar with a hard link to nothing": (
        lambda d: tar_of(d / "set.tgz", tar_info("a/x.png", tarfile.LNKTYPE, "a/y.png")), "a hard link"),  # noqa: E501
    "a tar with a device": (
        lambda d: tar_of(d / "set.tgz", tar_info("a/x.png", tarfile.CHRTYPE)), "a device"),
    # Arrays.
    "pickled objects": (lambda d: npz_with(d, x=saved_objects()), "pickled Python objects"),
    "a pickle": (lambda d: put(d / "set.pkl", b"\x80\x04\x95abc"), "a Python pickle"),
    "a RAR": (lambda d: put(d / "set.rar", b"Rar!\x1a\x07\x01\0"), r"\(a RAR archive\): unpack it"),
    "an archive in a folder": (
        lambda d: put(d / "set" / "in.zip", zip_of(d / "in.zip", {}).read_bytes()).parent,
        r"give the path of an archive itself, as .*set/in.zip"),
    "pictures of a telephone": (
        lambda d: put(d / "set" / "ape" / "0.heic", b"\0\0\0\x18ftypheic" + bytes(50)).parents[1],
        "an HEIC or AVIF image"),
    "an HDF5 file": (lambda d: put(d / "set.h5", b"\x89HDF\r\n\x1a\n" + bytes(99)), "an HDF5"),
    "a header that lies": (
        lambda d: npz_with(d, x=npy((10**6, 28, 28), data=bytes(99))),
        "which is 784,000,000 bytes from offset .*; the file has 99"),
    "a huge header": (
        lambda d: npz_with(d, x=b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**31) + b"{"),
        "a header of 2,147,483,648 bytes"),
    "a header that is code": (
        lambda d: npz_with(d, x=npy((), header="__import__('os').getpid()")), "expected a .npy header"),  # noqa: E501
    "no labels": (lambda d: npz(d / "set.npz", y_train=None), "there is no y_train"),
    "fewer labels than pictures": (
        lambda d: npz(d / "set.npz", y_train=np.arange(5)), "24 pictures but .*holds 5 labels"),
    "fractional labels": (first_arrays(y=lambda x, y: y + 0.5), "label 0.5 at row 0"),
    "missing labels": (first_arrays(y=lambda x, y: np.where(y == 1, np.nan, y)), "label nan at row 1"),  # noqa: E501
    "negative labels": (first_arrays(y=lambda x, y: y - 1), "label -1 at row 0"),
    "labels beyond the named classes": (
        first_arrays(classes=lambda x, y: np.array(["a", "b"])), "label 2 at row 2 is outside 0 to 1"),  # noqa: E501
    "a label that train has not": (
        lambda d: npz(d / "set.npz", y_test=np.array([0, 1, 7] * 3)), "class '7' is in test but not"),  # noqa: E501
    "numbers of pictures as labels": (
        first_arrays(x=lambda x, y: np.repeat(x, 9, axis=0), y=lambda x, y: np.arange(216)),
        "216 different labels of 216 pictures"),
    "NaN": (
        first_arrays(x=lambda x, y: np.where(x == x[2, 0, 0], np.nan, x / 255)), r"nan at \["),
    "infinity": (
        first_arrays(x=lambda x, y: np.where(x == x[2, 0, 0], np.inf, x / 255)), r"inf at \["),
    "values beyond 255": (first_arrays(x=lambda x, y: x * 100.0), "values from 0 to "),
    "two scales": (
        lambda d: npz(d / "set.npz", x_test=arrays()[0][:9] / 255.0), "one scale in all splits"),
    "two shapes": (
        lambda d: npz(d / "set.npz", x_test=np.zeros((9, 5, 5), np.uint8)), r"expected \(6, 6, 1\)"),  # noqa: E501
    "five dimensions": (first_arrays(x=lambda x, y: x[:, None, None]), r"shape \(24, 1, 1, 6, 6\)"),
    "texts as pictures": (first_arrays(x=lambda x, y: x.astype("U3")), "expected numbers"),
    "no one-hot rows": (first_arrays(y=lambda x, y: np.ones((24, 3))), "row 0 .*no one-hot"),
    "two arrays of pictures": (
        first_arrays(images=lambda x, y: x), "could both be x: expected one"),
    # IDX, CSV, tables, Parquet.
    "IDX cut short": (
        lambda d: cut(idx_folder(d / "set") / "mine-train-images.idx", 300).parent, "file has 284"),
    "IDX without labels": (
        lambda d: without(idx_folder(d / "set"), "mine-test-labels.idx"), "expected for each split"),  # noqa: E501
    "IDX of unequal counts": (
        lambda d: idx.write(idx_folder(d / "set") / "mine-train-labels.idx",
                            np.zeros(3, np.uint8), compress=False) or d / "set", "18 pictures but"),
    "a pixel of 256": (with_row(5, "256"), "line 5, column 'pixel4': got '256'"),
    "a pixel of NaN": (with_row(5, "nan"), "line 5, column 'pixel4': got 'nan'"),
    "a pixel of text": (with_row(5, "dark"), "line 5, column 'pixel4': got 'dark'"),
    "an empty label": (with_row(0, ""), "row 3 of the data has no label"),
    "half a label": (with_row(0, "0.5"), "label 0.5 at row 3"),
    "a short row": (
        lambda d: pixel_csv(d / "set.csv", change=lambda r: [*r[:2], r[2][:9], *r[3:]]),
        "line 4 has 9 fields: expected 37"),
    "no square": (
        lambda d: pixel_csv(d / "set.csv", header=False, change=lambda r: [row[:-1] for row in r]),
        "rows of 35 values"),
    "a header alone": (lambda d: pixel_csv(d / "set.csv", change=lambda r: []), "a header alone"),
    "CSV in Latin-1": (lambda d: put(d / "set.csv", b"label,\xe9\n1,2\n"), "UTF-8"),
    "a row without its picture": (
        table(lambda r: [["images/none.png", "ape"], *r]), "line 2 names 'images/none.png'"),
    "a row that leads outside": (
        table(lambda r: [*r, ["../../etc/passwd", "ape"]]), "line 26 .*leads outside"),
    "a row without a label": (table(lambda r: [*r[:4], [r[4][0], ""], *r[5:]]), "line 6 has no label"),  # noqa: E501
    "a picture twice": (table(lambda r: [*r, r[0]]), "ape-0.png' is named 2 times"),
    "which column": (
        table(lambda r: [[*row, "x", "y"] for row in r], header=("file", "a", "b", "c")),
        "could be any of a, b, c: say which with --keys label="),
    "an Arrow file with a place beyond its end": (
        lambda d: misplaced(d / "set.arrow"), "set.arrow: .*damaged or truncated"),
    "an Arrow file whose columns have no names": (
        lambda d: put(d / "set.arrow", arrow_file(d / "in.arrow").read_bytes()
                      .replace(b"bytes", b"\xff" * 5)), "set.arrow: .*damaged or truncated"),
    "Parquet cut short": (
        lambda d: cut(parquet(d / "set.parquet"), 500), "set.parquet: .*damaged or truncated"),
    "something else": (lambda d: put(d / "set.bin", bytes(range(200))), "something else"),
    "a source file": (lambda d: put(d / "set.py", b"print(1)\n"), r"'set.py' \(a text file\)"),
}  # fmt: skip

BOMBS = {
    "a PNG of 30,000 pixels a side": lambda d: put(
        image_folder(d / "set") / "ape" / "0.png", png_bomb(30_000, 20)[:16]
        + struct.pack(">II", 30_000, 30_000) + png_bomb(8, 8)[24:]) and d / "set",
    "a PNG of zeros": lambda d: put(
        image_folder(d / "set") / "ape" / "0.png", png_bomb(8_000, 8_000)) and d / "set",
    "a zip of zeros": lambda d: zip_bomb(d / "set.zip", "ape/0.png", 300),
    "a npz of zeros": lambda d: zip_bomb(d / "set.npz", "x.npy", 300),
    "a tar.gz of zeros": lambda d: zeros_gz(
        d / "set.tgz", 300 << 20, tar_info("a").tobuf() + tarfile.TarInfo("b").tobuf()),
    "an IDX.gz that goes on": lambda d: zeros_gz(
        idx_folder(d / "set") / "mine-train-images.idx", 300 << 20,
        b"\0\0\x08\x03" + struct.pack(">III", 18, 6, 6)).parent,
    "an IDX.gz that is said to be huge": lambda d: zeros_gz(
        idx_folder(d / "set") / "mine-train-images.idx", 300 << 20,
        b"\0\0\x08\x03" + struct.pack(">III", 2**31, 600, 600)).parent,
    "a tar.bz2 of zeros": lambda d: tar_of_zeros(d / "set.tbz", bz2.open),
    "a tar.xz of zeros": lambda d: tar_of_zeros(d / "set.txz", lzma.open),
    "a zip of a npz of zeros": lambda d: zip_of(
        d / "set.zip", {"in.npz": zip_bomb(d / "in.npz", "x.npy", 300).read_bytes()}),
    "a Parquet of zeros": lambda d: parquet_of_zeros(d / "set.parquet", 300),
    "a CSV.gz of one line": lambda d: zeros_gz(d / "set.csv.gz", 300 << 20, b"label,a,b\n1,"),
}  # fmt: skip
