"""A bundle is read whole and unchanged, or not at all; nothing in it is run."""

import json
import pickle
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shipping import change_manifest, copy_bundle, reseal

from versus.bundles import manifest as names
from versus.bundles import reading
from versus.bundles.classifier import Classifier
from versus.bundles.reading import read_bundle
from versus.errors import BundleError


@pytest.fixture
def mine(bundle, tmp_path):
    return copy_bundle(bundle, tmp_path / "mine")


def test_a_bundle_answers(bundle):
    found = read_bundle(bundle)
    assert found.manifest.classes == ("band 0", "band 1", "band 2")
    assert found.hardest.shape == (48, 8, 8, 1)
    rows = Classifier(found)(np.ascontiguousarray(found.hardest))
    assert (rows.shape, rows.dtype) == ((48, 3), np.float32)
    own = [hard.probability for hard in found.manifest.hardest]
    labels = [hard.label for hard in found.manifest.hardest]
    np.testing.assert_allclose(rows[np.arange(48), labels], own, atol=1e-5)
    assert own == sorted(own)


@settings(max_examples=60, deadline=None)
@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_changed_bit_of_the_manifest_is_seen(bundle, where, bit, tmp_path_factory):
    mine = copy_bundle(bundle, tmp_path_factory.mktemp("bits") / "mine")
    path = mine / names.MANIFEST
    data = bytearray(path.read_bytes())
    data[int(where * len(data))] ^= 1 << bit
    path.write_bytes(bytes(data))
    try:
        same = json.loads(bytes(data)) == json.loads((bundle / names.MANIFEST).read_bytes())
    except ValueError:
        same = False
    if not same:  # a space may become another one
        with pytest.raises(BundleError):
            read_bundle(mine)


@pytest.mark.parametrize("name", [names.MODEL, names.MANIFEST])
def test_a_file_that_is_too_large_is_refused_unread(mine, name, monkeypatch):
    monkeypatch.setitem(reading.MOST_BYTES, name, 100)
    with pytest.raises(BundleError, match="at most 100"):
        read_bundle(mine)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda m: m["files"].update({"../../etc/passwd": m["files"][names.CARD]}), "no other"),
        (lambda m: m["files"].update({"/etc/passwd": m["files"][names.CARD]}), "no other"),
        (lambda m: m["files"].pop(names.MODEL), "among the files"),
        (lambda m: m["hardest"].pop(), "3,008 bytes"),
        (lambda m: m["hardest"][0].update(label=3), "no class 3"),
        (lambda m: m["preparation"].update(height=10**6), "height"),
        (lambda m: m.update(name="../x"), "name"),
        (lambda m: m.update(format=2), "newer versus"),
        (lambda m: m.update(extra=1), "extra"),
        (lambda m: m.update(classes=["one"]), "classes"),
    ],
)
def test_what_a_sealed_manifest_may_not_say(mine, change, reason):
    change_manifest(mine, change)
    with pytest.raises(BundleError, match=reason):
        read_bundle(mine)


def test_a_manifest_nested_too_deeply_is_damaged(mine):
    (mine / names.MANIFEST).write_text("[" * 100_000)
    with pytest.raises(BundleError, match="damaged"):
        read_bundle(mine)


def test_no_bundle_is_said_to_be_none(tmp_path):
    with pytest.raises(BundleError, match="no bundle here"):
        read_bundle(tmp_path)


def test_other_classes_than_the_model_gives_are_refused(mine):
    change_manifest(mine, lambda m: m["classes"].append("a fourth"))
    with pytest.raises(BundleError, match="gives"):
        Classifier(read_bundle(mine))


class Evil:
    def __reduce__(self):
        return (sys.exit, ("it ran",))


def test_nothing_in_a_bundle_is_unpickled_or_run(mine):
    Classifier(read_bundle(mine))  # everything is imported once
    seen = []

    def watch(event, args):
        if watching:
            seen.append((event, args))

    watching = False
    sys.addaudithook(watch)
    (mine / names.KERAS_MODEL).write_bytes(pickle.dumps(Evil()))
    reseal(mine)
    watching = True
    try:
        Classifier(read_bundle(mine))
    finally:
        watching = False
    events = {event for event, _ in seen}
    assert not {e for e in events if e.startswith(("pickle", "socket", "subprocess", "exec"))}
    opened = {str(args[0]) for event, args in seen if event == "open" and isinstance(args[0], str)}
    assert opened
    assert all(str(mine) in path for path in opened), opened


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((1, 8, 8, 1), np.float32),
        np.zeros((1, 9, 8, 1), np.uint8),
        np.zeros((8, 8, 1), np.uint8),
    ],
)
def test_other_pictures_than_its_own_are_refused(bundle, images):
    with pytest.raises(BundleError, match=r"expected uint8 pictures \[n, 8, 8, 1\]"):
        Classifier(read_bundle(bundle))(images)
