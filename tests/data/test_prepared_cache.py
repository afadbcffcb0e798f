"""Large sets: decoded by workers into the cache, mapped from there, never copied whole."""

import json
import os
import threading

import numpy as np
import pytest
from own_pictures import CLASSES, image_folder, parquet, pixels, png, put, tarred, zipped

import versus
from versus.cli.main import run_command
from versus.data import catalogue, memory_map
from versus.data.memory_map import location, mapped, release, writable
from versus.data.reading import rendering, stored, workers
from versus.errors import DataError


@pytest.fixture(autouse=True)
def _everything_is_large(tmp_path, monkeypatch):
    monkeypatch.setenv("VERSUS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(rendering, "MEMORY_BUDGET", 100)


@pytest.fixture
def small(monkeypatch):
    """A call that loads in memory, to compare with."""

    def load(path, **options):
        with monkeypatch.context() as patch:
            patch.setattr(rendering, "MEMORY_BUDGET", 2**30)
            return catalogue.load(path, **options)

    return load


def entries(tmp_path):
    folder = tmp_path / "cache" / "data" / "prepared"
    return sorted(one for one in folder.iterdir() if one.is_dir()) if folder.exists() else []


@pytest.mark.parametrize(
    "make",
    [
        lambda d: image_folder(d / "set"),
        lambda d: zipped(image_folder(d / "set"), d / "set.zip"),
        lambda d: tarred(image_folder(d / "set"), d / "set.tgz"),
        lambda d: parquet(d / "set.parquet"),
    ],
    ids=["folder", "zip", "tar", "parquet"],
)
def test_workers_give_the_same_bits(tmp_path, small, make):
    path = make(tmp_path)
    large = catalogue.load(path)
    assert mapped(large.train.images) is not None
    assert not large.train.images.flags.writeable
    assert large.fingerprint == small(path).fingerprint
    assert large.reading == small(path).reading


def test_an_entry_is_used_again_and_only_for_the_same_bytes(tmp_path, monkeypatch):
    folder = image_folder(tmp_path / "set")
    first = catalogue.load(folder)
    assert len(entries(tmp_path)) == 1
    with monkeypatch.context() as patch:
        patch.setattr(rendering, "decode_in_workers", None)  # nothing is decoded again
        assert catalogue.load(folder).fingerprint == first.fingerprint
    put(folder / "ape" / "0.png", png(pixels(1, 77)))
    assert catalogue.load(folder).fingerprint != first.fingerprint
    catalogue.load(folder, size=5)
    assert len(entries(tmp_path)) == 3


def test_a_damaged_entry_is_made_again(tmp_path):
    folder = image_folder(tmp_path / "set")
    first = catalogue.load(folder).fingerprint
    (entry,) = entries(tmp_path)
    for damage in ("flip", "cut", "no entry", "no json"):
        data = bytearray((entry / stored.PICTURES).read_bytes())
        if damage == "flip":
            data[100] ^= 1
        if damage == "cut":
            del data[-1]
        (entry / stored.PICTURES).write_bytes(data)
        if damage == "no entry":
            (entry / stored.ENTRY).unlink()
        if damage == "no json":
            (entry / stored.ENTRY).write_text("{")
        assert catalogue.load(folder).fingerprint == first, damage
        assert json.loads((entry / stored.ENTRY).read_text())["bad"] == []


def test_bad_pictures_leave_no_gap(tmp_path, small):
    folder = image_folder(tmp_path / "set")
    for name in ("ape/1.png", "cat/0.png"):
        put(folder / name, b"no picture")
    with pytest.raises(DataError, match=r"1 more picture cannot be read.*--skip-bad"):
        catalogue.load(folder)
    large = catalogue.load(folder, skip_bad=True)
    assert large.fingerprint == small(folder, skip_bad=True).fingerprint
    assert large.train.origins == small(folder, skip_bad=True).train.origins
    with pytest.raises(DataError, match="--skip-bad"):  # what is in the cache is no excuse
        catalogue.load(folder)


def test_one_in_colour_makes_all_so(tmp_path, small):
    folder = image_folder(tmp_path / "set")
    for number in range(40):
        put(folder / "ape" / f"more{number}.png", png(pixels(0, number + 50)))
    put(folder / "ape" / "more7b.png", png(pixels(0, 3, 3)))
    large = catalogue.load(folder)
    assert large.input_shape[2] == 3
    assert large.fingerprint == small(folder).fingerprint


def test_arrays_too(tmp_path, small):
    x = np.arange(30 * 8 * 8, dtype=np.uint32).reshape(30, 8, 8) % 256
    np.savez(tmp_path / "set.npz", x=x.astype(np.uint8), y=np.arange(30) % 3)
    large = catalogue.load(tmp_path / "set.npz")
    assert mapped(large.test.images) is not None
    assert large.fingerprint == small(tmp_path / "set.npz").fingerprint


def test_several_at_once_make_one_entry(tmp_path):
    folder = image_folder(tmp_path / "set")
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(catalogue.load(folder).fingerprint))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert len(set(found)) == 1
    assert len(entries(tmp_path)) == 1


def test_a_worker_that_dies_is_told(tmp_path, monkeypatch):
    folder, start, killed = image_folder(tmp_path / "set"), workers._start, []

    def dying():
        worker = start()
        worker.kill()
        killed.append(worker.wait())
        return worker

    monkeypatch.setattr(workers, "_start", dying)
    with pytest.raises(DataError, match=r"the process that decoded .* ended"):
        catalogue.load(folder)
    assert killed
    assert not entries(tmp_path)
    assert not [n for n in os.listdir(tmp_path / "cache/data/prepared") if n.endswith(".tmp")]


def test_a_full_disk_is_told_before_anything(tmp_path, monkeypatch):
    folder = image_folder(tmp_path / "set")
    usage = stored.shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(stored.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DataError, match=r"there are 1,000: free some.*VERSUS_CACHE"):
        catalogue.load(folder)
    assert not entries(tmp_path)


def test_training_on_mapped_pictures_gives_the_same_bits(tmp_path, small):
    folder = image_folder(tmp_path / "set")
    weights, chosen = [], catalogue.load(folder)
    for data in (chosen, small(folder)):
        model = versus.build("fc", data.input_shape, 3, seed=0)
        versus.fit(model, data, versus.Recipe(epochs=2, batch_size=4), seed=0)
        versus.evaluate(model, data)
        weights.append([np.array(weight) for weight in model.get_weights()])
    assert all((a == b).all() for a, b in zip(*weights, strict=True))


def test_a_mapped_split_is_sent_by_its_place(tmp_path):
    split = catalogue.load(image_folder(tmp_path / "set")).test
    place = location(split.images)
    assert place is not None
    assert place[0].endswith(stored.PICTURES)
    function, arguments = split.__reduce__()
    again = function(*arguments)
    assert (again.images == split.images).all()
    assert mapped(again.images) is not None


def test_rows_in_one_piece_are_not_copied_and_others_stay_on_the_disk(tmp_path, monkeypatch):
    train = catalogue.load(image_folder(tmp_path / "set")).train
    piece = train.take(np.arange(3, 9))
    assert np.shares_memory(piece.images, train.images)
    monkeypatch.setattr(memory_map, "MOST_COPIED", 10)
    rows = np.array([5, 1, 7, 1])
    scattered = train.take(rows)
    assert (scattered.images == np.array(train.images)[rows]).all()
    assert mapped(scattered.images) is not None
    assert location(scattered.images) is None  # its file has no name any more


def test_what_is_written_to_a_map_never_reaches_the_file(tmp_path):
    images = catalogue.load(image_folder(tmp_path / "set")).train.images
    before, own = images.copy(), writable(images)
    own[:] = 7
    assert (images == before).all()
    release(images)
    assert (images == before).all()


def test_a_map_that_its_owner_changed_is_what_it_was_changed_to(tmp_path):
    """`np.load(..., mmap_mode="c")`: what is read again from the file would be other pictures."""
    given = np.random.default_rng(0).integers(0, 256, (40, 8, 8), np.uint8)
    np.save(tmp_path / "pictures.npy", given)
    images = np.load(tmp_path / "pictures.npy", mmap_mode="c")
    images[:] = 255 - images
    labels = np.arange(40) % 2
    data = versus.Dataset.from_arrays((images, labels), (images[:10], labels[:10]))
    assert data.fingerprint
    for found in (images, data.train.images[..., 0], writable(data.train.images)[..., 0]):
        assert (found == 255 - given).all()
    function, arguments = data.train.__reduce__()
    assert (function(*arguments).images == data.train.images).all()


def test_rows_of_a_users_own_map_go_into_the_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(memory_map, "MOST_COPIED", 10)
    monkeypatch.setenv("VERSUS_CACHE", str(tmp_path / "cache"))
    place = tmp_path / "a" / "b"
    place.mkdir(parents=True)
    given = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), np.uint8)
    np.save(place / "pictures.npy", given)
    images = np.load(place / "pictures.npy", mmap_mode="r")
    data = versus.Dataset.from_arrays((images, np.arange(40) % 2), (images, np.arange(40) % 2))
    rows = np.array([5, 1, 7])
    assert (data.train.take(rows).images == given[rows]).all()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "cache"]
    assert [p.name for p in place.iterdir()] == ["pictures.npy"]


def test_pruning(tmp_path, capsys):
    folder = image_folder(tmp_path / "set")
    catalogue.load(folder)
    assert run_command(["data", "prune", "--days", "1"]) == 0
    assert "0 prepared sets" in capsys.readouterr().out
    (entry,) = entries(tmp_path)
    os.utime(entry, (0, 0))
    data = catalogue.load(folder)  # used: young again
    assert run_command(["data", "prune", "--days", "1"]) == 0
    assert len(entries(tmp_path)) == 1
    assert run_command(["data", "prune"]) == 0
    assert "1 prepared set of pictures removed" in capsys.readouterr().out
    assert not entries(tmp_path)
    assert data.train.images.shape[0] > 0
    assert len(CLASSES) == len(data.classes)
