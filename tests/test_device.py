"""Which device computes, and that a GPU trains as the processor does."""

import os
import subprocess
import sys

import numpy as np
import pytest
from bands import make_tiny

from versus.backend import device_name, keras, torch
from versus.models.build import build
from versus.training import engine
from versus.training.checkpoint import Checkpoint
from versus.training.inference import outputs
from versus.training.recipe import Recipe

gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


def said(device, code="import versus.backend as b; print(b.device_name())"):
    """What a new process says that is started with VERSUS_DEVICE."""
    environment = {**os.environ, "VERSUS_DEVICE": device}
    for name in ("KERAS_TORCH_DEVICE", "CUDA_VISIBLE_DEVICES"):
        environment.pop(name, None)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment)
    return (done.stdout if done.returncode == 0 else done.stderr).decode().strip()


def test_the_device_is_the_one_named():
    assert said("cpu") == "cpu"


@pytest.mark.parametrize("device", ["", "auto"])
def test_without_a_card_the_processor_computes(device):
    """Where nobody says, it does with a card too."""
    if device == "" or not torch.cuda.is_available():
        assert said(device) == "cpu"


def test_a_card_by_its_number_is_the_only_one_seen():
    code = (
        "import os, versus; e = os.environ; "
        "print(e['VERSUS_DEVICE'], e['KERAS_TORCH_DEVICE'], e['CUDA_VISIBLE_DEVICES'])"
    )
    assert said("cuda:1", code) == "cuda cuda 1"


def test_the_option_is_for_one_command(monkeypatch, capsys):
    from versus.cli.main import run_command

    monkeypatch.delenv("VERSUS_DEVICE", raising=False)
    assert run_command(["plan", "fc-vs-cnn", "--device", "toaster"]) == 2
    assert "expected cpu, cuda, cuda:N or auto; got 'toaster'" in capsys.readouterr().err
    if not torch.cuda.is_available():
        assert run_command(["plan", "fc-vs-cnn", "--device", "cuda"]) == 2
        assert "torch finds no CUDA device" in capsys.readouterr().err
    assert "VERSUS_DEVICE" not in os.environ


def test_runs_of_two_devices_are_not_one_study(tiny, tmp_path, monkeypatch):
    import versus
    from versus.errors import MismatchError
    from versus.studies import plan

    recipe = Recipe(epochs=1, batch_size=32)
    variants = [versus.Variant(name, name, recipe) for name in ("fc", "fc-dropout")]
    study = versus.Study("Which?", tiny, variants, seeds=1, name="two")
    study.run(out=tmp_path, jobs=1)
    monkeypatch.setattr(plan, "device_name", lambda: "cuda")
    with pytest.raises(MismatchError, match="device: cpu, now cuda"):
        study.run(out=tmp_path, jobs=1)


def test_a_device_that_cannot_be_is_told():
    assert "(VERSUS_DEVICE): expected cpu, cuda, cuda:N or auto; got 'toaster'" in said("toaster")
    if not torch.cuda.is_available():
        assert "cuda was asked for (--device, or VERSUS_DEVICE), but torch finds" in said("cuda")


def test_keras_imported_before_on_another_device_is_told():
    code = (
        "import os; os.environ.update(KERAS_BACKEND='torch', KERAS_TORCH_DEVICE='meta');"
        "import keras, versus.backend"
    )
    assert "but keras was imported first, on meta" in said("cpu", code)


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
@pytest.mark.parametrize("name", ["fc-dropout", "cnn-pool", "kernel-3x3", "resnet-v1-8"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop", "adadelta"])
def test_a_graph_trains_as_single_steps_do(tiny, name, optimizer, monkeypatch, caplog):
    """On the card itself: captured, and step by step; the masks are the same."""
    from versus.training.recorder import RECORDERS

    recipe = Recipe(optimizer=optimizer, learning_rate=0.005, batch_size=20, epochs=3)
    found = []
    with keras.device("cuda"):
        for graphs in (True, False):
            if not graphs:
                monkeypatch.delitem(RECORDERS, "cuda")
            model = build(name, (28, 28, 1), 3)
            data = make_tiny(size=28)
            found.append(engine.fit(model, recipe, data.train, data.test, seed=0).history["loss"])
    assert "one by one" not in caplog.text
    np.testing.assert_allclose(found[0], found[1], rtol=1e-2)


@gpu
def test_a_captured_step_waits_for_nothing(tiny, monkeypatch):
    """torch itself watches: a step that waits for the card raises."""
    from versus.training.replay import Replay

    step = Replay._whole_step

    def watched(self):
        torch.cuda.set_sync_debug_mode("error" if self._graph is not None else "default")
        try:
            step(self)
        finally:
            torch.cuda.set_sync_debug_mode("default")

    monkeypatch.setattr(Replay, "_whole_step", watched)
    with keras.device("cuda"):
        model = build("fc-dropout", tiny.input_shape, 3)
        recipe = Recipe(batch_size=20, epochs=3)
        history = engine.fit(model, recipe, tiny.train, tiny.test, seed=0).history
    assert np.isfinite(history["loss"]).all()


@gpu
@pytest.mark.parametrize("precision", ["float32", "tf32", "bfloat16"])
def test_every_precision_learns_on_a_card(tiny, precision):
    before = torch.backends.cuda.matmul.fp32_precision
    with keras.device("cuda"):
        model = build("cnn-pool", tiny.input_shape, 3)
        recipe = Recipe(batch_size=20, epochs=8, precision=precision)
        history = engine.fit(model, recipe, tiny.train, tiny.test, seed=0).history
    assert history["val_accuracy"][-1] > 0.9
    assert torch.backends.cuda.matmul.fp32_precision == before


@gpu
def test_a_training_on_a_card_goes_on_where_it_was_saved(tiny, tmp_path):
    class Stops(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyError

    def train(**options):
        model = build("fc-dropout", tiny.input_shape, 3)
        recipe = Recipe(batch_size=20, epochs=4)
        return engine.fit(model, recipe, tiny.train, tiny.test, seed=0, **options).history["loss"]

    with keras.device("cuda"):
        whole = train()
        with pytest.raises(KeyError):
            train(callbacks=[Stops()], checkpoint=Checkpoint(tmp_path, every_epoch=True))
        found = train(checkpoint=Checkpoint(tmp_path))
    np.testing.assert_allclose(found, whole, rtol=1e-4)


@gpu
def test_many_epochs_take_no_more_memory_than_few(tiny):
    peaks = []
    with keras.device("cuda"):
        for epochs in (3, 12):
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
            model = build("cnn-pool", tiny.input_shape, 3)
            engine.fit(model, Recipe(batch_size=20, epochs=epochs), tiny.train, None, seed=0)
            peaks.append(torch.cuda.max_memory_allocated())
    assert peaks[1] <= 1.1 * peaks[0]


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
