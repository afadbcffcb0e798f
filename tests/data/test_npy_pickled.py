"""Pickled `.npy` files: refused unless asked for, and then nothing in them runs."""

import contextlib
import os
import pickle
import pickletools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from versus.data.npy_pickled import read_npy
from versus.errors import DataFormatError, DataUnavailableError

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def boxed(value):
    box = np.empty((), dtype=object)
    box[()] = value
    return box


def write(path, payload):
    """An .npy whose header says one object, and whose content is `payload`."""
    with path.open("wb") as file:
        header = {"shape": (), "fortran_order": False, "descr": "|O"}
        np.lib.format.write_array_header_1_0(file, header)
        file.write(payload)
    return path


def write_object(path, value, protocol=4):
    return write(path, pickle.dumps(boxed(value), protocol=protocol))


@given(
    arrays.arrays(
        st.sampled_from(["u1", ">i4", "<f4", "f8", "?", "<U3", "S4", "c16"]),
        arrays.array_shapes(min_dims=0, max_dims=3, max_side=4),
    ),
    st.sampled_from(PROTOCOLS),
)
def test_arrays_in_containers_come_back_as_they_were(tmp_path_factory, array, protocol):
    path = tmp_path_factory.mktemp("npy") / "a.npy"
    value = {"a": array, "b": [array.T, (1, None, "x", 2.5, True)], "c": {"d": b"\x00\xff"}}
    found = read_npy(write_object(path, value, protocol), allow_pickle=True)
    for ours, theirs in ((found["a"], array), (found["b"][0], array.T)):
        assert ours.dtype == theirs.dtype
        assert ours.shape == theirs.shape
        np.testing.assert_array_equal(ours, theirs)
    assert found["b"][1] == value["b"][1]
    assert found["c"] == value["c"]


@pytest.mark.parametrize("order", ["C", "F"])
def test_plain_arrays_need_no_permission(tmp_path, order):
    array = np.asarray(np.arange(12, dtype=">i2").reshape(3, 4), order=order)
    np.save(tmp_path / "a.npy", array)
    found = read_npy(tmp_path / "a.npy")
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


def test_numpy_scalars_and_arrays_of_objects_and_what_is_there_twice(tmp_path):
    twice = np.arange(3)
    value = [np.float32(1.5), np.array([1, "two", twice], dtype=object), twice, twice]
    found = read_npy(write_object(tmp_path / "a.npy", value), allow_pickle=True)
    assert found[0] == np.float32(1.5)
    assert found[1][1] == "two"
    assert found[2] is found[3] is found[1][2]


def test_a_pickle_is_refused_by_default_and_the_refusal_says_why(tmp_path):
    path = write_object(tmp_path / "a.npy", {"features": np.zeros(3)})
    with pytest.raises(
        DataFormatError, match=r"may do anything.*--allow-pickle.*allow_pickle=True"
    ):
        read_npy(path)


class Calls:
    """Pickled as a call of anything."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def hostile(touched, inner):
    """Payloads that write a file when Python's own unpickler reads them, by what they do."""
    import numpy.testing

    shell, code = f"touch {touched}", f"open({str(touched)!r}, 'w').close()"
    deep = Calls(os.system, shell)
    as_text = f"cos\nsystem\n(S'{shell}'\ntR.".encode()
    return {
        "os.system": pickle.dumps(deep),
        "by the oldest protocol": as_text,
        "in a dict in an array": pickle.dumps(boxed({"features": [{"x": deep}]})),
        "eval": pickle.dumps(Calls(eval, code)),
        "exec": pickle.dumps(Calls(exec, code)),
        "subprocess": pickle.dumps(Calls(subprocess.check_call, ["touch", str(touched)])),
        "numpy's runstring": pickle.dumps(Calls(numpy.testing.runstring, code, {})),
        "numpy's own loader": pickle.dumps(Calls(np.load, str(inner), None, True)),
        "by an instance": f"(S'{shell}'\nios\nsystem\n.".encode(),
        "a dotted name": b"\x80\x04\x8c\x05numpy\x8c\x09os.system\x93\x8c%c%s\x85R."
        % (len(shell), shell.encode()),
    }  # fmt: skip


def made(tmp_path):
    """The payloads, the file that they would write, and the one that some of them would load."""
    touched, inner = tmp_path / "touched", tmp_path / "inner.npy"
    write(inner, pickle.dumps(boxed(Calls(os.system, f"touch {touched}"))))
    return hostile(touched, inner), touched


NAMES = list(hostile(Path("/nowhere/x"), Path(os.devnull)))


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_file_does_nothing(name, tmp_path):
    payloads, touched = made(tmp_path)
    path = write(tmp_path / "a.npy", payloads[name])
    for allowed in (False, True):
        with pytest.raises(DataFormatError) as refusal:
            read_npy(path, allow_pickle=allowed)
    assert "nothing of it was run" in str(refusal.value)
    assert not touched.exists()


@pytest.mark.parametrize("name", NAMES)
def test_these_files_are_hostile_indeed(name, tmp_path):
    """Python's own unpickler does what they say, in a process of its own."""
    payloads, touched = made(tmp_path)
    path = tmp_path / "payload"
    path.write_bytes(payloads[name])
    script = (
        "import pickle, sys, numpy, os; numpy.os = os\n"
        "try: pickle.load(open(sys.argv[1], 'rb'))\n"
        "except Exception as e: print(repr(e))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, path], capture_output=True, text=True, check=True
    )
    assert touched.exists(), done.stdout


class FalseDtype:
    """A dtype of objects that says it holds plain numbers: numpy would take bytes for addresses."""

    def __reduce__(self):
        return np.dtype, ("O8", False, True), (3, "|", None, None, None, 8, 8, 0)


class FalseArray:
    def __init__(self, dtype, content, shape=(1,)):
        self.state = (1, shape, dtype, False, content)

    def __reduce__(self):
        return np._core.multiarray._reconstruct, (np.ndarray, (0,), b"b"), self.state


FALSE = {
    "numbers for addresses": (FalseArray(FalseDtype(), b"\x41" * 8), "1 objects without them"),
    "too few bytes": (FalseArray(np.dtype("f8"), b"\0" * 8, (9,)), "without their bytes"),
    "too many": (FalseArray(np.dtype("u1"), b"", (2**60,)), "without a shape"),
    "a negative size": (FalseArray(np.dtype("u1"), b"", (-1,)), "without a shape"),
    "a compound type": (np.zeros(1, [("a", "u1")]), "compound type"),
    "a set": ({1, 2}, "a set"),
    "a tuple as a key": ({(1, 2): 3}, "tuple as a key"),
    "a class of numpy's": (np.random.default_rng(0), "asks to run numpy.random"),
    "a function": (len, "asks to run builtins.len"),
}


@pytest.mark.parametrize("name", FALSE)
def test_what_else_is_refused(name, tmp_path):
    value, said = FALSE[name]
    path = write_object(tmp_path / "a.npy", value)
    with pytest.raises(DataFormatError, match=said):
        read_npy(path, allow_pickle=True)


BROKEN = {
    "cut off": lambda good: good[: len(good) // 2],
    "no pickle": lambda good: b"\x93 not a pickle",
    "nothing": lambda good: b"",
    "attributes of a list": lambda good: b"\x80\x02]}b.",
    "attributes of a name": lambda good: b"\x80\x02cnumpy\nndarray\n}b.",
    "an object outside": lambda good: b"Psomewhere\n.",
    "an extension": lambda good: b"\x80\x02\x82\x01.",
    "bytes without end": lambda good: b"\x80\x05\x96\xff\xff\xff\xff\xff\x00\x00\x00ab.",
    "a memo without end": lambda good: b"\x80\x02]r\xff\xff\xff\xffa.",
    "an array that is none": lambda good: b"\x80\x02cnumpy\nndarray\n)R.",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_pickle_is_told_as_one(name, tmp_path):
    good = pickle.dumps(boxed({"a": np.zeros(4)}))
    path = write(tmp_path / "a.npy", BROKEN[name](good))
    with pytest.raises(DataFormatError, match=r"a\.npy: "):
        read_npy(path, allow_pickle=True)


@given(st.binary(max_size=60))
def test_any_bytes_give_a_value_or_our_own_error(tmp_path_factory, payload):
    path = write(tmp_path_factory.mktemp("npy") / "a.npy", payload)
    with contextlib.suppress(DataFormatError):
        read_npy(path, allow_pickle=True)


@given(st.data())
def test_a_changed_byte_gives_a_value_or_our_own_error(tmp_path_factory, data):
    good = bytearray(pickle.dumps(boxed({"features": np.arange(4), "target": [1, 2]})))
    place = data.draw(st.integers(0, len(good) - 1))
    good[place] = data.draw(st.integers(0, 255))
    path = write(tmp_path_factory.mktemp("npy") / "a.npy", bytes(good))
    with contextlib.suppress(DataFormatError):
        read_npy(path, allow_pickle=True)


def test_lists_within_lists_that_share_parts_take_no_time(tmp_path):
    """Sixty doublings would be a billion billion lists, were each made anew."""
    value = []
    for _ in range(60):
        value = [value, value]
    path = write_object(tmp_path / "a.npy", value)
    assert len(read_npy(path, allow_pickle=True)) == 2


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"\x93NUMPY\x01\x00v\x00{'descr': exit()}"]
)
def test_what_is_no_npy(content, tmp_path):
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises(DataFormatError, match=r"not an \.npy file"):
        read_npy(tmp_path / "a.npy", allow_pickle=True)
    with pytest.raises(DataUnavailableError):
        read_npy(tmp_path / "none.npy")


def test_every_opcode_that_finds_a_name_is_in_the_payloads():
    """So that a way in cannot be forgotten: GLOBAL, STACK_GLOBAL, INST, and extensions."""
    used = set()
    for payload in [
        *hostile(Path("/nowhere/x"), Path(os.devnull)).values(),
        BROKEN["an extension"](b""),
    ]:
        used |= {opcode.name for opcode, _, _ in pickletools.genops(payload)}
    assert {"GLOBAL", "STACK_GLOBAL", "INST", "EXT1", "REDUCE"} <= used
