"""No step of a built-in model asks the device anything, so that a CUDA graph can hold it."""

import numpy as np
import pytest

from versus.backend import keras, torch
from versus.data.dataset import Split
from versus.models.build import build
from versus.models.zoo import ZOO
from versus.training import losses
from versus.training.capturable import why_not_captured
from versus.training.compilation import make_loss, make_optimizer
from versus.training.loop import Loop
from versus.training.lowering import fusion
from versus.training.optimizers import find_updater
from versus.training.readings import readings
from versus.training.recipe import Recipe
from versus.training.recorder import RECORDERS
from versus.training.residence import place

ops = keras.ops
L = keras.layers


@pytest.fixture(autouse=True)
def as_on_a_card(monkeypatch):
    """Nothing is done by the processor's own kernels."""
    for kernels in (fusion, losses):
        monkeypatch.setattr(kernels, "usable", lambda: False)


# Keras's random layers read their seeds at each call.
ASKING = {"cnn-pool-augmented"}


class Watching:
    """Watches every step that would be captured."""

    def __init__(self):
        self.found = None

    def warm(self, function):
        with readings("cpu") as self.found:
            function()


# What scikit-learn learns has no weights that a step trains.
@pytest.mark.parametrize("name", [name for name, entry in ZOO.items() if entry.trainable])
def test_a_step_of_every_model(name, monkeypatch):
    monkeypatch.setenv("VERSUS_WEIGHTS", "random")
    watching = Watching()
    monkeypatch.setitem(RECORDERS, "cpu", lambda: watching)
    monkeypatch.setattr(
        "versus.training.loop.mask_source", lambda seed: torch.Generator().manual_seed(seed)
    )
    model = build(name, (28, 28, 1), 10)
    recipe = Recipe(batch_size=2)
    rng = np.random.default_rng(0)
    split = Split(rng.integers(0, 256, (4, 28, 28, 1), dtype=np.uint8), np.arange(4))
    model.compile(make_optimizer(recipe), make_loss(recipe))
    loop = Loop(model, recipe, split, None, 0)
    update = find_updater(model, 0)
    assert why_not_captured(loop.features.program.graph, update) == ""
    loop._replay.begin(update, loop.sums)
    for number, rows in enumerate(torch.arange(4).split(2)):
        loop._replay.step(rows, number)
    assert bool(watching.found) == (name in ASKING)
    loop.settle()
    assert np.isfinite(loop.sums.logs()["loss"])


ASKS = {
    "item": lambda x: x.sum().item(),
    "float": lambda x: float(x[0]),
    "a branch": lambda x: bool(x[0] > 0),
    "a list": lambda x: x.tolist(),
    "an array": lambda x: x.numpy(),
    "numpy's function": np.asarray,
    "cpu": lambda x: x.cpu(),
    "nonzero": lambda x: x.nonzero(),
    "a mask": lambda x: x[x > 0],
    "unique": lambda x: x.unique(),
    "a tensor of numbers": lambda x: torch.tensor([1.0, 2.0]),
    "an array's tensor": lambda x: torch.from_numpy(np.ones(2)),
}
SILENT = {
    "arithmetic": lambda x: (x * 2 + 1).relu().sum(),
    "a slice": lambda x: x[1:],
    "picked by number": lambda x: x.index_select(0, torch.arange(2)),
    "filled": lambda x: torch.full((2,), 3.0),
    "a branch on a size": lambda x: x if x.shape[0] > 1 else x + 1,
}


@pytest.mark.parametrize("asks", ASKS.values(), ids=ASKS)
def test_what_asks_is_seen(asks):
    x = torch.ones(3)
    with readings("cpu") as found:
        asks(x)
    assert len(found) >= 1


@pytest.mark.parametrize("silent", SILENT.values(), ids=SILENT)
def test_what_does_not_is_not(silent):
    x = torch.ones(3)
    with readings("cpu") as found:
        silent(x)
    assert found == []


def test_what_the_backward_pass_asks_is_seen():
    class Asks(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, gradient):
            return gradient * float(gradient.sum())

    x = torch.ones(3, requires_grad=True)
    with readings("cpu") as found:
        torch.autograd.grad(Asks.apply(x).sum(), x)
    assert found == ["aten._local_scalar_dense.default"]


def test_pictures_without_room_stay_in_memory(monkeypatch, caplog):
    monkeypatch.setattr("versus.training.residence.room", lambda device: 10)
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda self: self)
    split = Split(np.zeros((4, 8, 8, 1), np.uint8), np.arange(4))
    (images, labels), _ = place(split, "cpu")
    assert images.shape == (4, 8, 8, 1)
    assert labels.tolist() == [0, 1, 2, 3]
    assert "do not fit the cpu device" in caplog.text
