"""Holding a lowered model against the Keras model itself: outputs, gradients, moving state."""

import numpy as np

from versus.backend import keras, torch
from versus.training.lowering.program import lower

TOLERANCE = 1e-9


def randomise(model, seed=0):
    """Give every weight a value of its own, so that no zero bias or unit gamma hides a mistake."""
    rng = np.random.default_rng(seed)
    for variable in model.variables:
        if "seed_generator" in variable.path:
            continue
        low = 0.5 if "variance" in variable.path else -0.7
        variable.assign(rng.uniform(low, 1.3, variable.shape))


def copy_state(model):
    return [np.array(variable.value.detach().numpy()) for variable in model.variables]


def outcome(model, call, inputs, training, of_inputs=True):
    """Outputs, gradients of a fixed random projection, and the state afterwards."""
    tensors = [torch.tensor(x, requires_grad=of_inputs) for x in inputs]
    outputs = call(tensors, training)
    rng = np.random.default_rng(1)
    loss = sum((o * torch.tensor(rng.normal(size=tuple(o.shape)))).sum() for o in outputs)
    wanted = [*(tensors if of_inputs else []), *(v.value for v in model.trainable_variables)]
    gradients = torch.autograd.grad(loss, wanted, allow_unused=True)
    return (
        [o.detach().numpy() for o in outputs],
        [None if g is None else g.numpy() for g in gradients],
        copy_state(model),
    )


def assert_agrees(model, *, batch=5, training=(True, False), inputs=None, of_inputs=True):
    """Run the Keras model and its program from the same weights, training and not.

    `of_inputs`: whether the gradients of the inputs are held against each other too.
    """
    randomise(model)
    rng = np.random.default_rng(2)
    if inputs is None:
        inputs = [rng.normal(size=(batch, *i.shape[1:])) for i in model.inputs]
    program = lower(model, torch.Generator())
    start = copy_state(model)

    def by_keras(tensors, training):
        return as_list(model(tensors if len(tensors) > 1 else tensors[0], training=training))

    def by_program(tensors, training):
        return program(tensors, training=training)

    for mode in training:
        found = []
        for call in (by_keras, by_program):
            for variable, value in zip(model.variables, start, strict=True):
                variable.assign(value)
            found.append(outcome(model, call, inputs, mode, of_inputs))
        for theirs, ours in zip(*found, strict=True):
            assert len(theirs) == len(ours)
            for a, b in zip(theirs, ours, strict=True):
                if a is None or b is None:
                    assert a is None or not np.abs(a).max(initial=0)
                    assert b is None or not np.abs(b).max(initial=0)
                    continue
                np.testing.assert_allclose(b, a, rtol=TOLERANCE, atol=TOLERANCE)
    return program


def as_list(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def sequential(shape, *layers):
    return keras.Sequential([keras.Input(shape), *layers])


def kept_as_keras(program):
    """Names of the layers that run as the Keras layers they are, with why."""
    return {call.kind: call.reason for call in program.calls if call.reason}
