"""Each layer in torch against the Keras layer, forward and backward, to 1e-9 in float64."""

import numpy as np
import pytest
from agreement import assert_agrees, kept_as_keras, sequential

from versus.backend import keras, torch
from versus.models.build import build
from versus.models.pretrained import untrained
from versus.models.zoo import ZOO
from versus.training.lowering.program import lower

L = keras.layers
PICTURE = (9, 8, 3)

NATIVE = {
    "dense": lambda: sequential((7,), L.Dense(5)),
    "dense, no bias": lambda: sequential((7,), L.Dense(5, use_bias=False)),
    "dense on rank 3": lambda: sequential((4, 7), L.Dense(5, activation="tanh")),
    "dense on a picture": lambda: sequential(PICTURE, L.Dense(5, activation="relu")),
    "conv valid": lambda: sequential(PICTURE, L.Conv2D(4, 3)),
    "conv same": lambda: sequential(PICTURE, L.Conv2D(4, 3, padding="same", activation="relu")),
    "conv same, even kernel": lambda: sequential(PICTURE, L.Conv2D(4, 2, padding="same")),
    "conv same, stride 2": lambda: sequential(PICTURE, L.Conv2D(4, 3, 2, padding="same")),
    "conv same, stride 2 on 28": lambda: sequential((28, 28, 1), L.Conv2D(2, 3, 2, padding="same")),
    "conv same, stride 3, kernel 2": lambda: sequential(PICTURE, L.Conv2D(4, 2, 3, padding="same")),
    "conv uneven": lambda: sequential(PICTURE, L.Conv2D(4, (3, 5), (2, 1), padding="same")),
    "conv dilated": lambda: sequential(PICTURE, L.Conv2D(4, 3, dilation_rate=2, padding="same")),
    "conv grouped": lambda: sequential((6, 6, 4), L.Conv2D(6, 3, groups=2)),
    "conv, no bias": lambda: sequential(PICTURE, L.Conv2D(4, 1, use_bias=False)),
    "conv of one channel": lambda: sequential((9, 8, 1), L.Conv2D(4, 3, activation="relu")),
    "conv of one channel, no bias, even": lambda: sequential(
        (9, 8, 1), L.Conv2D(4, (2, 4), padding="same", use_bias=False)
    ),
    "conv of one channel, stride 2": lambda: sequential(
        (9, 8, 1), L.Conv2D(3, 3, (2, 3), padding="same", activation="relu")
    ),
    "conv of one channel, dilated": lambda: sequential(
        (9, 8, 1), L.Conv2D(3, (3, 2), dilation_rate=(2, 3), padding="same")
    ),
    "conv of one channel behind another layer": lambda: sequential(
        (9, 8, 1), L.BatchNormalization(), L.ReLU(), L.Conv2D(3, 3, padding="same"), L.ReLU()
    ),
    "conv of one channel to one channel": lambda: sequential((9, 8, 1), L.Conv2D(1, 1)),
    "depthwise": lambda: sequential(PICTURE, L.DepthwiseConv2D(3, depth_multiplier=2)),
    "depthwise same, stride 2": lambda: sequential(
        PICTURE, L.DepthwiseConv2D(3, 2, padding="same", activation="relu")
    ),
    "separable": lambda: sequential(PICTURE, L.SeparableConv2D(5, 3, depth_multiplier=2)),
    "separable same": lambda: sequential(
        PICTURE, L.SeparableConv2D(5, 3, padding="same", activation="elu")
    ),
    "max pool": lambda: sequential(PICTURE, L.MaxPooling2D(2)),
    "max pool same": lambda: sequential(PICTURE, L.MaxPooling2D(2, padding="same")),
    "max pool overlapping": lambda: sequential(PICTURE, L.MaxPooling2D(3, 2, padding="same")),
    "average pool": lambda: sequential(PICTURE, L.AveragePooling2D((2, 3), (2, 1))),
    "global average": lambda: sequential(PICTURE, L.GlobalAveragePooling2D()),
    "global average, kept": lambda: sequential(PICTURE, L.GlobalAveragePooling2D(keepdims=True)),
    "global max": lambda: sequential(PICTURE, L.GlobalMaxPooling2D()),
    "batch norm of pictures": lambda: sequential(PICTURE, L.BatchNormalization()),
    "batch norm of vectors": lambda: sequential((7,), L.BatchNormalization(momentum=0.9)),
    "batch norm bare": lambda: sequential(PICTURE, L.BatchNormalization(center=False, scale=False)),
    "frozen batch norm": lambda: sequential(PICTURE, L.BatchNormalization(trainable=False)),
    "layer norm of pictures": lambda: sequential(PICTURE, L.LayerNormalization()),
    "layer norm of vectors": lambda: sequential((7,), L.LayerNormalization(epsilon=1e-2)),
    "flatten": lambda: sequential(PICTURE, L.Conv2D(4, 3), L.Flatten(), L.Dense(3)),
    "reshape to a picture": lambda: sequential((24,), L.Reshape((4, 3, 2)), L.Conv2D(2, 2)),
    "reshape a picture": lambda: sequential(
        PICTURE, L.Conv2D(4, 3), L.Reshape((6, -1)), L.Dense(2)
    ),
    "zero padding": lambda: sequential(PICTURE, L.ZeroPadding2D(((1, 2), (0, 3)))),
    "rescaling": lambda: sequential(PICTURE, L.Rescaling(1 / 255, offset=-0.5)),
    "resizing up": lambda: sequential(PICTURE, L.Resizing(13, 15)),
    "resizing down": lambda: sequential(PICTURE, L.Resizing(4, 5), L.Conv2D(2, 2)),
    "resizing, antialiased": lambda: sequential(PICTURE, L.Resizing(4, 5, antialias=True)),
    "resizing to the nearest": lambda: sequential(PICTURE, L.Resizing(4, 20, "nearest")),
    "resizing bicubic": lambda: sequential(PICTURE, L.Resizing(12, 5, "bicubic")),
    "identity": lambda: sequential(PICTURE, L.Identity()),
    "softmax": lambda: sequential((7,), L.Dense(5), L.Softmax()),
    "softmax of pictures": lambda: sequential(PICTURE, L.Conv2D(4, 3, activation="softmax")),
    "relu": lambda: sequential(PICTURE, L.ReLU()),
    "relu capped": lambda: sequential(PICTURE, L.ReLU(max_value=0.5)),
    "relu leaky": lambda: sequential(PICTURE, L.ReLU(negative_slope=0.1)),
    "leaky relu": lambda: sequential(PICTURE, L.LeakyReLU()),
    "leaky relu, own slope": lambda: sequential(PICTURE, L.LeakyReLU(0.1)),
    "dropout of nothing": lambda: sequential(PICTURE, L.Dropout(0.0)),
}


@pytest.mark.parametrize("make", NATIVE.values(), ids=NATIVE)
def test_a_native_layer(make):
    program = assert_agrees(make())
    assert kept_as_keras(program) == {}


ACTIVATIONS = [
    *("linear", "relu", "relu6", "leaky_relu", "elu", "selu", "sigmoid", "tanh", "softplus"),
    *("silu", "gelu", "softmax", "swish", "mish", "hard_sigmoid", "exponential", "softsign"),
]


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("shape", [(6,), (5, 4, 3)])
def test_an_activation(name, shape):
    program = assert_agrees(sequential(shape, L.Dense(4, activation=name), L.Activation(name)))
    assert kept_as_keras(program) == {}


KERAS = {
    "same average pool": (
        lambda: sequential(PICTURE, L.AveragePooling2D(2, padding="same")),
        "AveragePooling2D",
    ),
    "batch norm of axis 1": (
        lambda: sequential(PICTURE, L.BatchNormalization(axis=1)),
        "BatchNormalization",
    ),
    "layer norm of two axes": (
        lambda: sequential(PICTURE, L.LayerNormalization(axis=(2, 3))),
        "LayerNormalization",
    ),
    "transposed convolution": (
        lambda: sequential(PICTURE, L.Conv2DTranspose(3, 3, 2)),
        "Conv2DTranspose",
    ),
    "upsampling": (lambda: sequential(PICTURE, L.UpSampling2D(2), L.Conv2D(2, 3)), "UpSampling2D"),
    "permute": (lambda: sequential(PICTURE, L.Conv2D(2, 3), L.Permute((3, 1, 2))), "Permute"),
    "one-dimensional convolution": (
        lambda: sequential(PICTURE, L.Reshape((9, 24)), L.Conv1D(3, 3), L.GlobalMaxPooling1D()),
        "Conv1D",
    ),
    "recurrent": (lambda: sequential((5, 4), L.LSTM(3)), "LSTM"),
    "softmax over rows": (lambda: sequential(PICTURE, L.Softmax(axis=1)), "Softmax"),
    "resizing that crops": (
        lambda: sequential(PICTURE, L.Resizing(4, 6, crop_to_aspect_ratio=True)),
        "Resizing",
    ),
    "resizing that pads": (
        lambda: sequential(PICTURE, L.Resizing(6, 4, pad_to_aspect_ratio=True)),
        "Resizing",
    ),
    "resizing channels first": (
        lambda: sequential(PICTURE, L.Resizing(4, 4, data_format="channels_first")),
        "Resizing",
    ),
    "scales by channel": (
        lambda: sequential(PICTURE, L.Rescaling([1.0, 2.0, 3.0])),
        "Rescaling",
    ),
}


@pytest.mark.parametrize(("make", "kind"), KERAS.values(), ids=KERAS)
def test_any_other_layer_runs_as_the_keras_layer_it_is(make, kind):
    program = assert_agrees(make())
    assert kind in kept_as_keras(program)


class Doubling(L.Layer):
    def call(self, inputs, training=False):
        return inputs * (2 if training else 3)


def test_a_layer_of_the_users_own_is_told_whether_it_trains():
    program = assert_agrees(sequential(PICTURE, L.Conv2D(2, 3), Doubling(), L.Conv2D(2, 3)))
    assert kept_as_keras(program) == {"Doubling": "Doubling has no rule"}


class MyDense(L.Dense):
    def call(self, inputs, training=None):
        return super().call(inputs) * 2


def test_a_subclass_of_a_known_layer_is_not_taken_for_it():
    program = assert_agrees(sequential((4,), MyDense(3)))
    assert "MyDense" in kept_as_keras(program)


def test_moving_averages_go_keras_way_over_many_batches():
    """Momentum and the biased variance, batch by batch, also for a batch of one."""
    model = sequential((3, 3, 2), L.BatchNormalization(momentum=0.7))
    for batch in (1, 2, 7):
        assert_agrees(model, batch=batch, training=(True,))


def test_a_shared_layer_two_inputs_two_outputs_and_a_nested_model():
    a, b = keras.Input((8, 8, 2)), keras.Input((8, 8, 2))
    shared = L.Conv2D(3, 3, padding="same", activation="relu")
    x, y = shared(a), shared(b)
    inner_in = keras.Input((8, 8, 3))
    inner_out = L.BatchNormalization()(L.Conv2D(3, 1, activation="tanh")(inner_in))
    inner = keras.Model(inner_in, [inner_out, L.GlobalAveragePooling2D()(inner_out)])
    deep = sequential((8, 8, 3), L.MaxPooling2D(2), L.Conv2D(2, 3))
    x, pooled = inner(x)
    joined = L.Concatenate()([x, y, L.Multiply()([x, y])])
    added = L.Add()([x, y]) + 1.5
    outputs = [L.Dense(4)(pooled), deep(added), L.Flatten()(joined)]
    program = assert_agrees(keras.Model([a, b], outputs))
    assert set(kept_as_keras(program)) == {"Add"}, "the operation x + 1.5 is no layer"


@pytest.mark.parametrize("axis", [1, 2, 3, -1, -2])
def test_joining_along_any_axis(axis):
    a = keras.Input((6, 6, 2))
    joined = L.Concatenate(axis=axis)([L.Conv2D(2, 1)(a), L.Conv2D(2, 1)(a)])
    program = assert_agrees(keras.Model(a, joined))
    assert kept_as_keras(program) == {}


def test_values_are_broadcast_in_keras_order():
    a = keras.Input((6, 5, 4))
    weights = L.Dense(4, activation="sigmoid")(L.GlobalAveragePooling2D()(a))
    scaled = L.Multiply()([a, L.Reshape((1, 1, 4))(weights)])
    assert_agrees(keras.Model(a, scaled))


@pytest.mark.parametrize("join", [L.Add, L.Multiply])
@pytest.mark.parametrize("size", [(6, 4), (4, 4)])
def test_values_of_different_rank_are_broadcast_by_keras(join, size):
    """A weight for each channel; pictures as wide as they have channels fit torch's order too."""
    a = keras.Input((*size, 4))
    weights = L.Dense(4, activation="sigmoid")(L.GlobalAveragePooling2D()(a))
    program = assert_agrees(keras.Model(a, join()([a, weights])), batch=4)
    assert kept_as_keras(program) == {join.__name__: "values of different rank"}
    rows = L.Reshape((size[0], size[1] * 4))(a)
    pooled = L.Dense(size[1] * 4)(L.Flatten()(a))
    assert_agrees(keras.Model(a, join()([rows, pooled])), batch=size[0])


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "float32"])
def test_numbers_of_another_type_are_cast_as_keras_does(policy):
    keras.config.set_floatx("float32")  # the fixture sets it back
    keras.config.set_dtype_policy(policy)
    last = "float32" if policy == "mixed_bfloat16" else "float64"
    inputs = keras.Input((6, 6, 2))
    x = L.Flatten()(L.Conv2D(4, 3, activation="relu")(inputs))
    model = keras.Model(inputs, L.Dense(3, activation="softmax", dtype=last)(x))
    pictures = torch.rand(5, 6, 6, 2)
    program = lower(model, torch.Generator())
    for training in (True, False):
        (found,) = program([pictures], training=training)
        assert str(found.dtype) == f"torch.{last}"
        torch.testing.assert_close(found, model(pictures, training=training), rtol=1e-5, atol=1e-6)


KEPT_AS_KERAS = {
    # With an offset a channel.
    "vgg16-frozen-preprocessed": {"Rescaling"},
    "vgg16-finetuned": {"Rescaling"},
}


# What scikit-learn learns has no weights that a step trains.
@pytest.mark.parametrize("name", [name for name, entry in ZOO.items() if entry.trainable])
def test_the_systems_of_the_documents(name):
    """Training too, but for those with dropout, whose masks are other ones."""
    with untrained():
        model = build(name, (28, 28, 1), ZOO[name].classes)
    random = any(isinstance(layer, L.Dropout) for layer in model.layers)
    pictures = [np.random.default_rng(0).uniform(0, 255, (3, 28, 28, 1))]
    modes = (False,) if random else (True, False)
    kept = kept_as_keras(assert_agrees(model, inputs=pictures, training=modes))
    assert set(kept) == KEPT_AS_KERAS.get(name, set())
