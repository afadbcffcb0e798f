"""One contract for every built-in model."""

import numpy as np
import pytest

from versus.backend import keras
from versus.errors import ModelError
from versus.models.build import architecture_sha256, build
from versus.models.builder import find_builder
from versus.models.cost import cost
from versus.models.resnet_v1 import resnet_v1
from versus.models.zoo import ZOO

DOCUMENT_SHAPE = (28, 28, 1)
SHAPE = (29, 28, 1)  # the smallest that a 7x7 net of document B takes is 27
MULTIPLY_ADDS = {
    "fc": 784 * 500 + 500 * 100 + 100 * 10,
    "fc-dropout": 784 * 500 + 500 * 100 + 100 * 10,
    "cnn-pool": 28 * 28 * 9 * 16 + 14 * 14 * 9 * 16 * 32 + 7 * 7 * 32 * 10,
    "cnn-stride": 14 * 14 * 9 * 16 + 7 * 7 * 9 * 16 * 32 + 7 * 7 * 32 * 10,
}
# Document C gives VGG16 values of 0 to 255; VGG16's own preprocessing only takes means away.
SCALES = {
    "vgg16-frozen": [],
    "vgg16-frozen-preprocessed": [[1.0, 1.0, 1.0]],
    "vgg16-finetuned": [[1.0, 1.0, 1.0]],
}
# In which only the kernel changes, so only what follows from it may.
CONTROLLED = ("kernel-3-controlled", "kernel-5-controlled", "kernel-7-controlled")


@pytest.fixture(autouse=True)
def _untrained(monkeypatch):
    """Shapes and counts need no weights from the network."""
    monkeypatch.setenv("VERSUS_WEIGHTS", "random")


# What scikit-learn learns has tests of its own.
every_model = pytest.mark.parametrize("name", [n for n in ZOO if ZOO[n].learned_by == "keras"])


@every_model
def test_parameters_are_those_of_the_document(name):
    found = cost(build(name, DOCUMENT_SHAPE, ZOO[name].classes))
    assert found.parameters == ZOO[name].parameters
    assert found.trainable == ZOO[name].trainable


@pytest.mark.parametrize("name", MULTIPLY_ADDS)
def test_multiply_adds_are_those_worked_out_by_hand(name):
    assert cost(build(name, DOCUMENT_SHAPE, 10)).multiply_adds == MULTIPLY_ADDS[name]


@every_model
@pytest.mark.parametrize(("shape", "classes"), [((28, 28, 1), 10), ((31, 34, 3), 4)])
def test_output_is_a_probability_for_each_class(name, shape, classes):
    model = build(name, shape, classes)
    images = np.random.default_rng(0).integers(0, 256, (5, *shape), dtype=np.uint8)
    rows = model.predict(images, verbose=0)
    assert rows.shape == (5, classes)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-5)


@every_model
def test_the_model_scales_its_own_input(name):
    model = build(name, DOCUMENT_SHAPE, 10)
    scaling = [layer for layer in model.layers if isinstance(layer, keras.layers.Rescaling)]
    assert [layer.scale for layer in scaling] == SCALES.get(name, [1 / 255])


@every_model
def test_the_seed_decides_the_weights(name):
    first, again, other = (build(name, SHAPE, 3, seed) for seed in (1, 1, 2))
    assert all((a == b).all() for a, b in zip(weights(first), weights(again), strict=True))
    assert any((a != b).any() for a, b in zip(weights(first), weights(other), strict=True))


@every_model
def test_the_architecture_is_told_by_its_hash(name):
    assert architecture_sha256(build(name, SHAPE, 3)) == architecture_sha256(
        build(name, SHAPE, 3, seed=5)
    )
    assert architecture_sha256(build(name, SHAPE, 3)) != architecture_sha256(build(name, SHAPE, 4))


def test_every_hash_is_its_own():
    # The names of models count, so dropout and filters-64-5x5, one system twice, differ too.
    hashes = {architecture_sha256(build(name, SHAPE, 3)) for name in ZOO}
    assert len(hashes) == len(ZOO)


def test_the_zoo_names_what_it_holds():
    for name, entry in ZOO.items():
        assert entry.name == name
        assert build(name, SHAPE, 3).name == name
        assert find_builder(name).source_sha256
        assert entry.document in "ABCDE"


def test_of_the_controlled_nets_only_the_kernel_differs():
    configs = []
    for name in CONTROLLED:
        model = build(name, DOCUMENT_SHAPE, 10)
        configs.append([{**layer.get_config()} for layer in model.layers])
        kernels = {c.pop("kernel_size") for c in configs[-1] if "kernel_size" in c}
        assert kernels == {(int(name.split("-")[1]),) * 2}
        for config in configs[-1]:  # dtype policies are objects of their own; seeds are random
            config.pop("dtype")
            config.pop("seed", None)
    assert configs[0] == configs[1] == configs[2]


def test_fc_is_one_model_in_both_apis():
    """Document A's Sequential net, written with the functional API, is the same net."""
    layers = keras.layers

    def fc_functional(input_shape, classes):
        inputs = keras.Input(input_shape)
        x = layers.Flatten()(layers.Rescaling(1 / 255)(inputs))
        x = layers.Dense(500, activation="relu")(x)
        x = layers.Dense(100, activation="relu")(x)
        return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x), name="fc")

    sequential, functional = (build(m, DOCUMENT_SHAPE, 10, seed=3) for m in ("fc", fc_functional))
    assert isinstance(sequential, keras.Sequential)
    assert not isinstance(functional, keras.Sequential)
    assert cost(sequential) == cost(functional)
    for ours, theirs in zip(weights(sequential), weights(functional), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    images = np.random.default_rng(0).integers(0, 256, (32, *DOCUMENT_SHAPE), dtype=np.uint8)
    for model in (sequential, functional):
        model.compile("sgd", "sparse_categorical_crossentropy")
        model.train_on_batch(images, np.arange(32) % 10)
    np.testing.assert_array_equal(
        sequential.predict(images, verbose=0), functional.predict(images, verbose=0)
    )


def weights(model):
    return [weight.value.detach().cpu().numpy() for weight in model.weights]


@pytest.mark.parametrize("depth", [-4, 0, 3, 9])
def test_a_resnet_has_a_depth_of_6n_plus_2(depth):
    with pytest.raises(ModelError, match=f"expected a depth of 6n\\+2.*got {depth}"):
        resnet_v1(depth, "resnet")
