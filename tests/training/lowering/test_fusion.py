"""Pooling and what stands before it as one function: against Keras in float64, and its form."""

import numba
import numpy as np
import pytest
from agreement import TOLERANCE, assert_agrees, randomise, sequential

from versus.backend import keras, torch
from versus.training.kernels import compiled
from versus.training.kernels.scaling import scale_pool
from versus.training.lowering import fused
from versus.training.lowering.program import lower

L = keras.layers


def relu():
    return L.ReLU()


def norm():
    return L.BatchNormalization()


def pool():
    return L.MaxPooling2D(2)


CHAINS = {
    "pool": [pool],
    "relu, pool": [relu, pool],
    "pool, relu": [pool, relu],
    "norm, pool": [norm, pool],
    "relu, norm, pool": [relu, norm, pool],
    "norm, relu, pool": [norm, relu, pool],
    "norm, pool, relu": [norm, pool, relu],
    "relu, norm, relu, pool": [relu, norm, relu, pool],
}


def kinds(program):
    return [call.kind for call in program.listings[True, False]]


@pytest.mark.parametrize("size", [(8, 8), (7, 9), (2, 3), (1, 1)])
@pytest.mark.parametrize("chain", CHAINS)
def test_a_chain_is_one_call_and_agrees_with_keras(chain, size):
    layers = [make() for make in CHAINS[chain]]
    if min(size) < 2:
        layers = [L.ZeroPadding2D(1), *layers]
    program = assert_agrees(sequential((*size, 3), *layers))
    assert len([kind for kind in kinds(program) if "MaxPooling2D" in kind]) == 1
    assert not {"ReLU", "BatchNormalization"} & set(kinds(program))


@pytest.mark.parametrize("options", [{"scale": False}, {"center": False}, {"epsilon": 0.1}])
def test_a_normalisation_is_taken_as_it_was_made(options):
    model = sequential((6, 6, 2), L.BatchNormalization(**options), relu(), pool())
    assert len(kinds(assert_agrees(model))) == 1


@pytest.mark.parametrize("gammas", [[0.5, -2.0, 1.0], [0.0, 1.0, -0.0]])
def test_a_normalisation_that_falls_is_pooled_where_it_is_greatest(gammas):
    model = sequential((7, 6, 3), L.Conv2D(3, 2, activation="relu"), norm(), pool(), L.Flatten())
    randomise(model)
    model.layers[1].gamma.assign(gammas)
    pictures = np.random.default_rng(0).normal(size=(4, 7, 6, 3))
    program = lower(model, torch.Generator())
    weights = [v.value for v in model.trainable_variables]
    found = []
    for call in (lambda x: model(x, training=True), lambda x: program([x], training=True)[0]):
        out = call(torch.tensor(pictures))
        found.append([out, *torch.autograd.grad((out * out).sum(), weights)])
    for theirs, ours in zip(*found, strict=True):
        np.testing.assert_allclose(ours.detach(), theirs.detach(), rtol=TOLERANCE, atol=TOLERANCE)


def test_a_frozen_normalisation_infers_and_has_a_gradient():
    layer = norm()
    model = sequential((6, 6, 2), L.Conv2D(3, 2), layer, relu(), pool())
    layer.trainable = False
    assert_agrees(model)


def test_one_value_a_channel_is_its_own_mean():
    assert_agrees(sequential((2, 2, 3), norm(), pool()), batch=1)


def test_what_others_read_in_between_is_kept():
    inputs = keras.Input((6, 6, 2))
    x = L.ReLU()(inputs)
    y = norm()(x)
    model = keras.Model(inputs, [pool()(y), y])
    program = assert_agrees(model)
    assert kinds(program) == ["ReLU", "BatchNormalization", "MaxPooling2D"]


@pytest.mark.parametrize("other", [L.MaxPooling2D(3), L.MaxPooling2D(2, 1), L.AveragePooling2D(2)])
def test_other_pooling_is_left_to_torch(other):
    program = lower(sequential((8, 8, 2), relu(), norm(), other), torch.Generator())
    assert len(kinds(program)) == 3


def gradient_of(function, x):
    x = torch.tensor(x).permute(0, 3, 1, 2).requires_grad_()
    out = function(x)
    return out.detach().numpy(), torch.autograd.grad(out.sum(), x)[0].numpy()


def test_of_equals_the_first_and_nan_as_torch_has_it():
    x = np.random.default_rng(0).integers(-2, 3, size=(6, 8, 8, 16)).astype(float)
    x[0, 0, 0, 0] = np.nan
    x[1, 4:] = -np.inf
    theirs = gradient_of(lambda x: torch.nn.functional.max_pool2d(x, 2), x)
    ours = gradient_of(lambda x: fused.PooledFloor.apply(x, False), x)
    np.testing.assert_array_equal(ours[0], theirs[0])
    assert np.isnan(ours[0]).sum() == 1
    finite = ~np.isinf(x.transpose(0, 3, 1, 2))  # at minus infinity, the floor, nothing has one
    np.testing.assert_array_equal(ours[1][finite], theirs[1][finite])


def test_statistics_far_from_zero_keep_their_digits():
    x = np.random.default_rng(0).normal(1e4, 1.0, size=(32, 16, 16, 8)).astype(np.float32)
    exact = x.astype(np.float64)
    found = fused.batch_statistics(torch.tensor(x).permute(0, 3, 1, 2), False, 1e-3)
    np.testing.assert_allclose(found.mean, exact.mean((0, 1, 2)), rtol=1e-7)
    np.testing.assert_allclose(found.variance, exact.var((0, 1, 2)), rtol=1e-4)


@pytest.fixture
def three_threads(monkeypatch):
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    monkeypatch.setattr(compiled, "WORTH_A_THREAD", 1)
    yield
    torch.set_num_threads(before)


def steps(pictures):
    """Outputs and gradients of a pooled normalisation, float32."""
    x = torch.tensor(pictures, dtype=torch.float32).permute(0, 3, 1, 2).requires_grad_()
    gamma, beta = torch.ones(4, requires_grad=True), torch.zeros(4, requires_grad=True)
    by = fused.batch_statistics(x, True, 1e-3)
    out = fused.PooledNormalised.apply(x, gamma, beta, by, (True, True))
    return [out.detach(), *torch.autograd.grad((out * out).sum(), [x, gamma, beta])]


def test_threads_change_no_bit(three_threads, monkeypatch):
    pictures = np.random.default_rng(0).normal(size=(7, 6, 5, 4))
    seen = []
    threads = compiled.threads
    monkeypatch.setattr(compiled, "threads", lambda *of: seen.append(threads(*of)) or seen[-1])
    several = steps(pictures)
    assert set(seen) == {3}
    torch.set_num_threads(1)
    for one, other in zip(several, steps(pictures), strict=True):
        assert torch.equal(one, other)


def test_half_precision_is_left_to_torch(monkeypatch):
    model = keras.Sequential([keras.Input((6, 6, 2)), L.Conv2D(3, 2), pool()])
    program = lower(model, torch.Generator())
    monkeypatch.setattr(fused.PooledFloor, "forward", None)
    pictures = [torch.rand(2, 6, 6, 2, dtype=torch.float64)]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert program(pictures, training=True)[0].shape == (2, 2, 2, 3)
    with pytest.raises(TypeError):
        program(pictures, training=True)


def test_without_a_compiler_torch_does_it(monkeypatch):
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    monkeypatch.setattr(fused.PooledFloor, "forward", None)
    assert_agrees(sequential((6, 6, 2), relu(), pool()))


def test_where_nothing_can_be_written_kernels_are_compiled_for_the_process(monkeypatch):
    asked = []

    def nowhere(function):
        asked.append(function.__name__)
        raise RuntimeError("cannot cache function: no locator available")

    monkeypatch.setattr(compiled, "KernelCache", nowhere)

    def nothing(first, last):
        pass

    assert compiled.compiled(nothing)(0, 1) is None
    assert asked == ["nothing", "nothing_pieces"]  # the same on several threads
    assert callable(scale_pool)


def test_where_nothing_is_learnt_pooling_goes_before_what_kernels_cannot_do():
    model = sequential((6, 6, 2), L.Conv2D(3, 3, activation="sigmoid"), pool(), L.Flatten())
    program = assert_agrees(model)
    found = {key: [call.kind for call in calls] for key, calls in program.listings.items()}
    assert found[True, False] == ["Conv2D", "activation", "MaxPooling2D", "Flatten"]
    assert found[True, True] == ["Conv2D", "MaxPooling2D", "activation", "Flatten"]


BEHIND = {
    "pool": [],
    "pool, norm": [norm],
    "pool, relu, norm": [relu, norm],
    "pool, norm, relu": [norm, relu],
    "pool, relu, norm, relu": [relu, norm, relu],
    "pool, norm, norm, relu": [norm, norm, relu],
}


@pytest.mark.parametrize("size", [(8, 8), (7, 9)])
@pytest.mark.parametrize("gammas", [[0.5, 2.0, 1.0], [0.5, -2.0, 0.0]], ids=str)
@pytest.mark.parametrize("chain", BEHIND.values(), ids=BEHIND)
def test_where_nothing_is_learnt_all_behind_a_pooling_is_one_call(chain, gammas, size):
    """Behind, a normalisation may fall: the largest is taken before it."""
    model = sequential((*size, 3), pool(), *(make() for make in chain))
    randomise(model)
    for layer in model.layers:
        if isinstance(layer, L.BatchNormalization):
            layer.gamma.assign(gammas)
    pictures = np.random.default_rng(0).normal(size=(4, *size, 3))
    pictures[0, 0, 0, 0] = np.nan
    pictures[1] = -np.inf
    program = lower(model, torch.Generator())
    assert len(program.listings[True, True]) == 1
    with torch.no_grad():
        (ours,) = program([torch.tensor(pictures)], training=False)
        theirs = model(pictures, training=False)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)
    assert np.isnan(theirs.numpy()).any()


def test_normalisations_in_a_row_are_one_where_nothing_is_learnt():
    model = sequential((6, 6, 2), L.Conv2D(3, 2), norm(), norm(), norm())
    program = assert_agrees(model)
    pictures = [torch.rand(4, 6, 6, 2, dtype=torch.float64)]
    with torch.no_grad():
        (ours,) = program(pictures, training=False)
        np.testing.assert_allclose(ours, model(*pictures), rtol=1e-12, atol=1e-12)
    assert [call.kind for call in program.listings[True, True]] == [
        "Conv2D",
        "BatchNormalization + BatchNormalization + BatchNormalization",
    ]
    assert kinds(program) == ["Conv2D", *["BatchNormalization"] * 3]


def test_whole_numbers_are_pooled_by_torch():
    whole = L.Lambda(lambda x: keras.ops.cast(x, "int64"))
    model = sequential((6, 6, 2), whole, pool())
    pictures = np.random.default_rng(0).normal(size=(4, 6, 6, 2)) * 5
    with torch.no_grad():
        (ours,) = lower(model, torch.Generator())([torch.tensor(pictures)], training=False)
        np.testing.assert_array_equal(ours, model(pictures))
