"""Every network of keras.applications: built, or refused in words of our own; and its weights."""

import re
import sys

import h5py
import numpy as np
import pytest
from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

from versus.backend import keras
from versus.cli.main import run_command
from versus.errors import ModelError
from versus.models.build import build
from versus.models.cost import cost
from versus.models.held_output import HeldOutput
from versus.models.preprocessing import MODES, SMALLEST
from versus.models.pretrained import find_network
from versus.models.transfer import transfer

NETWORKS = [name for name in dir(keras.applications) if name[0].isupper()]
REFUSED = {"NASNetMobile"}
# The smallest of each family that answers pictures in a second or two.
SMALL = (
    *("ConvNeXtTiny", "DenseNet121", "EfficientNetB0", "EfficientNetV2B0", "InceptionV3"),
    *("MobileNetV3Small", "ResNet50V2", "Xception"),
)


def family(name):
    return find_network(name).__module__.rpartition(".")[2]


@pytest.fixture
def shapes_only():
    """Weights are shapes without numbers, so that the largest network is built in a second."""
    with keras.device("meta"):
        yield


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize("name", NETWORKS)
def test_offline_every_network_is_refused_or_says_which_file_it_wants(name, offline, capsys):
    """Keras asks for the weights when the network is built, so that it can be is seen, too."""
    wanted = r"expected hash ([0-9a-f]{32,64}|none \(Keras gives none.*\));"
    known = rf"the weights \S+\.h5 cannot be loaded .*--weights FILE.*{wanted}"
    refused = rf"^{name} of keras.applications cannot be built here, where Keras runs on torch: "
    with pytest.raises(ModelError, match=refused if name in REFUSED else known):
        build(transfer(name), (28, 28, 1), 10)
    assert len(offline) == (name not in REFUSED)
    printed = capsys.readouterr()
    assert printed.out + printed.err == ""


def test_a_file_of_which_keras_has_no_hash_is_told_by_its_name(offline, monkeypatch, tmp_path):
    trained = find_network("MobileNetV2")(weights=None, include_top=False, input_shape=(32, 32, 3))
    name = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"
    for path in (tmp_path / "its.h5", tmp_path / name):
        with h5py.File(path, "w") as file:
            save_weights_to_hdf5_group(file, trained)
    monkeypatch.setenv("VERSUS_WEIGHTS", str(tmp_path / "its.h5"))
    with pytest.raises(
        ModelError, match=rf"expected the file {name}, hash none \(Keras gives none"
    ):
        build(transfer("MobileNetV2"), (28, 28, 1), 3)
    monkeypatch.setenv("VERSUS_WEIGHTS", str(tmp_path / name))
    base = build(transfer("MobileNetV2"), (28, 28, 1), 3).get_layer("mobilenetv2")
    for ours, theirs in zip(base.weights, trained.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert not offline


@pytest.mark.usefixtures("random_weights", "shapes_only")
@pytest.mark.parametrize("name", ["InceptionResNetV2", "MobileNet", "NASNetLarge", "VGG19"])
def test_random_weights_give_another_name(name):
    model = build(transfer(name), (28, 28, 1), 10)
    assert f"{name.lower()}-random-weights" in [layer.name for layer in model.layers]
    assert model.output_shape == (None, 10)


@pytest.mark.usefixtures("random_weights")
@pytest.mark.parametrize("name", SMALL)
def test_networks_answer_pictures(name):
    model = build(transfer(name), (28, 28, 1), 3)
    images = np.random.default_rng(0).integers(0, 256, (2, 28, 28, 1), dtype=np.uint8)
    np.testing.assert_allclose(model.predict(images, verbose=0).sum(1), 1, rtol=1e-4)
    assert cost(model).trainable < cost(model).parameters / 10
    assert f"{name.lower()}-random-weights" in [layer.name for layer in model.layers]


@pytest.mark.usefixtures("shapes_only")
@pytest.mark.parametrize("name", {family(name): name for name in NETWORKS}.values())
def test_the_smallest_sizes_are_those_of_keras(name):
    assert set(SMALLEST) == set(MODES)
    if name in REFUSED:
        name = "NASNetLarge"
    least = SMALLEST[family(name)]
    with pytest.raises(ValueError, match=f"at least {least}x{least}"):
        find_network(name)(weights=None, include_top=False, input_shape=(least, least - 1, 3))
    with pytest.raises(ModelError, match=f"takes pictures of {least}x{least} or more; got"):
        transfer(name, size=(least, least - 1))


@pytest.mark.parametrize("name", ["EfficientNetV2B0", "ConvNeXtTiny"])
def test_a_network_that_looks_things_up_by_its_name_takes_weights_from_a_file(
    name, monkeypatch, tmp_path
):
    path = tmp_path / "its.weights.h5"
    trained = find_network(name)(weights=None, include_top=False, input_shape=(32, 32, 3))
    trained.save_weights(path)
    monkeypatch.setenv("VERSUS_WEIGHTS", str(path))
    monkeypatch.setattr("versus.models.pretrained._check_file", lambda *_: None)
    moved = build(transfer(name), (28, 28, 1), 10)
    base = next(layer for layer in moved.layers if layer.name == name.lower())
    for ours, theirs in zip(base.weights, trained.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_saved_transfer_of_a_network_with_layers_of_its_own_is_read_again(
    random_weights, tmp_path
):
    del random_weights
    model = build(transfer("ConvNeXtTiny"), (28, 28, 1), 3)
    model.save(tmp_path / "model.keras")
    assert build(str(tmp_path / "model.keras"), (28, 28, 1), 3).count_params() == (
        model.count_params()
    )


def test_the_command_s_error_is_one_line(offline, capsys):
    assert run_command(["model", "show", "vgg16-frozen"]) == 2
    printed = capsys.readouterr()
    assert not printed.out
    assert re.fullmatch(r"[^\n]*the weights vgg16_\w+\.h5 cannot be loaded[^\n]*\n", printed.err)
    assert len(offline) == 1


def test_a_download_that_begins_is_seen(capsys):
    stream = HeldOutput(sys.stderr)
    stream.write("Downloading data from somewhere\n")
    assert not capsys.readouterr().err
    stream.write("\r 10/100")
    stream.flush()
    assert capsys.readouterr().err == "Downloading data from somewhere\n\r 10/100"
    assert not stream.isatty()
