"""Calibration: by hand, by simulation, and that no order of the pictures plays a part."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from versus.errors import ConfigurationError
from versus.evaluation.calibration import (
    calibration,
    ece,
    ece_by_chance,
    ece_debiased,
    equal_mass_bins,
)
from versus.evaluation.metrics import nll, summarise_splits
from versus.evaluation.predictions import Predictions
from versus.evaluation.temperature import at_temperature, fit_temperature


def binary(confidence, correct) -> Predictions:
    """Two classes, class 0 predicted with these confidences."""
    sure = np.asarray(confidence, dtype=np.float32)
    labels = np.where(np.asarray(correct), 0, 1)
    rows = np.stack([sure, 1 - sure], axis=1)
    return Predictions(rows, labels, np.arange(len(labels)), ("a", "b"))


def drawn(rng, n, true=lambda sure: sure, low=0.6):
    """Pictures of random confidence, each right with probability `true(confidence)`."""
    sure = rng.uniform(low, 1, size=n).astype(np.float32)
    return binary(sure, rng.random(n) < true(sure))


@st.composite
def any_predictions(draw, least=1):
    n, k = draw(st.integers(least, 60)), draw(st.integers(2, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = rng.dirichlet(np.full(k, draw(st.sampled_from([0.05, 0.5, 5.0]))), size=n)
    if draw(st.booleans()):  # many of one confidence, as easy data have
        rows = np.eye(k)[rng.integers(k, size=n)] * 0.5 + 0.5 / k
    labels = rng.integers(k, size=n)
    return Predictions(rows.astype(np.float32), labels, np.arange(n), tuple("abcdef"[:k]))


def test_bins_by_hand():
    made = binary([0.9, 0.6, 0.8, 0.7], [True, False, False, True])
    bins = equal_mass_bins(made, bins=2)
    np.testing.assert_allclose(bins.confidence, [0.65, 0.85], rtol=1e-6)
    assert bins.accuracy.tolist() == [0.5, 0.5]
    assert bins.count.tolist() == [2, 2]
    assert ece(bins) == pytest.approx(0.25, rel=1e-6)
    # A binomial of two with p = 0.65 deviates by 2 x 2 x 0.35 x 0.65^2 from its mean 1.3.
    first, second = 4 * 0.35 * 0.65**2 / 2, 4 * 0.15 * 0.85**2 / 2
    assert ece_by_chance(bins) == pytest.approx((first + second) / 2, rel=1e-5)


def test_pictures_of_one_confidence_stay_together():
    bins = equal_mass_bins(binary([0.6, 0.6, 0.6, 0.9], [True, False, True, True]), bins=2)
    assert bins.count.tolist() == [3, 1]
    assert bins.accuracy.tolist() == pytest.approx([2 / 3, 1])


def test_as_many_bins_as_asked_for_where_all_differ():
    bins = equal_mass_bins(drawn(np.random.default_rng(0), 1000))
    assert len(bins.count) == 15
    assert set(bins.count) <= {66, 67}


def test_a_model_that_is_always_right_and_sure_has_no_error():
    bins = equal_mass_bins(binary(np.ones(50), np.ones(50, bool)))
    assert (ece(bins), ece_by_chance(bins), ece_debiased(bins)) == (0, 0, 0)


@given(made=any_predictions(), seed=st.integers(0, 2**32 - 1))
def test_the_order_of_the_pictures_plays_no_part(made, seed):
    order = np.random.default_rng(seed).permutation(len(made))
    other = Predictions(
        made.probabilities[order], made.labels[order], made.indices[order], made.classes
    )
    here, there = calibration(made), calibration(other)
    for key in ("ece", "ece_by_chance", "ece_debiased"):
        assert here[key] == pytest.approx(there[key], abs=1e-12)


@given(made=any_predictions())
def test_every_picture_is_in_one_bin_and_the_error_in_its_bounds(made):
    bins = equal_mass_bins(made)
    assert bins.count.sum() == len(made)
    assert (bins.count * bins.accuracy).sum() == pytest.approx(made.correct.sum())
    assert (np.diff(bins.confidence) > 0).all()
    gap = abs(made.correct.mean() - made.confidence.mean(dtype=float))
    assert gap - 1e-9 <= ece(bins) <= 1
    assert 0 <= ece_debiased(bins) <= ece(bins) + 1e-12


@pytest.mark.parametrize(("n", "low"), [(200, 0.6), (1000, 0.6), (10_000, 0.97)])
def test_the_bias_of_a_calibrated_model_is_the_one_stated(n, low):
    """Its true error is 0; what it shows is `ece_by_chance`, to two standard errors or 2 %."""
    rng = np.random.default_rng(1)
    found = [equal_mass_bins(drawn(rng, n, low=low)) for _ in range(400)]
    seen = np.array([ece(bins) for bins in found])
    stated = np.mean([ece_by_chance(bins) for bins in found])
    assert abs(seen.mean() - stated) < max(2 * seen.std() / 20, 0.02 * stated)
    assert stated > 0.0005
    # Debiasing takes about two fifths of it away.
    assert 0.5 * stated < np.mean([ece_debiased(bins) for bins in found]) < 0.7 * stated


def test_debiasing_helps_where_the_model_is_too_sure():
    """Right 3 points less often than it says: the true error is 0.03 in every bin."""
    rng = np.random.default_rng(2)
    found = [equal_mass_bins(drawn(rng, 1000, lambda sure: sure - 0.03)) for _ in range(400)]
    plain = np.mean([ece(bins) for bins in found]) - 0.03
    debiased = np.mean([ece_debiased(bins) for bins in found]) - 0.03
    assert plain > 0.01
    assert abs(debiased) < 0.6 * plain


@settings(deadline=None, max_examples=20)
@given(st.floats(0.3, 4.0), st.integers(0, 1000))
def test_the_temperature_that_was_put_in_is_found_again(temperature, seed):
    rng = np.random.default_rng(seed)
    logits = 3 * rng.normal(size=(4000, 5))
    true = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = (rng.random((4000, 1)) > true.cumsum(1)).sum(1).clip(max=4)
    calibrated = Predictions(true.astype(np.float32), labels, np.arange(4000), tuple("abcde"))
    distorted = at_temperature(calibrated, 1 / temperature)
    assert fit_temperature(distorted) == pytest.approx(temperature, rel=0.1)
    np.testing.assert_array_equal(distorted.predicted, calibrated.predicted)


@settings(deadline=None)
@given(any_predictions(least=2))
def test_no_temperature_is_better_than_the_fitted_one(made):
    fitted = fit_temperature(made)
    if fitted is not None:
        assert 0.05 < fitted < 20
        at = nll(at_temperature(made, fitted))
        for other in (0.8, 0.97, 1.03, 1.25):
            assert at <= nll(at_temperature(made, fitted * other)) + 1e-4


def test_pictures_that_are_all_right_tell_no_temperature():
    assert fit_temperature(binary([0.9, 0.8, 0.7], [True] * 3)) is None


def test_a_temperature_is_above_zero():
    with pytest.raises(ConfigurationError, match="temperature above 0"):
        at_temperature(binary([0.9], [True]), 0.0)


def test_the_temperature_comes_from_validation_only():
    rng = np.random.default_rng(3)
    validation = drawn(rng, 2000, lambda sure: sure - 0.1)
    test, other = drawn(rng, 500, lambda sure: sure - 0.1), drawn(rng, 500)
    found, again = summarise_splits(validation, test), summarise_splits(validation, other)
    assert found["validation"] == again["validation"]
    assert found["validation"]["temperature"] > 1.1
    assert found["test"]["calibrated"]["nll"] < found["test"]["nll"]
    assert found["test"]["calibrated"]["ece"] < found["test"]["ece"]
    assert "calibrated" not in found["validation"]


def test_nothing_is_calibrated_on_the_pictures_it_was_fitted_on():
    made = drawn(np.random.default_rng(4), 300)
    assert "calibrated" not in summarise_splits(made, made)["test"]
    assert list(summarise_splits(made, None)) == ["validation"]
