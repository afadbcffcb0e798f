"""Dense layers with few outputs: the same numbers as torch's own way, values and gradients."""

import numpy as np
import pytest

from versus.backend import keras, torch
from versus.training.lowering.narrow import FEWEST_INPUTS, WIDEST, Narrow, is_narrow
from versus.training.lowering.program import lower


def random(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape)).requires_grad_()


@pytest.mark.parametrize("bias", [True, False])
def test_values_and_gradients_are_torchs(bias):
    x, kernel = random(7, 1100), random(1100, 5, seed=1)
    inputs = [x, kernel, *([random(5, seed=2)] if bias else [])]
    given = torch.ones(7, 5, dtype=x.dtype)
    wanted = x @ kernel + (inputs[2] if bias else 0)
    found = Narrow.apply(x, kernel, inputs[2] if bias else None)
    assert found.is_contiguous()
    ours, theirs = (torch.autograd.grad(of, inputs, given) for of in (found, wanted))
    for a, b in zip([found, *ours], [wanted, *theirs], strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-11)


def test_it_is_taken_for_few_outputs_of_many_inputs_while_something_is_learnt():
    x = torch.zeros(2, FEWEST_INPUTS)
    narrow, wide = torch.zeros(FEWEST_INPUTS, WIDEST), torch.zeros(FEWEST_INPUTS, WIDEST + 1)
    assert is_narrow(x, narrow)
    assert not is_narrow(x, wide)
    assert not is_narrow(x[:, 1:], narrow[1:])
    with torch.no_grad():
        assert not is_narrow(x, narrow)
    with torch.autocast("cpu", torch.bfloat16):
        assert not is_narrow(x, narrow)


def test_a_model_comes_to_it(monkeypatch):
    called = []
    forward = Narrow.forward
    monkeypatch.setattr(Narrow, "forward", lambda *given: called.append(1) or forward(*given))
    model = keras.Sequential([keras.Input((FEWEST_INPUTS,)), keras.layers.Dense(3)])
    x = np.random.default_rng(0).normal(size=(4, FEWEST_INPUTS))
    (found,) = lower(model, np.random.default_rng(0))([torch.from_numpy(x)], training=True)
    assert called
    expected = keras.ops.convert_to_numpy(model(x))
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-9, atol=1e-9)
