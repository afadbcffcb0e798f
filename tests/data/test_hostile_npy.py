"""Pickles that would take all memory or time, not a byte of which runs: one line ends each."""

import contextlib
import io
import pickle
import pickletools
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_npy_pickled import write as npy

from versus.cli.main import run_command
from versus.data import restricted_pickle
from versus.data.npy_pickled import read_npy
from versus.errors import DataFormatError

LARGE = 2**20
MANY = 30_000
FIRST, SECOND = b"\xc8", b"\xc9"  # places in the memo that nothing else here uses


def step(value):
    """The opcodes that put a value on the stack."""
    return pickle.dumps(value, 2)[2:-1]


def kept(opcodes, place):
    return opcodes + b"q" + place + b"0"


def program(first, second, many, count=MANY):
    """Keep two things, then do `many` again and again, and make a list of what it leaves."""
    return b"\x80\x02" + kept(first, FIRST) + kept(second, SECOND) + b"(" + many * count + b"l."


def called(name, arguments, count=MANY):
    """A program that calls a name with the same arguments again and again."""
    return program(b"c" + name + b"\n", arguments, b"h" + FIRST + b"h" + SECOND + b"R", count)


def arrays(state):
    """A program that gives the same state to one array after the other."""
    made = b"h" + FIRST + b")Rh" + SECOND + b"b"
    return program(b"cnumpy\nndarray\n", step(state), made)


def nested(times=60):
    """A list that holds one list twice, and so on: of a billion billion parts, if written out."""
    value = []
    for _ in range(times):
        value = [value, value]
    return value


def keys(count):
    """Whole numbers that hash alike."""
    return [(number + 1) * (2**61 - 1) for number in range(count)]


def table(**changes):
    """Document D's content, and a pickle of it by numpy."""
    rng = np.random.default_rng(0)
    good = {"features": rng.integers(0, 256, (40, 4, 4), np.uint8), "target": np.arange(40) % 5}
    return pickle.dumps(np.array(good | changes, dtype=object), 4)


def laughs():
    value = [0] * 10
    for _ in range(9):
        value = [value] * 10
    return value


def itself():
    value = []
    value.append(value)
    return value


ORDERED = b"collections\nOrderedDict"
ATTACKS = {
    # A tuple of two of a tuple of two: to hash it takes for ever.
    "a key that hashes for ever": called(
        ORDERED, b"](" + step((1,)) + b"2\x86" * 60 + b"K\x01\x86e\x85", 1
    ),
    "keys that hash alike": b"\x80\x02}(" + b"".join(
        step(number) + b"N" for number in keys(100_000)
    ) + b"u.",
    "places that hash alike": b"\x80\x02]" + b"".join(
        b"p%d\n" % number for number in keys(100_000)
    ) + b".",
    "an encoding for ever to write": called(b"_codecs\nencode", step(("a", nested())), 1),
    "a dtype for ever to write": arrays((1, (1,), 0, False, b"")).replace(
        step((1, (1,), 0, False, b"")),
        b"(K\x01K\x01\x85cnumpy\ndtype\n" + step((nested(),)) + b"R\x89U\x00t",
    ),
    "a text encoded many times": called(b"_codecs\nencode", step(("a" * LARGE, "latin1"))),
    "bytes in many arrays": arrays((1, (LARGE,), np.dtype("u1"), False, bytes(LARGE))),
    "a list in many arrays": arrays((1, (LARGE,), np.dtype("O"), False, [None] * LARGE)),
    "a dict copied many times": called(ORDERED, step((dict.fromkeys(range(LARGE)),))),
    "many arguments": called(b"numpy\ndtype", step(["u1"] * LARGE)),
    "a long state": program(
        b"cnumpy\ndtype\n", step([1, "<", *[None] * LARGE]),
        b"h" + FIRST + b"K\x01\x85Rh" + SECOND + b"b",
    ),
    "many arguments of an object": program(
        b"cnumpy\ndtype\n", step(["u1"] * LARGE), b"h" + FIRST + b"h" + SECOND + b"\x81"
    ),
    "lists that share lists": table(features=laughs()),
    "targets that share lists": table(target=laughs()),
    "a list of one long text": table(target=["a" * LARGE, *"b" * LARGE]),
    "a row many times": table(features=[[[0.5] * 4096] * 4096] * 4096),
    "a list in itself": table(features=itself()),
}  # fmt: skip
IN_A_PROCESS = """
import resource, sys
from pathlib import Path
from versus.data.features_file import read_features
from versus.errors import DataFormatError

taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + 2**29, taken + 2**29))
try:
    read_features(Path(sys.argv[1]), allow_pickle=True)
except DataFormatError as error:
    print(error)
"""


@pytest.mark.parametrize("name", ATTACKS)
def test_a_small_file_takes_little_time_and_memory(name, tmp_path):
    path = npy(tmp_path / "a.npy", ATTACKS[name])
    done = subprocess.run(
        [sys.executable, "-c", IN_A_PROCESS, path],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert done.stderr == ""
    assert "a.npy: " in done.stdout
    assert "MemoryError" not in done.stdout
    assert len(done.stdout) < 400


def test_objects_are_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(restricted_pickle, "MOST_OBJECTS", 1000)
    for opcodes in (b"]", b"}", b"(", b")\x85", b"N\x94"):
        path = npy(tmp_path / "a.npy", b"\x80\x04" + opcodes * 1001 + b".")
        with pytest.raises(DataFormatError, match="more than 1,000 objects"):
            read_npy(path, allow_pickle=True)


BAD = {
    "ragged": table(features=[[1, 2], [3]]),
    "ragged targets": table(target=[[1], [2, 3]]),
    "a list in itself": table(features=itself()),
    "a number as a key": pickle.dumps(np.array({1: 2, "features": 1}, dtype=object)),
    "a large number as a key": pickle.dumps(np.array({10**5000: 1}, dtype=object)),
    "a large number": table(target=[10**5000] * 40),
    "a long key": pickle.dumps(np.array({"k" * 100_000 + "\n\x1b[31m": 1}, dtype=object)),
    "many keys": pickle.dumps(np.array(dict.fromkeys(map(str, range(9999))), dtype=object)),
    "infinity": table(target=np.where(np.arange(40) == 3, np.inf, np.arange(40) % 2)),
    "not a number": table(target=np.full(40, np.nan, np.float16)),
    "beyond 64 bits": table(target=np.arange(40, dtype=np.uint64) + np.uint64(2**63)),
    "a float beyond 64 bits": table(target=np.arange(40) * 1e300),
    "infinite pictures": table(features=np.full((40, 4, 4), -np.inf)),
    "a long name": b"\x80\x02c" + b"os" * 50_000 + b"\nsystem\n.",
    "a long dtype": b"\x80\x02"
    b"cnumpy\nndarray\n)R(K\x01)cnumpy\ndtype\n" + step(("f" * 100_000,)) + b"R\x89U\x00tb.",
    "a long number": b"F" + b"x" * 100_000 + b"\n.",
    "a header cut off": None,
    "a header of a large number": None,
}  # fmt: skip
_LARGE = hex(16**5000)
HEADERS = {
    "a header cut off": "{'descr':'<f8','fortran_order':False,'shape':((3,}",
    "a header of a large number": f"{{'descr':'|O','fortran_order':False,'shape':({_LARGE},)}}",
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.filterwarnings("error")
def test_bad_content_ends_in_one_short_line(name, tmp_path, capsys):
    path = tmp_path / "a.npy"
    if name in HEADERS:
        header = HEADERS[name].encode() + b"\n"
        path.write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + b"N.")
    else:
        npy(path, BAD[name])
    out = tmp_path / "out"
    assert run_command(["data", "import", str(path), "--out", str(out), "--allow-pickle"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "a.npy: " in said.err
    assert len(said.err) < 1000
    assert not out.exists()


def test_as_many_numbers_as_the_file_holds_may_be_in_lists(tmp_path):
    """One row of zeros for all pictures is written once, and read for each."""
    from versus.data.features_file import read_features

    path = npy(tmp_path / "a.npy", table(features=[[[0] * 28] * 28] * 40, target=[1, 2] * 20))
    assert read_features(path, allow_pickle=True).train.images.shape == (36, 28, 28, 1)


# Bytes that do something as a pickle; whole steps, so that a stream of them often goes far.
STEPS = [
    *(bytes([opcode.code.encode("latin1")[0]]) for opcode in pickletools.opcodes),
    *(b"K\x01", b"U\x03abc", b"q\x01", b"h\x01", b"\x80\x02", b"\x95\x08" + bytes(7), b"G" * 9),
    *(b"c" + name + b"\n" for name in (
        b"numpy\nndarray", b"numpy\ndtype", b"collections\nOrderedDict", b"_codecs\nencode",
        b"numpy._core.numeric\n_frombuffer", b"numpy.core.multiarray\n_reconstruct",
        b"numpy.core.multiarray\nscalar", b"os\nsystem",
    )),
    *(b"X\x02\x00\x00\x00u1", b"X\x06\x00\x00\x00latin1", b"\x8a\x02\xff\x7f", b"p1\n", b"g1\n"),
    *(step(np.arange(3)), step((1, (3,), np.dtype("u1"), False, b"abc")), step({"a": [1]})),
    *(b"i_codecs\nencode\n", b"I7\n", b"L7L\n", b"F1.5\n", b"S'a'\n", b"Vab\n"),
]  # fmt: skip


@settings(deadline=2000)
@given(st.lists(st.sampled_from(STEPS), max_size=60))
def test_any_steps_end_in_a_value_or_our_own_error(tmp_path_factory, steps):
    path = npy(tmp_path_factory.mktemp("npy") / "a.npy", b"\x80\x04" + b"".join(steps) + b".")
    with contextlib.suppress(DataFormatError):
        read_npy(path, allow_pickle=True)


def test_every_name_is_answered_by_a_stand_in():
    """And nothing else is called: so whatever the steps, none of them runs a program."""
    answers = restricted_pickle.ANSWERS.values()
    assert {answer.__module__ for answer in answers} == {"versus.data.pickle_stand_ins"}
    for called_instead in (b"U\x01a)R.", b"](K\x01\x85tR.", b"cnumpy\ndtype\n)\x81."):
        with pytest.raises(DataFormatError, match=r"it calls a|it holds an object"):
            restricted_pickle.read_restricted(io.BytesIO(called_instead))
