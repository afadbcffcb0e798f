"""A support vector machine of scikit-learn: the same answers as a Keras model, and its limits."""

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from versus.backend import keras
from versus.errors import ModelError
from versus.models.build import build
from versus.models.builder import find_builder
from versus.models.estimator import Estimator, support_vector_machine
from versus.models.kernel_machine import KERNELS, kernel_machine
from versus.training.inference import outputs
from versus.training.lowering.graph import why_not


def pictures(classes, n=90, seed=0):
    """Overlapping classes, so that pairs disagree and pictures are told wrong."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    images = rng.integers(0, 140, (n, 4, 3, 1)) + 25 * labels[:, None, None, None]
    return images.astype(np.uint8), labels


@pytest.mark.parametrize("classes", [2, 3, 7])
@pytest.mark.parametrize("kernel", KERNELS)
def test_it_answers_as_scikit_learn_does(kernel, classes):
    images, labels = pictures(classes)
    shown, _ = pictures(classes, seed=1)
    model = build(support_vector_machine(2, kernel=kernel, coef0=0.5), (4, 3, 1), classes)
    learned = model.learn(images, labels)
    scaler = StandardScaler().fit(images.reshape(90, -1).astype(float))
    svc = SVC(C=2, kernel=kernel, coef0=0.5, break_ties=classes > 2)
    svc.fit(scaler.transform(images.reshape(90, -1).astype(float)), labels)
    rows = scaler.transform(shown.reshape(90, -1).astype(float))
    found = outputs(learned, shown)
    np.testing.assert_array_equal(found.argmax(axis=1), svc.predict(rows))
    if classes > 2:  # of two classes scikit-learn has one number, not two
        scores = np.exp(svc.decision_function(rows))
        np.testing.assert_allclose(found, scores / scores.sum(1, keepdims=True), atol=1e-4)
    # MKL's sums go by where memory begins on some processors, so bits may differ.
    np.testing.assert_allclose(outputs(model, shown), found, rtol=1e-5, atol=1e-6)


def test_many_support_vectors_do_not_round_its_decisions_away():
    """Of pictures without any pattern all become support vectors, of the greatest weight."""
    rng = np.random.default_rng(0)
    rows, labels = rng.normal(size=(4000, 48)), np.arange(4000) % 3
    svc = SVC(C=10, gamma=0.001, decision_function_shape="ovo").fit(rows, labels)
    weights = np.abs(svc.dual_coef_).sum()
    assert weights > 10_000, "sums that stay small would round to nothing in any order"
    model = kernel_machine(svc, (8, 6, 1), np.zeros(48), np.ones(48), "many")
    decisions = keras.Model(model.inputs[0], model.get_layer("pairs").output)
    shown = rng.normal(size=(50, 48))
    found = keras.ops.convert_to_numpy(decisions(shown.reshape(-1, 8, 6, 1).astype(np.float32)))
    off = np.abs(found - svc.decision_function(shown)).max()
    assert off < 5e-4, off


def test_a_pixel_that_is_always_the_same_does_no_harm():
    images, labels = pictures(3)
    images[:, 0, 0] = 0
    learned = build("svm", (4, 3, 1), 3).learn(images, labels)
    images[0, 0, 0] = 255  # never seen so
    assert np.isfinite(outputs(learned, images)).all()


def test_it_is_saved_as_a_keras_model_of_ordinary_layers(tmp_path):
    images, labels = pictures(3)
    model = build("svm", (4, 3, 1), 3)
    with pytest.raises(ModelError, match="has learned nothing yet"):
        model.save(tmp_path / "model.keras")
    model.learn(images, labels)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert all(type(layer).__module__.startswith("keras.src.") for layer in again.layers)
    assert why_not(again) == ""
    np.testing.assert_allclose(outputs(again, images), outputs(model, images), rtol=1e-5, atol=1e-6)


def test_before_it_has_learned_it_knows_nothing():
    model = build("svm", (4, 3, 1), 3)
    assert isinstance(model, Estimator)
    assert model.count_params() == 0
    np.testing.assert_allclose(outputs(model, pictures(3)[0]), 1 / 3)
    with pytest.raises(ModelError, match=r"not by Keras's fit: use versus.fit"):
        model.fit(*pictures(3))


def test_its_settings_are_part_of_what_is_built():
    hashes = {find_builder(support_vector_machine(c)).source_sha256 for c in (1.0, 10.0)}
    assert len(hashes) == 2
    assert "scikit-learn" in build("svm", (4, 3, 1), 3).about


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"c": -1}, "expected c above 0; got -1"),
        ({"c": float("nan")}, "expected c above 0; got nan"),
        ({"gamma": -0.5}, "expected gamma 'scale', 'auto', or 0 or more; got -0.5"),
        ({"gamma": "large"}, r"expected gamma .* got 'large'"),
        ({"degree": -2}, "a degree of 0 or more; got -2"),
    ],
)
def test_numbers_that_cannot_be_are_refused_when_it_is_made(given, said):
    with pytest.raises(ModelError, match=said):
        support_vector_machine(**given)


def test_what_it_cannot_do():
    with pytest.raises(ModelError, match="expected kernel rbf or linear or poly; got 'sigmoid'"):
        support_vector_machine(kernel="sigmoid")
    images, labels = pictures(3)
    with pytest.raises(ModelError, match="none of class 1"):
        build("svm", (4, 3, 1), 3).learn(images[labels != 1], labels[labels != 1])
    svc = SVC(kernel="sigmoid").fit(images.reshape(90, -1), labels)
    with pytest.raises(ModelError, match="sigmoid"):
        kernel_machine(svc, (4, 3, 1), np.zeros(12), np.ones(12), "svm")
