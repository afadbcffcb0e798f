"""Which device computes, and that a GPU trains as the processor does."""

import os
import subprocess
import sys

import numpy as np
import pytest

from versus.backend import device_name, keras, torch
from versus.models.build import build
from versus.training import engine
from versus.training.inference import outputs
from versus.training.recipe import Recipe

gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


def said(device, code="import versus.backend as b; print(b.device_name())"):
    """What a new process says that is started with VERSUS_DEVICE."""
    environment = {**os.environ, "VERSUS_DEVICE": device}
    environment.pop("KERAS_TORCH_DEVICE", None)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment)
    return (done.stdout if done.returncode == 0 else done.stderr).decode().strip()


def test_the_device_is_the_one_named():
    assert said("cpu") == "cpu"


def test_a_device_that_cannot_be_is_told():
    assert "VERSUS_DEVICE: expected cpu or cuda; got 'toaster'" in said("toaster")
    if not torch.cuda.is_available():
        assert "VERSUS_DEVICE is cuda, but torch finds no CUDA device" in said("cuda")


def test_keras_imported_before_on_another_device_is_told():
    code = (
        "import os; os.environ.update(KERAS_BACKEND='torch', KERAS_TORCH_DEVICE='meta');"
        "import keras, versus.backend"
    )
    assert "VERSUS_DEVICE is cpu, but keras was imported first, on meta" in said("cpu", code)


@gpu
@pytest.mark.parametrize("name", ["fc", "cnn-pool", "cnn-stride", "fashion5-resnet-2"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_gpu_trains_as_the_processor_does(tiny, name, optimizer):
    recipe = Recipe(optimizer=optimizer, learning_rate=0.005, batch_size=20, epochs=2)
    found = []
    for device in ("cpu", "cuda"):
        with keras.device(device):
            assert device_name() == device
            model = build(name, tiny.input_shape, 3)
            assert {v.value.device.type for v in model.variables} == {device}
            history = engine.fit(model, recipe, tiny.train, tiny.test, seed=0)
            found.append((history.history, outputs(model, tiny.test.images)))
    np.testing.assert_allclose(found[1][0]["loss"], found[0][0]["loss"], rtol=1e-2)
    np.testing.assert_allclose(found[1][1], found[0][1], atol=1e-2)


@gpu
def test_dropout_on_a_gpu_follows_from_the_seed(tiny):
    with keras.device("cuda"):
        runs = [
            engine.fit(
                build("fc-dropout", tiny.input_shape, 3),
                Recipe(batch_size=20, epochs=2),
                tiny.train,
                None,
                seed=seed,
            ).history["loss"]
            for seed in (0, 0, 1)
        ]
    assert runs[0] == pytest.approx(runs[1], rel=1e-4)
    assert runs[0] != pytest.approx(runs[2], rel=1e-4)
