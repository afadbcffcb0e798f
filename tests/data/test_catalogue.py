"""Data sets by name or by path: where they are looked for, and what is said when there is none."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from versus.data import cache, catalogue, download, idx
from versus.data.catalogue import find, load, names
from versus.data.idx_folder import STEMS
from versus.data.named_sets import MNIST, NAMED_SETS
from versus.errors import DataFormatError, DataUnavailableError, UnknownNameError


def make_folder(folder: Path, value: int = 0) -> Path:
    for stem in STEMS:
        array = np.arange(4, dtype=np.uint8) % 2
        if "images" in stem:
            array = np.full((4, 3, 3), value, dtype=np.uint8)
        idx.write(folder / f"{stem}.gz", array, compress=True)
    return folder


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Two folders of VERSUS_DATA, the cache and the system's, all empty; no network."""
    first, second, system = tmp_path / "first", tmp_path / "second", tmp_path / "system"
    monkeypatch.setenv("VERSUS_DATA", os.pathsep.join([str(first), "", str(second)]))
    monkeypatch.setenv("VERSUS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "SYSTEM_FOLDER", system)
    monkeypatch.chdir(tmp_path)

    def no_network(*args):
        raise DataUnavailableError("host-1: no route; host-2: HTTP 404")

    monkeypatch.setattr(download, "download_files", no_network)
    return first, second, tmp_path / "cache" / "data", system


@pytest.fixture
def small_mnist(monkeypatch, tmp_path):
    """`mnist` with the checksums of `make_folder(..., 7)`."""
    original = make_folder(tmp_path / "original", 7)
    checksums = {
        stem: hashlib.sha256(idx.read_bytes(original / f"{stem}.gz")).hexdigest() for stem in STEMS
    }
    small = replace(MNIST, checksums=checksums)
    monkeypatch.setattr(catalogue, "NAMED_SETS", {**NAMED_SETS, "mnist": small})


def test_places_are_searched_in_order(places, small_mnist):
    found = find("mnist")
    assert found is None
    for place, kind in reversed(
        list(zip(places, ("VERSUS_DATA", "VERSUS_DATA", "cache", "system"), strict=True))
    ):
        folder = make_folder(place / "mnist", 7)
        found = find("mnist")
        assert found is not None
        assert (found.kind, found.folder) == (kind, folder)
        assert str(found) == f"{folder} ({kind})"
        assert load("mnist").train.images.max() == 7


def test_a_built_in_set_is_checked_wherever_it_lies(places, small_mnist):
    for place in reversed(places):
        make_folder(place / "mnist", 8)
        with pytest.raises(DataFormatError, match=rf"{place}.*train-images.* expected SHA-256"):
            load("mnist")


def test_a_classes_file_cannot_rename_a_built_in_set(places, small_mnist):
    folder = make_folder(places[0] / "mnist", 7)
    (folder / "classes.txt").write_text("a\nb\n")
    assert load("mnist").classes == tuple("0123456789")
    assert "CC BY-SA" in load("mnist").source


def test_an_incomplete_folder_of_versus_data_is_named(places, small_mnist):
    folder = make_folder(places[0] / "mnist", 7)
    (folder / f"{STEMS[2]}.gz").unlink()
    assert "incomplete" in str(find("mnist"))
    with pytest.raises(DataUnavailableError, match=f"{folder}: .* there is no {STEMS[2]}: add"):
        load("mnist")
    make_folder(places[1] / "mnist", 7)
    assert load("mnist").train.images.max() == 7


def test_own_names_lie_in_versus_data(places):
    make_folder(places[1] / "mine", 5)
    assert names() == [*NAMED_SETS, "mine"]
    assert str(find("mine")) == f"{places[1] / 'mine'} (VERSUS_DATA)"
    data = load("mine")
    assert (data.name, data.train.images.max()) == ("mine", 5)


def test_a_path_is_a_folder(places, tmp_path):
    folder = make_folder(tmp_path / "here", 3)
    for path in (str(folder), folder, "here", "./here", Path("here"), f"{folder}{os.sep}"):
        data = load(path)
        assert (data.name, data.train.images.max()) == ("here", 3)
        assert str(folder) in data.source
    assert str(find("./here")) == "here"


def test_a_path_object_is_never_a_built_in_name(places, tmp_path):
    make_folder(tmp_path / "mnist", 3)
    assert load(Path("mnist")).train.images.max() == 3
    with pytest.raises(DataUnavailableError, match="not on this machine"):
        load("mnist")


def test_an_unknown_name_suggests_the_closest(places):
    message = "no data set is called 'mnits': did you mean 'mnist'.*path of a folder, archive"
    with pytest.raises(UnknownNameError, match=message):
        load("mnits")
    for name in ("", "a\0b", "x" * 5000):
        with pytest.raises(UnknownNameError, match="no data set is called"):
            find(name)


def test_a_path_without_a_folder_is_said(places, tmp_path):
    with pytest.raises(DataUnavailableError, match=r"no/where: .* there is none: check the path"):
        load("no/where")
    (tmp_path / "file").write_text("")
    with pytest.raises(DataFormatError, match=r"'file' \(an empty file\): convert"):
        load("./file")


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "fashion-mnist-tops"])
def test_offline_the_error_says_every_way_on_one_line(places, name):
    with pytest.raises(DataUnavailableError) as caught:
        load(name)
    message = str(caught.value)
    folder = "mnist" if name == "mnist" else "fashion-mnist"
    for part in (
        "could not be downloaded (host-1: no route; host-2: HTTP 404)",
        f"set VERSUS_DATA to a folder that holds {folder}/",
        *STEMS,
        f"put them into {places[2] / folder}",
        "connect to the internet",
        "`--data digits`, which needs nothing",
    ):
        assert part in message
    assert ("apt install dataset-fashion-mnist" in message) is (folder == "fashion-mnist")
    assert "\n" not in message


def test_download_can_be_forbidden(places, monkeypatch):
    asked: list[object] = []
    monkeypatch.setattr(download, "download_files", lambda *args: asked.append(args))
    with pytest.raises(DataUnavailableError, match="may not be downloaded here"):
        load("mnist", download=False)
    assert not asked


def test_what_is_downloaded_is_loaded_from_the_cache(places, small_mnist, monkeypatch):
    monkeypatch.setattr(
        download, "download_files", lambda mirrors, checksums, folder: make_folder(folder, 7)
    )
    assert load("mnist").train.images.max() == 7
    assert str(find("mnist")) == f"{places[2] / 'mnist'} (cache)"


def test_the_table_is_whole():
    for name, named in NAMED_SETS.items():
        assert named.name == name
        assert named.description
        assert named.licence
        assert len(named.classes) in (5, 10)
        if named.mirrors:
            assert tuple(named.checksums) == STEMS
            assert {len(digest) for digest in named.checksums.values()} == {64}
            assert all(mirror.endswith("/") for mirror in named.mirrors)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "fingerprint", "count"),
    [
        ("mnist", "sha256:582b6b72a3bcbeb141768ce5b8b8811a9b416502911395c48fdf96f5b4e40ed6", 5923),
        (
            "fashion-mnist",
            "sha256:b33a1d9b891f6f424c52315629896afb3ff941a07e32add5a0dd7a64e6dd3a1c",
            6000,
        ),
    ],
)
def test_the_real_sets(real_data, name, fingerprint, count):
    data = load(name)
    assert data.train.images.shape == (60_000, 28, 28, 1)
    assert data.test.images.shape == (10_000, 28, 28, 1)
    assert data.fingerprint == fingerprint
    assert data.frame()["train"].iloc[0] == count
