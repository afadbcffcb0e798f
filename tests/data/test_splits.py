"""Validation pictures: where Keras cuts, and the same share of each class."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from versus.backend import keras
from versus.data import splits
from versus.errors import ConfigurationError, DataError


@given(st.integers(2, 3000), st.floats(0.001, 0.999))
@example(10, 0.8)  # 10 - 10 * 0.8 is cut elsewhere
def test_tail_cuts_where_keras_cuts(count, fraction):
    keras_split = keras.src.trainers.data_adapters.array_slicing.train_validation_split
    rows = np.arange(count)
    try:
        ((kept,), (held_out,)) = keras_split((rows,), fraction)
    except ValueError:
        with pytest.raises(DataError):
            splits.tail(count, fraction)
        return
    ours = splits.tail(count, fraction)
    assert np.array_equal(ours[0], np.asarray(kept))
    assert np.array_equal(ours[1], np.asarray(held_out))


def test_tail_of_mnist():
    train, validation = splits.tail(60_000, 0.2)
    assert (train.dtype, validation.dtype) == (np.int64, np.int64)
    assert (train[0], train[-1], validation[0], validation[-1]) == (0, 47_999, 48_000, 59_999)


@pytest.mark.parametrize(("count", "fraction"), [(0, 0.5), (1, 0.5), (4, 0.9), (4, 1e-20)])
def test_tail_refuses_an_empty_part(count, fraction):
    with pytest.raises(DataError, match=f"fraction of {fraction} leaves . of {count} pictures"):
        splits.tail(count, fraction)


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 1.5, float("nan")])
def test_a_fraction_lies_between_0_and_1(fraction):
    with pytest.raises(ConfigurationError, match="above 0 and below 1; got"):
        splits.tail(100, fraction)
    with pytest.raises(ConfigurationError, match="above 0 and below 1; got"):
        splits.stratified(np.zeros(100, dtype=np.int64), fraction, np.random.default_rng(0))


@given(
    st.lists(st.integers(2, 60), min_size=1, max_size=6), st.floats(0.01, 0.99), st.integers(0, 99)
)
def test_stratified_takes_the_same_share_of_each_class(sizes, fraction, seed):
    labels = np.random.default_rng(1).permutation(np.repeat(np.arange(len(sizes)), sizes))
    train, validation = splits.stratified(labels, fraction, np.random.default_rng(seed))
    assert np.array_equal(np.sort(np.concatenate([train, validation])), np.arange(len(labels)))
    assert (np.diff(train) > 0).all()
    assert (np.diff(validation) > 0).all()
    assert (train.dtype, validation.dtype) == (np.int64, np.int64)
    for label, size in enumerate(sizes):
        taken = int((labels[validation] == label).sum())
        assert 1 <= taken <= size - 1
        assert taken in (1, size - 1) or abs(taken - fraction * size) <= 0.5


def test_stratified_depends_on_the_generator_alone():
    labels = np.repeat(np.arange(3), 40)
    first, again, other = (
        splits.stratified(labels, 0.25, np.random.default_rng(seed))[1] for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_stratified_names_a_class_of_one():
    labels, rng = np.array([0, 0, 1, 1, 2]), np.random.default_rng(0)
    with pytest.raises(DataError, match="class '2' has one picture, at row 4"):
        splits.stratified(labels, 0.5, rng)
    with pytest.raises(DataError, match="class 'cat' has one picture, at row 4"):
        splits.stratified(labels, 0.5, rng, ("ape", "bee", "cat"))
    with pytest.raises(DataError, match="got none"):
        splits.stratified(np.array([], dtype=np.int64), 0.5, np.random.default_rng(0))


def test_rows_are_drawn_as_scikit_learn_draws_them():
    """Document E's split: 48,000 and 12,000 of 60,000, random_state 13."""
    kept, held_out = train_test_split(np.arange(60_000), test_size=0.2, random_state=13)
    train, validation = splits.drawn(60_000, 0.2, 13)
    np.testing.assert_array_equal(train, np.sort(kept))
    np.testing.assert_array_equal(validation, np.sort(held_out))
    assert train.dtype == validation.dtype == np.int64


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_to_draw_from(count):
    with pytest.raises(DataError, match=f"leaves 0 of {count} pictures to train on"):
        splits.drawn(count, 0.5, 0)
