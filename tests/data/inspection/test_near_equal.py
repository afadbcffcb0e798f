"""Near-equal pictures: what is one, what is none, and that nothing else is flagged."""

import io
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures_drawn import dataset, drawn
from PIL import Image

from versus.data.dataset import Split
from versus.data.inspection import near_equal, rows
from versus.data.inspection.correlation import compare
from versus.data.inspection.embedding import compressed, describe_shapes, reduced
from versus.data.inspection.near_equal import find_near_equal_pictures, near_equal_pairs
from versus.data.inspection.neighbours import nearest_rows

DIRECTIONS = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if y or x]


def moved(picture, down, right):
    padded = np.pad(picture, ((1, 1), (1, 1), (0, 0)))
    height, width = picture.shape[:2]
    return padded[1 - down : 1 - down + height, 1 - right : 1 - right + width]


def repacked(picture):
    packed = io.BytesIO()
    Image.fromarray(picture.squeeze()).save(packed, "JPEG", quality=80)
    return np.asarray(Image.open(packed)).reshape(picture.shape)


MANNERS = {
    **{f"by {d}": (lambda p, d=d: moved(p, *d)) for d in DIRECTIONS},
    "brighter": lambda p: np.minimum(p * 1.1, 255).astype(np.uint8),
    "darker": lambda p: (p * 0.9).astype(np.uint8),
    "jpeg": repacked,
}
KINDS = {
    "grey": {},
    "colour": {"channels": 3},
    "photographs": {"channels": 3, "photo": True, "size": 32},
    "large": {"size": 96, "photo": True},
}


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_near_copy_is_found_and_nothing_else(kind, manner):
    train, test = drawn(120, **KINDS[kind]), drawn(60, seed=1, **KINDS[kind])
    source = int(train.std(axis=(1, 2, 3)).argmax())  # JPEG's noise drowns the faintest
    test[7] = MANNERS[manner](train[source])
    assert not np.array_equal(test[7], train[source])
    pairs, alike = near_equal_pairs(*dataset(train, test).splits.values())
    assert pairs.tolist() == [[source, 7]]
    assert alike.correlation[0] > 0.98
    assert alike.residual[0] < 7


def test_within_a_split_each_pair_comes_once():
    train = drawn(50)
    train[40] = MANNERS["darker"](train[3])
    train[45] = MANNERS["jpeg"](train[3])
    split = dataset(train, drawn(4, seed=2)).train
    pairs, _ = near_equal_pairs(split, split)
    assert pairs.tolist() == [[3, 40], [3, 45], [40, 45]]


@pytest.mark.parametrize("change", ["two pixels", "mirrored", "inverted", "equal"])
def test_what_is_no_near_copy(change):
    train, test = drawn(60), drawn(30, seed=1)
    test[5] = {
        "two pixels": moved(moved(train[9], 0, 1), 0, 1),
        "mirrored": train[9][:, ::-1],
        "inverted": 255 - train[9],
        "equal": train[9],
    }[change]
    assert find_near_equal_pictures(dataset(train, test)) == []


def test_pictures_of_one_value_are_near_nothing():
    train, test = drawn(30), drawn(30, seed=1)
    train[:5], test[:5] = 30, 40
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert find_near_equal_pictures(dataset(train, test)) == []


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (2, 9), (3, 3), (65, 5), (200, 1)])
def test_any_size_will_do(shape):
    rng = np.random.default_rng(0)
    train, test = (rng.integers(0, 256, (n, *shape, 1), dtype=np.uint8) for n in (20, 10))
    for near in find_near_equal_pictures(dataset(train, test)):
        assert near.pairs


def test_what_is_told(monkeypatch):
    train, test = drawn(60), drawn(30, seed=1)
    test[4], test[9] = MANNERS["darker"](train[8]), MANNERS["brighter"](train[9])
    test[5] = MANNERS["jpeg"](train[8])  # of class 1, where row 8 of train is of class 0
    found = {(near.a, near.b): near for near in find_near_equal_pictures(dataset(train, test))}
    across = found["train", "test"]
    assert (across.count, across.pairs, across.conflicts) == (3, 3, 1)
    first = across.examples[0]  # the one under two labels
    assert (first.a_row, first.b_row, first.a_label, first.b_label) == (8, 5, "class 0", "class 1")
    assert across.sentence().startswith("3 test pictures are nearly equal to one in train")
    assert across.sentence().endswith("; 1 such pair under two labels")
    within = find_near_equal_pictures(dataset(train, test), within=False)
    assert [(near.a, near.b) for near in within] == [("train", "test")]
    assert ("test", "test") in found  # rows 4 and 5
    monkeypatch.setattr(near_equal, "MOST_EXAMPLES", 1)
    (one,) = find_near_equal_pictures(dataset(train, test), within=False)
    assert (one.pairs, len(one.examples)) == (3, 1)


def test_chunks_and_threads_change_nothing(monkeypatch):
    images = drawn(70, photo=True)
    once = describe_shapes(images, centred=False)
    pairs = np.stack([np.arange(69), np.arange(1, 70)], 1)
    alike = compare(images, images, pairs)
    monkeypatch.setattr(rows, "CHUNK_BYTES", 3 * 28 * 28)
    monkeypatch.setattr("versus.data.inspection.correlation.CHUNK_BYTES", 1)
    monkeypatch.setattr(rows, "cores", lambda: 1)
    assert np.allclose(describe_shapes(images, centred=False), once, atol=1e-5)
    again = compare(images, images, pairs)
    assert np.allclose(again.correlation, alike.correlation, atol=1e-5)
    assert np.allclose(again.residual, alike.residual, atol=1e-2)


def test_a_file_of_pictures_is_never_copied_whole(tmp_path):
    images = np.memmap(tmp_path / "images", np.uint8, "w+", shape=(40, 28, 28, 1))
    images[:] = drawn(40)
    images[30] = MANNERS["darker"](images[2])
    kept = np.memmap(tmp_path / "images", np.uint8, "r", shape=images.shape)
    split = Split(kept, np.zeros(40, np.int64))
    assert near_equal_pairs(split, split)[0].tolist() == [[2, 30]]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 700), st.integers(1, 300), st.integers(0, 99))
def test_the_nearest_row_is_among_those_found(count, others, seed):
    rng = np.random.default_rng(seed)
    one, other = (
        v / np.linalg.norm(v, axis=1, keepdims=True)
        for v in (rng.normal(size=(n, 8)).astype(np.float32) for n in (count, others))
    )
    products = one @ other.T
    found = set(map(tuple, nearest_rows(one, other, least=0.5, most=2).tolist()))
    for row in np.flatnonzero(products.max(axis=1) >= 0.5 + 1e-5):
        assert (row, products[row].argmax()) in found
    assert all(products[row, at] >= 0.5 - 1e-5 for row, at in found)
    within = nearest_rows(one, one, least=0.5, most=3)
    assert (within[:, 0] > within[:, 1]).all()


def test_compression_keeps_lengths_and_order_of_nearness():
    numbers = describe_shapes(drawn(80), centred=True)
    small = compressed(numbers, 16)
    assert small.shape == (80, 16)
    assert np.allclose(np.linalg.norm(small, axis=1), 1, atol=1e-5)
    assert compressed(numbers, 999).shape == numbers.shape


def test_averages_of_squares():
    images = np.arange(2 * 4 * 6, dtype=np.uint8).reshape(2, 4, 6, 1)
    small = reduced(images, 2)
    assert small.shape == (2, 2, 3, 1)
    assert small[0, 0, 0, 0] == images[0, :2, :2].mean()
