"""Transfer: the network's own preprocessing, frozen parts, saved bases, weights that are not there."""

import hashlib
import socket
import sys

import numpy as np
import pytest

from versus.backend import keras
from versus.errors import ModelError, UnknownNameError
from versus.models.build import build
from versus.models.cutting import cut
from versus.models.preprocessing import MODES, scaled_as, to_colour
from versus.models.pretrained import find_network, network
from versus.models.transfer import transfer, vgg16_frozen

NETWORKS = [name for name in dir(keras.applications) if name[0].isupper()]


@pytest.fixture
def random_weights(monkeypatch):
    monkeypatch.setenv("VERSUS_WEIGHTS", "random")


@pytest.fixture
def no_network(monkeypatch, tmp_path):
    """No file in Keras's cache, and no way to any other machine."""
    monkeypatch.delenv("VERSUS_WEIGHTS", raising=False)
    monkeypatch.setattr(keras.src.backend.common.global_state, "get_global_attribute", None, False)
    monkeypatch.undo()
    monkeypatch.setattr(keras.config, "keras_home", None, raising=False)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_has_a_mode_that_is_its_own_preprocessing(name):
    module = sys.modules[find_network(name).__module__]
    mode = MODES[module.__name__.rpartition(".")[2]]
    images = np.random.default_rng(0).uniform(0, 255, (2, 4, 5, 3)).astype("float32")
    inputs = keras.Input((4, 5, 3))
    ours = keras.Model(inputs, scaled_as(inputs, mode, grey=False))
    np.testing.assert_allclose(
        ours.predict(images, verbose=0),
        module.preprocess_input(images.copy(), data_format="channels_last"),
        rtol=1e-4,
        atol=1e-4,
    )
