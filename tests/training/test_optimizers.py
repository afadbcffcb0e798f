"""Each update rule against Keras's own, on the same gradients, tiny ones too, in float64."""

import numpy as np
import pytest

from versus.backend import keras, torch
from versus.training.optimizers import Updater, find_rule, learning_rate

SHAPES = [(3, 4), (5,), (2, 3, 2, 2)]
optimizers = keras.optimizers
schedules = keras.optimizers.schedules

RULED = {
    "sgd": lambda: optimizers.SGD(0.1),
    "sgd momentum": lambda: optimizers.SGD(0.1, momentum=0.9),
    "sgd nesterov": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "sgd momentum, schedule": lambda: optimizers.SGD(
        schedules.ExponentialDecay(0.1, 3, 0.5), momentum=0.9
    ),
    "sgd decay": lambda: optimizers.SGD(0.1, weight_decay=0.05),
    "adam": lambda: optimizers.Adam(0.01),
    "adam, large epsilon": lambda: optimizers.Adam(0.01, epsilon=1e-3),
    "adam, other betas": lambda: optimizers.Adam(0.01, beta_1=0.5, beta_2=0.7),
    "adam, schedule": lambda: optimizers.Adam(schedules.CosineDecay(0.1, 20)),
    "adamw": lambda: optimizers.AdamW(0.01, weight_decay=0.1),
    "adadelta": lambda: optimizers.Adadelta(1.0, rho=0.95),
    "rmsprop": lambda: optimizers.RMSprop(0.01),
    "rmsprop momentum": lambda: optimizers.RMSprop(0.01, momentum=0.8),
    "clip by norm": lambda: optimizers.Adam(0.01, clipnorm=0.5),
    "clip by global norm": lambda: optimizers.SGD(0.1, global_clipnorm=0.5),
    "clip by value": lambda: optimizers.SGD(0.1, clipvalue=0.1),
}
APPLIED = {
    "averaged weights": lambda: optimizers.SGD(0.1, use_ema=True),
    "accumulated gradients": lambda: optimizers.Adam(0.01, gradient_accumulation_steps=2),
    "amsgrad": lambda: optimizers.Adam(0.01, amsgrad=True),
    "centred": lambda: optimizers.RMSprop(0.01, centered=True),
    "nadam": lambda: optimizers.Nadam(0.01),
    "lion": lambda: optimizers.Lion(0.01),
}


def make_variables():
    rng = np.random.default_rng(0)
    return [keras.Variable(rng.normal(size=shape), dtype="float64") for shape in SHAPES]


def gradients(scale, step):
    rng = np.random.default_rng(step + 1)
    return [torch.tensor(rng.normal(size=shape) * scale) for shape in SHAPES]


@pytest.mark.parametrize("make", [*RULED.values(), *APPLIED.values()], ids=[*RULED, *APPLIED])
@pytest.mark.parametrize("scale", [1.0, 1e-8])
def test_the_same_steps_as_keras(make, scale):
    ours, theirs = make_variables(), make_variables()
    updater, optimizer = Updater(make(), ours), make()
    optimizer.build(theirs)
    for step in range(12):
        updater(gradients(scale, step))
        optimizer.apply(gradients(scale, step), theirs)
    assert int(updater.optimizer._iterations.value) == int(optimizer._iterations.value) == 12
    # Keras takes a few of its own numbers (beta powers, learning rate) through float32.
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.value.detach(), b.value.detach(), rtol=1e-6, atol=1e-9)
    for a, b in zip(updater.optimizer.variables, optimizer.variables, strict=True):
        np.testing.assert_allclose(a.value.detach(), b.value.detach(), rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("make", RULED.values(), ids=RULED)
def test_these_have_a_rule(make):
    optimizer = make()
    optimizer.build(make_variables())
    assert find_rule(optimizer, make_variables()) is not None


@pytest.mark.parametrize("make", APPLIED.values(), ids=APPLIED)
def test_these_are_left_to_keras(make):
    optimizer = make()
    optimizer.build(make_variables())
    assert find_rule(optimizer, make_variables()) is None


def test_constraints_are_left_to_keras():
    layer = keras.layers.Dense(2, kernel_constraint="non_neg")
    layer.build((None, 3))
    optimizer = optimizers.SGD(10.0)
    updater = Updater(optimizer, layer.trainable_variables)
    assert updater.rule is None
    updater([torch.ones(3, 2), torch.ones(2)])
    assert float(layer.kernel.value.detach().min()) >= 0


def test_an_optimizer_of_the_users_own_is_left_to_itself():
    class Mine(optimizers.SGD):
        def update_step(self, gradient, variable, learning_rate):
            self.assign(variable, keras.ops.zeros_like(variable))

    variables = make_variables()
    Updater(Mine(0.1), variables)(gradients(1.0, 0))
    assert all(float(v.value.detach().abs().max()) == 0 for v in variables)


def test_a_gradient_that_lies_otherwise_in_memory():
    """The fused kernels run along memory; a transposed gradient must not be read crosswise."""
    ours, theirs = make_variables(), make_variables()
    updater, optimizer = Updater(optimizers.Adam(0.1), ours), optimizers.Adam(0.1)
    optimizer.build(theirs)
    crosswise = [g.transpose(0, -1).contiguous().transpose(0, -1) for g in gradients(1.0, 0)]
    assert not crosswise[0].is_contiguous()
    updater(crosswise)
    optimizer.apply(crosswise, theirs)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.value.detach(), b.value.detach(), rtol=1e-6)


def test_the_learning_rate_is_the_one_a_callback_left():
    optimizer = optimizers.SGD(0.1)
    optimizer.learning_rate = 0.025
    assert learning_rate(optimizer) == pytest.approx(0.025)
