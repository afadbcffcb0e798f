"""The IDX reader and writer: round trips, every kind of damage, and any bytes at all."""

import gzip
import os
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from versus.data import idx
from versus.errors import DataError, DataFormatError, DataUnavailableError
from versus.filesystem.operations import Disk

DTYPES = ("uint8", "int8", "int16", "int32", "float32", "float64")
PICTURES = np.arange(5 * 2 * 3, dtype=np.uint8).reshape(5, 2, 3)
BYTES = idx.serialise(PICTURES)


@given(
    hnp.arrays(
        st.sampled_from(DTYPES).map(np.dtype),
        hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=5),
    )
)
def test_any_array_survives_a_round_trip(array):
    back = idx.parse(idx.serialise(array), "x")
    assert back.shape == array.shape
    assert back.dtype == array.dtype
    assert back.dtype.isnative
    assert back.tobytes() == array.tobytes()  # also where values are nan


def test_the_bytes_are_those_of_the_format():
    array = np.array([[1, -2]], dtype=np.int16)
    assert idx.serialise(array) == bytes.fromhex("00000b02 00000001 00000002 0001 fffe")
    assert idx.serialise(array.astype(">i2")) == idx.serialise(array.astype("<i2"))


def test_what_is_read_cannot_be_changed_by_accident():
    for dtype in DTYPES:
        assert not idx.parse(idx.serialise(PICTURES.astype(dtype)), "x").flags.writeable


@pytest.mark.parametrize("dtype", ["int64", "bool", "complex64", "float16", "U3"])
def test_serialise_refuses_what_idx_cannot_hold(dtype):
    with pytest.raises(DataError, match=f"IDX holds uint8, int8.*got .*{np.dtype(dtype)}"):
        idx.serialise(np.zeros(3, dtype=dtype))


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("name", ["pictures", "pictures.gz"])
def test_gzip_is_known_by_content_not_by_name(tmp_path, compress, name):
    path = tmp_path / "new folder" / name
    idx.write(path, PICTURES, compress=compress)
    assert (path.read_bytes()[:2] == b"\x1f\x8b") is compress
    assert np.array_equal(idx.read(path), PICTURES)
    assert os.listdir(path.parent) == [name]


def test_gzip_bytes_do_not_depend_on_the_clock(tmp_path, monkeypatch):
    idx.write(tmp_path / "a", PICTURES, compress=True)
    monkeypatch.setattr("time.time", lambda: 2e9)
    idx.write(tmp_path / "b", PICTURES, compress=True)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "a"
    idx.write(path, PICTURES, compress=False)

    refused = []

    def full(self, descriptor, data):
        refused.append(len(data))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Disk, "write", full)
    with pytest.raises(DataError, match=r"a: cannot be written \(No space left"):
        idx.write(path, PICTURES + 1, compress=False)
    assert len(refused) == 1
    assert np.array_equal(idx.read(path), PICTURES)
    assert os.listdir(tmp_path) == ["a"]


def packed(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)  # the same bytes, and names of tests, at any time


def damaged(at: int, byte: int) -> bytes:
    return BYTES[:at] + bytes([byte]) + BYTES[at + 1 :]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "byte 0; got an empty file"),
        (b"\x00\x00\x08", "header of 4 bytes or more at byte 0; the file ends at byte 3"),
        (BYTES[:9], "expected 3 sizes of 4 bytes from byte 4 to 16; the file ends at byte 9"),
        (damaged(2, 0x0A), r"expected an IDX type \(08, 09, .*\) at byte 2; got 0a"),
        (damaged(3, 65), "at most 64 dimensions at byte 3; got 65"),
        (
            BYTES[:-7],
            r"header says 5x2x3 = 30 bytes from offset 16, file has 23; picture 3 .* incomplete",
        ),
        (BYTES + b"??", r"header says 5x2x3 .* expected the end at byte 46; got .*2 more"),
        (b"\x89PNG\r\n\x1a\n", "00 00, at byte 0; got 89 50 4e 47, which looks like a PNG"),
        (b"PK\x03\x04....", "looks like a zip archive"),
        (b"\n <!DOCTYPE html>", "looks like an HTML or XML page"),
        (b"\x03\x08\x00\x00\x05\x00\x00\x00", "looks like an IDX file with its bytes swapped"),
        (b"\x93NUMPY\x01\x00", r"looks like a NumPy \.npy file"),
        (b"7,0,0,0\n", "looks like a text file"),
        (b"\x01\x02\x03\xff", "got 01 02 03 ff: give an IDX file"),
        (packed(packed(BYTES)), "looks like gzip: decompress it first"),
        (packed(BYTES[:-7]), "file has 23; picture 3"),
        (packed(BYTES + b"?"), "got at least 1 more"),
        (packed(b""), "got an empty file"),
        (packed(BYTES)[:-9], "damaged or truncated"),
        (packed(BYTES)[:-6] + b"\x00" * 6, "damaged or truncated"),
        (packed(BYTES)[:5], "damaged or truncated"),
        (packed(BYTES) + b"junk", "damaged or truncated"),
    ],
    ids=str,
)
def test_damage_is_named_on_one_line_with_the_file(tmp_path, data, message):
    path = tmp_path / "train-images"
    path.write_bytes(data)
    with pytest.raises(DataFormatError, match=message) as caught:
        idx.read(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_values_of_several_bytes_are_counted_as_such():
    data = idx.serialise(np.zeros(4, dtype=np.float64))
    with pytest.raises(DataFormatError, match=r"4 values of 8 bytes = 32 .* has 20; value 2 "):
        idx.parse(data[:-12], "x")


def test_sizes_that_no_array_can_have_are_refused():
    data = b"\x00\x00\x08\x04" + b"\x00" * 4 + b"\xff" * 12
    with pytest.raises(DataFormatError, match="expected sizes that fit an array at byte 4"):
        idx.parse(data, "x")


def test_a_gzip_bomb_is_not_unpacked(tmp_path, monkeypatch):
    """A file of 1 MB that would unpack to 1 GB is read to one byte more than its header says."""
    packer = zlib.compressobj(9, wbits=31)
    zeros = bytes(1 << 20)
    body = b"".join(packer.compress(zeros) for _ in range(64)) + packer.flush()
    path = tmp_path / "bomb"
    path.write_bytes(gzip.compress(BYTES) + body * 16)
    asked: list[int] = []
    read = gzip.GzipFile.read

    def counted(self, size=-1):
        data = read(self, size)
        asked.append(len(data))
        return data

    monkeypatch.setattr(gzip.GzipFile, "read", counted)
    with pytest.raises(DataFormatError, match="expected the end at byte 46; got at least"):
        idx.read(path)
    assert sum(asked) < 1000


def test_a_huge_size_in_the_header_takes_no_memory(tmp_path):
    path = tmp_path / "huge"
    path.write_bytes(b"\x00\x00\x08\x02" + b"\xff" * 8 + b"abc")
    with pytest.raises(DataFormatError, match=r"4294967295x4294967295 = .* file has 3; value 0"):
        idx.read(path)


def test_what_is_no_readable_file_is_said(tmp_path, monkeypatch):
    with pytest.raises(DataUnavailableError, match="none: expected a file; there is none"):
        idx.read(tmp_path / "none")
    with pytest.raises(DataFormatError, match="expected a file; got a folder"):
        idx.read(tmp_path)
    path = tmp_path / "secret"
    idx.write(path, PICTURES, compress=False)

    def refuse(self, *args):  # root may read what chmod forbids
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError, match="secret: expected a file that can be read; got permission"):
        idx.read(path)


@given(st.binary(max_size=200))
def test_any_bytes_give_an_array_or_a_format_error(data):
    try:
        array = idx.parse(data, "x")
    except DataFormatError:
        return
    assert idx.serialise(array) == data


@settings(deadline=None)
@given(st.data(), st.booleans())
def test_a_mutated_file_gives_an_array_or_a_format_error(tmp_path_factory, data, compress):
    whole = bytearray(gzip.compress(BYTES, mtime=0) if compress else BYTES)
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    path = tmp_path_factory.getbasetemp() / "mutated"
    path.write_bytes(whole[:cut])
    try:
        array = idx.read(path)
    except DataFormatError:
        return
    assert array.dtype.name in DTYPES
