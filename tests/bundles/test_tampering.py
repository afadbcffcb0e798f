"""A bundle that is not as it was exported is refused in one line, by whoever opens it."""

import json
import os
import shutil

import onnx
import pytest
from onnx import external_data_helper
from shipping import change_manifest, copy_bundle, reseal

from versus.bundles import manifest as names
from versus.bundles.classifier import Classifier
from versus.bundles.reading import read_bundle
from versus.cli.main import run_command
from versus.errors import BundleError

FILES = (
    names.MANIFEST,
    names.MODEL,
    names.KERAS_MODEL,
    names.HARDEST,
    names.LABELS,
    names.TRITON,
    names.CARD,
)


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def link(path):
    """To the very same bytes."""
    kept = next(place for place in path.parents if place.name == "mine").with_name("kept")
    path.rename(kept)
    path.symlink_to(kept)


def pipe(path):
    path.unlink()
    os.mkfifo(path)


def folder(path):
    path.unlink()
    path.mkdir()


DONE_TO_A_FILE = {
    "a bit flipped": flip,
    "emptied": lambda path: path.write_bytes(b""),
    "cut": lambda path: os.truncate(path, path.stat().st_size - 2),
    "a byte longer": lambda path: path.write_bytes(path.read_bytes() + b"\0"),
    "enormous": lambda path: os.truncate(path, 2**31 + 1),
    "gone": lambda path: path.unlink(),
    "renamed": lambda path: path.rename(path.with_suffix(".old")),
    "a link": link,
    "a pipe": pipe,
    "a folder": folder,
}


def swap(one, other):
    def change(place):
        first, second = (place / one).read_bytes(), (place / other).read_bytes()
        (place / one).write_bytes(second)
        (place / other).write_bytes(first)

    return change


def add(name, data=b"x"):
    def change(place):
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_bytes(data)

    return change


def edit(change):
    """Write the manifest anew, with its own checksum left as it was."""

    def changed(place):
        content = json.loads((place / names.MANIFEST).read_text())
        change(content)
        (place / names.MANIFEST).write_text(json.dumps(content))

    return changed


def covered_up(place):
    """A changed model, and its checksum in the list with it."""
    sealed = json.loads((place / names.MANIFEST).read_text())["sha256"]
    flip(place / names.MODEL)
    reseal(place)
    edit(lambda content: content.update(sha256=sealed))(place)


def numbers_outside(place, *, kept):
    """The model's numbers in a file beside it, and every checksum right."""
    model = onnx.load_from_string((place / names.MODEL).read_bytes())
    external_data_helper.convert_model_to_external_data(
        model, location="weights.bin", size_threshold=0
    )
    onnx.save(model, place / names.MODEL)
    assert (place / "1" / "weights.bin").stat().st_size > 0
    if not kept:
        (place / "1" / "weights.bin").rename(place.parent / "weights.bin")
    reseal(place)


def linked_folder(place):
    (place / "1").rename(place.parent / "outside")
    (place / "1").symlink_to(place.parent / "outside")


def listed(place):
    """A file outside the bundle among its own."""
    change_manifest(place, lambda m: m["files"].update({"../kept": m["files"][names.CARD]}))


DONE_TO_A_BUNDLE = {
    "models swapped": (swap(names.MODEL, names.KERAS_MODEL), "checksum differs"),
    "texts swapped": (swap(names.LABELS, names.TRITON), "checksum differs"),
    "pictures swapped": (swap(names.HARDEST, names.CARD), "checksum differs"),
    "a file added": (add("extra.txt"), "extra.txt: not part of what was exported"),
    "numbers added": (add("1/model.onnx.data"), "not part of what was exported"),
    "a version added": (add("2/model.onnx"), "2: not part of what was exported"),
    "code added": (add("model.py"), "not part of what was exported"),
    "a strange name": (add("a\x1b[31m\udcff"), "not part of what was exported"),
    "classes edited": (edit(lambda m: m["classes"].reverse()), "checksum"),
    "no checksum": (edit(lambda m: m.pop("sha256")), "checksum"),
    "a list without the card": (edit(lambda m: m["files"].pop(names.CARD)), "checksum"),
    "the list edited with the model": (covered_up, "checksum"),
    "a list of more": (listed, "no other than"),
    "numbers in another file": (lambda p: numbers_outside(p, kept=True), "weights.bin: not part"),
    "numbers elsewhere": (lambda p: numbers_outside(p, kept=False), "lie in another file"),
    "another model's": (lambda p: swap_models(p), "gives"),
    "a folder that is a link": (linked_folder, "got a link"),
    "nothing": (lambda place: shutil.rmtree(place), "no bundle here"),
}


def swap_models(place):
    """A sound model of four classes, sealed as if it belonged here."""
    model = onnx.load_from_string((place / names.MODEL).read_bytes())
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 4
    (place / names.MODEL).write_bytes(model.SerializeToString())
    reseal(place)


def by_api(place, capsys):
    with pytest.raises(BundleError) as caught:
        Classifier(read_bundle(place))
    return str(caught.value)


def by_command(*words):
    def run(place, capsys):
        assert run_command([words[0], str(place), *words[1:]]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("versus: ")
        assert err.count("\n") == 1
        assert err[:-1].isprintable()
        return err

    return run


OPENED = {
    "api": by_api,
    "predict": by_command("predict", "picture.png"),
    "serve": by_command("serve", "--port", "0"),
}


@pytest.fixture(params=OPENED)
def refused(request, capsys, monkeypatch):
    """Returns what is said, by each of those who open bundles."""
    monkeypatch.setattr("uvicorn.Server.run", None)  # nothing may get as far
    return lambda place: OPENED[request.param](place, capsys)


@pytest.fixture
def mine(bundle, tmp_path):
    (tmp_path / "picture.png").write_bytes(b"")
    return copy_bundle(bundle, tmp_path / "mine")


def test_the_files_are_all_of_them(bundle):
    found = {path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file()}
    assert found == set(FILES)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("done", DONE_TO_A_FILE)
def test_a_file_that_was_touched(mine, name, done, refused):
    DONE_TO_A_FILE[done](mine / name)
    said = refused(mine)
    assert str(mine) in said
    if (done, name) != ("gone", names.MANIFEST):
        stem = (mine / name).stem
        assert stem in said


@pytest.mark.parametrize("done", DONE_TO_A_BUNDLE)
def test_a_bundle_that_was_touched(mine, done, refused):
    change, reason = DONE_TO_A_BUNDLE[done]
    change(mine)
    assert reason in refused(mine)


def test_what_a_desktop_leaves_behind_is_let_be(mine):
    (mine / ".DS_Store").write_bytes(b"x")
    (mine / ".git").mkdir()
    (mine / "1" / ".directory").write_bytes(b"x")
    Classifier(read_bundle(mine))


def test_a_lambda_in_the_keras_model_is_not_run(mine, tmp_path):
    """Whoever seals it anew gets it past the checksums; it is never opened."""
    import keras

    ran = []
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Lambda(ran.append)])
    ran.clear()
    model.save(mine / names.KERAS_MODEL)
    with pytest.raises(BundleError, match="checksum differs"):
        read_bundle(mine)
    reseal(mine)
    Classifier(read_bundle(mine))
    assert ran == []
