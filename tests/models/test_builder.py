"""Every form of MODEL, and every way in which one can be wrong."""

import random
import sys

import numpy as np
import pytest

from versus.backend import isolated, keras, torch
from versus.errors import ModelError, UnknownNameError
from versus.models.build import build
from versus.models.builder import find_builder

NET = """
from versus.backend import keras
import neighbour

def my_net(input_shape, classes):
    return keras.Sequential([
        keras.Input(input_shape), keras.layers.Flatten(),
        keras.layers.Dense(classes, activation=neighbour.ACTIVATION),
    ])

def raises(input_shape, classes):
    return 1 / 0

def wrong_size(input_shape, classes):
    return my_net(input_shape, classes + 1)

def wrong_input(input_shape, classes):
    return my_net((99, 99, 1), classes)

def no_model(input_shape, classes):
    return "a model"

def two_inputs(input_shape, classes):
    a, b = keras.Input(input_shape), keras.Input(input_shape)
    joined = keras.layers.Flatten()(keras.layers.Add()([a, b]))
    return keras.Model([a, b], keras.layers.Dense(classes)(joined))
"""


@pytest.fixture
def nets(tmp_path, monkeypatch):
    (tmp_path / "user_nets.py").write_text(NET)
    (tmp_path / "neighbour.py").write_text("ACTIVATION = 'softmax'\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "neighbour", raising=False)
    return tmp_path


@pytest.mark.parametrize("reference", ["user_nets.py:my_net", "user_nets:my_net"])
def test_a_function_in_a_file_or_module(nets, reference, monkeypatch):
    monkeypatch.delitem(sys.modules, "user_nets", raising=False)
    builder = find_builder(reference)
    assert (builder.name, builder.reference) == ("my-net", reference)
    assert len(builder.source_sha256) == 64
    assert build(builder, (8, 8, 1), 3).output_shape == (None, 3)
    assert str(nets) not in sys.path


def test_a_saved_model_keeps_its_weights(tmp_path):
    model = build("fc", (8, 8, 1), 3, seed=9)
    path = tmp_path / "saved.keras"
    model.save(path)
    builder = find_builder(str(path))
    assert builder.name == "saved"
    loaded = build(builder, (8, 8, 1), 3, seed=1)
    for a, b in zip(model.weights, loaded.weights, strict=True):
        np.testing.assert_array_equal(a.value.detach().numpy(), b.value.detach().numpy())


def test_a_function_itself():
    def little(input_shape, classes):
        return keras.Sequential(
            [keras.Input(input_shape), keras.layers.Flatten(), keras.layers.Dense(classes)]
        )

    assert find_builder(little).name == "little"
    assert build(little, (4, 4, 1), 2).output_shape == (None, 2)


@pytest.mark.parametrize(
    ("reference", "error", "message"),
    [
        ("cnn_pool", UnknownNameError, "did you mean 'cnn-pool'"),
        ("absent.py:net", ModelError, "absent.py: no such file"),
        ("user_nets.py:my_ned", UnknownNameError, "did you mean 'my_net'"),
        ("no.such.module:net", ModelError, "ModuleNotFoundError"),
        ("absent.keras", ModelError, "absent.keras: No such file"),
        ("broken.py:net", ModelError, r"broken.py:2: SyntaxError"),
        ("raising.py:net", ModelError, r"raising.py:3: RuntimeError: at import"),
        (42, ModelError, "got int"),
        ("leaving.py:net", ModelError, r"leaving.py:1: SystemExit: 3"),
    ],
)
def test_a_model_that_cannot_be_found(nets, reference, error, message):
    (nets / "broken.py").write_text("x = 1\ndef (:\n")
    (nets / "raising.py").write_text("import neighbour\n\nraise RuntimeError('at import')\n")
    (nets / "leaving.py").write_text("raise SystemExit(3)\n")
    with pytest.raises(error, match=message):
        find_builder(reference)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("raises", r"user_nets.py:12: ZeroDivisionError"),
        ("wrong_size", r"output of shape \(None, 4\), but the data have 3 classes"),
        ("wrong_input", r"takes input of shape \(99, 99, 1\), but the pictures are \(8, 8, 1\)"),
        ("no_model", "expected a keras.Model; got str"),
        ("two_inputs", "takes 2"),
    ],
)
def test_a_model_that_does_not_fit(nets, function, message):
    with pytest.raises(ModelError, match=message):
        build(f"user_nets.py:{function}", (8, 8, 1), 3)


class Subclassed(keras.Model):
    def __init__(self, classes):
        super().__init__()
        self.flatten = keras.layers.Flatten()
        self.dense = keras.layers.Dense(classes, activation="softmax")

    def call(self, inputs):
        return self.dense(self.flatten(inputs))


class OwnStep(Subclassed):
    def train_step(self, *args, **kwargs):
        return super().train_step(*args, **kwargs)


def test_a_subclassed_model_is_given_its_inputs():
    model = build(lambda shape, classes: Subclassed(classes), (8, 8, 1), 3)
    assert (model.input_shape, model.output_shape) == ((None, 8, 8, 1), (None, 3))
    assert model.count_params() == 8 * 8 * 3 + 3


def test_a_subclassed_model_with_a_train_step_must_bring_its_inputs():
    with pytest.raises(ModelError, match="a train_step of its own"):
        build(lambda shape, classes: OwnStep(classes), (8, 8, 1), 3)


def test_a_model_is_no_builder():
    with pytest.raises(ModelError, match="or a function"):
        find_builder(build("fc", (8, 8, 1), 3))


def test_messages_of_keras_are_stripped_of_colour_and_arguments():
    def too_small(shape, classes):
        return keras.Sequential(
            [keras.Input(shape), keras.layers.Conv2D(2, 9), keras.layers.Flatten()]
        )

    with pytest.raises(ModelError) as caught:
        build(too_small, (4, 4, 1), 3)
    assert "\x1b" not in str(caught.value)
    assert "Arguments received" not in str(caught.value)


def test_a_file_that_is_no_saved_model(tmp_path):
    path = tmp_path / "text.keras"
    path.write_text("not a model")
    with pytest.raises(ModelError, match="not a Keras model that can be read"):
        build(str(path), (8, 8, 1), 3)


def test_a_saved_lambda_says_why_it_is_not_read(tmp_path):
    path = tmp_path / "lambda.keras"
    layers = [keras.Input((8, 8, 1)), keras.layers.Lambda(lambda x: x / 255)]
    keras.Sequential([*layers, keras.layers.Flatten(), keras.layers.Dense(3)]).save(path)
    with pytest.raises(ModelError, match=r"lambda.keras: holds a Lambda layer.*file.py:function"):
        build(str(path), (8, 8, 1), 3)


@pytest.mark.parametrize("function", [lambda: None, lambda shape: None, lambda a, b, c: None])
def test_a_builder_of_other_arguments_is_told_so(function):
    with pytest.raises(ModelError, match=r"expected a function \(input_shape, classes\)") as caught:
        build(function, (8, 8, 1), 3)
    assert "build.py" not in str(caught.value)


def test_a_builder_may_have_more_arguments_with_defaults():
    def net(shape, classes, width=4):
        layers = [keras.layers.Flatten(), keras.layers.Dense(width), keras.layers.Dense(classes)]
        return keras.Sequential([keras.Input(shape), *layers])

    assert build(net, (8, 8, 1), 3).output_shape == (None, 3)


def test_building_leaves_global_state_alone():
    def drawn():
        return random.random(), np.random.random(), torch.rand(1).item()  # noqa: NPY002

    keras.utils.set_random_seed(5)
    expected = drawn()
    keras.utils.set_random_seed(5)
    build("fc-dropout", (8, 8, 1), 3)
    assert drawn() == expected


def test_building_leaves_the_names_of_layers_alone():
    def number():
        return int(keras.layers.Dense(1).name.partition("_")[2] or 0)

    before = number()
    assert build("fc", (8, 8, 1), 3).layers[-1].name == "dense_2"
    assert number() == before + 1


def test_settings_of_the_user_hold_inside():
    before = keras.config.dtype_policy()
    try:
        keras.config.set_dtype_policy("mixed_bfloat16")
        assert build("fc", (8, 8, 1), 3).layers[-1].compute_dtype == "bfloat16"
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
    finally:
        keras.config.set_dtype_policy(before)


def test_state_is_put_back_after_an_error():
    torch.manual_seed(1)
    expected = torch.rand(1).item()
    torch.manual_seed(1)

    def fails():
        with isolated(3):
            torch.rand(5)
            raise RuntimeError("inside")

    with pytest.raises(RuntimeError, match="inside"):
        fails()
    assert torch.rand(1).item() == expected


def test_keras_on_another_backend_is_one_clear_error():
    import subprocess

    code = (
        "import sys, types; keras = types.ModuleType('keras'); sys.modules['keras'] = keras\n"
        "keras.backend = types.SimpleNamespace(backend=lambda: 'jax')\n"
        "state = types.ModuleType('keras.src.backend.common'); state.global_state = None\n"
        "for name in ('keras.src', 'keras.src.backend'):\n"
        "    sys.modules[name] = types.ModuleType(name)\n"
        "sys.modules['keras.src.backend.common'] = state\n"
        "import versus.backend"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert "BackendError: versus runs Keras on torch, but keras was imported first, on jax" in (
        done.stderr
    )
