"""One contract for every model: what ONNX Runtime gives is what the Keras model gives."""

from types import SimpleNamespace

import numpy as np
import onnx
import pytest

from versus.backend import keras
from versus.bundles.classifier import Session
from versus.bundles.onnx_check import check_onnx
from versus.errors import BundleError
from versus.export.to_onnx import to_onnx
from versus.models.build import build
from versus.models.zoo import ZOO
from versus.training.inference import outputs

# The same layers as another but for what acts in training alone, or another number of filters.
SAME = {
    "fc-adam": "fc",
    "fc-dropout": "fc",
    "cnn-pool-augmented": "cnn-pool",
    "filters-32-3x3": "filters-64-3x3",
    "filters-32-5x5": "filters-64-5x5",
    "no-dropout": "filters-64-5x5",
    "kernel-5-controlled": "kernel-3-controlled",
    "kernel-7-controlled": "kernel-3-controlled",
    "lab-dropout": "lab",
    "resnet-v1-20": "resnet-v1-14",
    "vgg16-frozen": "vgg16-finetuned",
    "vgg16-frozen-preprocessed": "vgg16-finetuned",
}
SHAPE = (28, 28, 1)


def pictures(n, shape=SHAPE):
    return np.random.default_rng(n).integers(0, 256, (n, *shape), dtype=np.uint8)


def randomise(model):
    """Give moving averages and gammas values of their own, negative ones among the gammas."""
    rng = np.random.default_rng(0)
    for variable in model.variables:
        if "gamma" in variable.path:
            variable.assign(
                rng.choice([-1, 1], variable.shape) * rng.uniform(0.5, 1, variable.shape)
            )
        elif "moving_variance" in variable.path:
            variable.assign(rng.uniform(0.5, 1.5, variable.shape))
        elif "moving_mean" in variable.path or "beta" in variable.path:
            variable.assign(rng.uniform(-0.3, 0.3, variable.shape))


def agree(model, data, shape=SHAPE, sizes=(1, 2, 9)):
    # What is written must be read again: no operator, and no size, that a bundle may not have.
    told = SimpleNamespace(shape=shape), range(model.output_shape[-1])
    check_onnx(data, SimpleNamespace(preparation=told[0], classes=told[1]), "here")
    session = Session(data, 1, "here")
    for n in sizes:
        images = pictures(n, shape)
        found, expected = session(images), outputs(model, images)
        assert (found.shape, found.dtype) == (expected.shape, np.float32)
        np.testing.assert_allclose(found, expected, atol=1e-5)


# Nobody ships a support vector machine that has learned nothing; see test_estimator.py.
@pytest.mark.parametrize("name", [n for n in ZOO if n not in SAME and not n.startswith("svm")])
def test_every_built_in_model_becomes_onnx(name, monkeypatch):
    monkeypatch.setenv("VERSUS_WEIGHTS", "random")
    model = build(name, SHAPE, ZOO[name].classes)
    randomise(model)
    agree(model, to_onnx(model, from_logits=False), sizes=(1, 3))


@pytest.mark.parametrize("name", ["svm", "svm-poly"])
def test_a_machine_that_has_learned_becomes_onnx(name):
    labels = np.arange(60) % 3
    images = (pictures(60) // 2 + 40 * labels[:, None, None, None]).astype(np.uint8)
    model = build(name, SHAPE, 3).learn(images, labels)
    agree(model, to_onnx(model, from_logits=False))


@pytest.mark.parametrize("name", SAME)
def test_models_left_out_have_only_layers_that_were_tried(name, monkeypatch):
    monkeypatch.setenv("VERSUS_WEIGHTS", "random")

    def kinds(model):
        return {type(layer).__name__ for layer in model._flatten_layers()}

    asleep = {"Dropout", "SpatialDropout2D", "RandomTranslation", "RandomRotation", "RandomShift"}
    left, tried = build(name, SHAPE, 10), build(SAME[name], SHAPE, 10)
    assert kinds(left) - asleep <= kinds(tried) | {"Pipeline"}


def sequential(*layers, shape=SHAPE):
    return keras.Sequential([keras.Input(shape), keras.layers.Rescaling(1 / 255), *layers])


def ended(*layers, shape=SHAPE):
    tail = [keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")]
    return sequential(*layers, *tail, shape=shape)


@pytest.mark.parametrize(
    "layer",
    [
        lambda: keras.layers.UpSampling2D(2),
        lambda: keras.layers.GroupNormalization(4),
        lambda: keras.layers.AveragePooling2D(2, padding="same"),
        lambda: keras.layers.Conv2DTranspose(3, 3, strides=2),
        lambda: keras.layers.UnitNormalization(),
        lambda: keras.layers.Resizing(32, 41),
        lambda: keras.layers.Resizing(13, 9, interpolation="nearest"),
        lambda: keras.layers.Resizing(31, 12, interpolation="bicubic"),
        lambda: keras.layers.Resizing(20, 20, crop_to_aspect_ratio=True),
        lambda: keras.layers.ZeroPadding2D(2),
        lambda: keras.layers.Cropping2D(3),
        lambda: keras.layers.ReLU(6),
        lambda: keras.layers.Activation("celu"),
    ],
    ids=[
        *("up", "group", "average-same", "transposed", "unit", "larger", "nearest", "bicubic"),
        *("cropped to the ratio", "zeros", "cropping", "capped", "celu"),
    ],
)
def test_a_layer_that_runs_as_keras_runs_it_becomes_onnx(layer):
    model = ended(keras.layers.Conv2D(4, 3), layer())
    agree(model, to_onnx(model, from_logits=False))


@pytest.mark.parametrize("layer", ["LSTM", "GRU"])
def test_a_recurrent_net_reads_rows(layer):
    """Its first state has a size that the number of pictures decides."""
    kind = getattr(keras.layers, layer)
    rows = [keras.layers.Reshape((5, 6)), kind(5, return_sequences=True), kind(4)]
    model = ended(*rows, shape=(5, 6, 1))
    agree(model, to_onnx(model, from_logits=False), (5, 6, 1))


def test_rgb_and_odd_sizes():
    model = ended(keras.layers.Conv2D(4, 3), keras.layers.MaxPooling2D(), shape=(31, 17, 3))
    agree(model, to_onnx(model, from_logits=False), (31, 17, 3))


def test_logits_become_probabilities():
    model = sequential(keras.layers.Flatten(), keras.layers.Dense(3))
    found = Session(to_onnx(model, from_logits=True), 1, "here")(pictures(4))
    logits = outputs(model, pictures(4)).astype(np.float64)
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found, expected, atol=1e-6)


class Ownlayer(keras.layers.Layer):
    def call(self, x):
        return keras.ops.tanh(x) * 2


def test_a_layer_of_ones_own_is_traced():
    model = ended(Ownlayer())
    agree(model, to_onnx(model, from_logits=False))


class Looks(keras.layers.Layer):
    """Decides by a value: no graph says what it does."""

    def call(self, x):
        return x * 2 if float(keras.ops.max(x)) > 0.5 else x

    def compute_output_shape(self, shape):
        return shape


def test_a_layer_that_cannot_be_traced_is_refused_by_name(capfd):
    inputs = keras.Input(SHAPE)
    x = keras.layers.Flatten()(Looks()(inputs))
    model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(x))
    with pytest.raises(BundleError, match=r"cannot become ONNX: .*Looks.*model\.keras"):
        to_onnx(model, from_logits=False)
    assert capfd.readouterr() == ("", "")


def test_the_file_tells_nothing_of_this_machine():
    data = to_onnx(build("cnn-pool", SHAPE, 10), from_logits=False, metadata={"versus": "yes"})
    for text in (b"site-packages", b"versus/training", b"/root", b"/home"):
        assert text not in data
    model = onnx.ModelProto.FromString(data)
    assert {each.key: each.value for each in model.metadata_props} == {"versus": "yes"}
    onnx.checker.check_model(model, full_check=True)


def test_the_same_weights_give_the_same_bytes():
    model = build("cnn-stride", SHAPE, 10)
    assert to_onnx(model, from_logits=False) == to_onnx(model, from_logits=False)


def test_max_pooling_is_one_operator():
    """Not the pairs that are fast on torch: ONNX Runtime has a kernel for it."""
    model = onnx.ModelProto.FromString(to_onnx(build("cnn-pool", SHAPE, 10), from_logits=False))
    kinds = [node.op_type for node in model.graph.node]
    assert kinds.count("MaxPool") == 2
    assert "Slice" not in kinds
