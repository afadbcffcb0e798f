"""Weights that others trained: random ones, or none to be had."""

import sys
from urllib.error import URLError

import pytest


@pytest.fixture
def random_weights(monkeypatch):
    monkeypatch.setenv("VERSUS_WEIGHTS", "random")


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """Keras's loader with an empty cache and no network; yields what it tried to fetch."""
    import versus.backend  # noqa: F401

    loader = sys.modules["keras.src.utils.file_utils"]
    tried = []

    def urlretrieve(url, *_args, **_options):
        tried.append(url)
        raise URLError("Name or service not known")

    monkeypatch.delenv("VERSUS_WEIGHTS", raising=False)
    monkeypatch.setattr(loader, "urlretrieve", urlretrieve)
    monkeypatch.setattr(loader.config, "keras_home", lambda: str(tmp_path))
    return tried
