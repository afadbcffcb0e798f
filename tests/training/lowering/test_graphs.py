"""Random graphs of native layers against Keras, forward and backward, in float64."""

import numpy as np
import pytest
from agreement import assert_agrees, kept_as_keras, sequential
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from versus.backend import isolated, keras, torch
from versus.training.lowering.graph import is_graph
from versus.training.lowering.program import lower

L = keras.layers

padding = st.sampled_from(["same", "valid"])
activation = st.sampled_from(["linear", "relu", "leaky_relu", "elu", "tanh", "sigmoid"])


def picture_layer(draw, rank_size):
    """One layer from pictures to pictures that fits pictures of this size."""
    kernel = draw(st.integers(1, min(3, rank_size)))
    stride = draw(st.integers(1, 2))
    common = {"padding": draw(padding), "strides": stride, "activation": draw(activation)}
    # One filter meets a fault of torch in float64 ("grad_weight must be contiguous"), in Keras too.
    filters, momentum = draw(st.integers(2, 4)), draw(st.floats(0.1, 0.99))
    makers = [
        lambda: L.Conv2D(filters, kernel, **common),
        lambda: L.DepthwiseConv2D(kernel, depth_multiplier=1 + filters % 2, **common),
        lambda: L.SeparableConv2D(filters, kernel, **common),
        lambda: L.MaxPooling2D(kernel, stride, common["padding"]),
        lambda: L.AveragePooling2D(kernel, stride),
        lambda: L.BatchNormalization(momentum=momentum),
        lambda: L.LayerNormalization(),
        lambda: L.Activation(common["activation"]),
        lambda: L.LeakyReLU(),
        lambda: L.ZeroPadding2D(1),
        lambda: L.Rescaling(0.5, 1.0),
        lambda: L.Dense(filters, activation=common["activation"]),
    ]
    return makers[draw(st.integers(0, len(makers) - 1))]()


def graph(draw):
    """A Functional model: a chain with branches off it, joined again, and a head or none."""
    shape = (draw(st.integers(4, 9)), draw(st.integers(4, 9)), draw(st.integers(1, 3)))
    inputs = keras.Input(shape)
    x, seen = inputs, [inputs]
    for _ in range(draw(st.integers(1, 5))):
        size = min(x.shape[1:3])
        if draw(st.booleans()):
            x = picture_layer(draw, size)(x)
        else:
            mates = [t for t in seen if t.shape[1:3] == x.shape[1:3]]
            mate = mates[draw(st.integers(0, len(mates) - 1))]
            joins = [L.Concatenate, *([L.Add, L.Multiply] if mate.shape == x.shape else [])]
            x = joins[draw(st.integers(0, len(joins) - 1))]()([x, mate])
        seen.append(x)
    heads = [
        lambda t: t,
        lambda t: L.Dense(3, activation="softmax")(L.Flatten()(t)),
        lambda t: L.Dense(3)(L.GlobalAveragePooling2D()(t)),
        lambda t: L.GlobalMaxPooling2D(keepdims=True)(t),
    ]
    return keras.Model(inputs, heads[draw(st.integers(0, len(heads) - 1))](x))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_random_graphs_agree(data):
    with isolated(0):
        program = assert_agrees(graph(data.draw), batch=3)
    assert kept_as_keras(program) == {}


def order(program):
    return [call.kind for call in program.calls]


def test_pooling_goes_before_an_activation_that_never_falls():
    model = sequential((8, 8, 2), L.Conv2D(3, 3, activation="relu"), L.MaxPooling2D(2))
    assert order(assert_agrees(model)) == ["Conv2D", "MaxPooling2D", "activation"]
    layer = sequential(
        (8, 8, 2), L.Conv2D(3, 3), L.LeakyReLU(0.1), L.MaxPooling2D(2, padding="same")
    )
    assert order(assert_agrees(layer)) == ["Conv2D", "MaxPooling2D", "LeakyReLU"]


def writes_over(program):
    """Kinds of the calls that write over what they read."""
    found = []
    for call in program.calls:
        if call.native is None or len(call.inputs) != 1:
            continue
        x = torch.randn(2, 3, 4, 4)
        slots = [x] * (max(call.inputs) + 1)
        before = x.clone()
        try:
            call.run(slots, False)
        except RuntimeError:  # another shape
            continue
        if not torch.equal(x, before):
            found.append(call.kind)
    return found


def test_an_activation_writes_over_what_nobody_reads_again():
    model = sequential((8, 8, 2), L.Conv2D(3, 3, activation="relu"))
    assert writes_over(assert_agrees(model)) == ["activation"]
    leaky = sequential((8, 8, 2), L.Conv2D(3, 3), L.BatchNormalization(), L.LeakyReLU())
    assert writes_over(assert_agrees(leaky)) == ["LeakyReLU"]


def test_an_activation_writes_over_nothing_else():
    read_again = keras.Input((8, 8, 2))
    x = L.Conv2D(3, 3)(read_again)
    assert writes_over(assert_agrees(keras.Model(read_again, L.Add()([x, L.ReLU()(x)])))) == []
    assert writes_over(assert_agrees(keras.Model(read_again, [x, L.ReLU()(x)]))) == []
    own_gradient = sequential((8, 8, 2), L.Conv2D(3, 3, activation="tanh"), L.ReLU())
    assert writes_over(assert_agrees(own_gradient)) == []
    assert writes_over(assert_agrees(sequential((8, 8, 2), L.ReLU()))) == []


@pytest.mark.parametrize("name", ["silu", "gelu", "softmax", "sigmoid"])
def test_pooling_stays_behind_any_other(name):
    model = sequential((8, 8, 2), L.Conv2D(3, 3, activation=name), L.MaxPooling2D(2))
    assert order(assert_agrees(model)) == ["Conv2D", "activation", "MaxPooling2D"]


def test_pooling_stays_behind_a_leaky_relu_that_falls():
    model = sequential(
        (8, 8, 2), L.Conv2D(3, 3), L.LeakyReLU(negative_slope=0.0), L.MaxPooling2D(2)
    )
    assert order(assert_agrees(model))[-1] == "LeakyReLU"


def test_pooling_stays_behind_an_activation_that_others_read():
    inputs = keras.Input((8, 8, 2))
    x = L.Conv2D(3, 3, activation="relu")(inputs)
    model = keras.Model(inputs, [L.MaxPooling2D(2)(x), L.GlobalAveragePooling2D()(x)])
    assert order(assert_agrees(model))[:2] == ["Conv2D", "activation"]
    output_too = keras.Model(inputs, [L.MaxPooling2D(2)(x), x])
    assert order(assert_agrees(output_too))[:2] == ["Conv2D", "activation"]


def test_ties_and_nan_go_the_same_way_on_either_side_of_the_pooling():
    model = sequential((4, 4, 1), L.ReLU(), L.MaxPooling2D(2))
    ties = np.array([[-1.0, -1, 2, 2], [-1, -1, 2, 2], [0, 0, 0, -3], [0, 0, -3, 0]])
    assert_agrees(model, inputs=[ties.reshape(1, 4, 4, 1)])
    hole = ties.copy()
    hole[0, 0] = np.nan
    program = lower(model, torch.Generator())
    (out,) = program([torch.tensor(hole.reshape(1, 4, 4, 1))], training=True)
    theirs = model(hole.reshape(1, 4, 4, 1))
    np.testing.assert_array_equal(out.numpy(), theirs.numpy())
    assert np.isnan(out[0, 0, 0, 0].item())


def test_a_model_with_a_call_of_its_own_is_no_graph():
    class Own(keras.Model):
        def call(self, inputs):
            return inputs

    class OwnFunctional(keras.Sequential):
        def call(self, inputs, training=None, mask=None):
            return super().call(inputs, training=training) * 2

    class OwnGraph(keras.Model):
        def __init__(self):
            inputs = keras.Input((3,))
            super().__init__(inputs=inputs, outputs=L.Dense(2)(inputs))

        def call(self, inputs, training=None, mask=None):
            return super().call(inputs, training=training) * 2

    class OwnNothing(keras.Model):
        def __init__(self):
            inputs = keras.Input((3,))
            super().__init__(inputs=inputs, outputs=L.Dense(2)(inputs))

    assert not is_graph(OwnGraph())
    assert is_graph(OwnNothing())
    assert not is_graph(Own())
    assert not is_graph(OwnFunctional([keras.Input((3,)), L.Dense(2)]))
    assert is_graph(sequential((3,), L.Dense(2)))
    inputs = keras.Input((3,))
    assert is_graph(keras.Model(inputs, L.Dense(2)(inputs)))
