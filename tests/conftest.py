"""Fixtures of the whole suite: a tiny data set, the real ones, and a home that is left alone."""

import os
import signal
from pathlib import Path

import pytest
from bands import make_tiny
from browsing import browser, visit
from hypothesis import settings

from versus.data.dataset import Dataset

__all__ = ["browser", "visit"]  # fixtures of the tests that look at pages

# The same examples every time, so that a failure is of the change it comes with; new ones are
# looked for with HYPOTHESIS_PROFILE=search.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

REAL_SETS = ("mnist", "fashion-mnist")


def pytest_configure(config: pytest.Config) -> None:
    """Tests change folders, so a relative VERSUS_DATA is made absolute once.

    A suite started in the background is told to ignore Ctrl-C, which some tests press.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for size in ("COLUMNS", "LINES"):  # of a terminal, where a test says so itself
        os.environ.pop(size, None)
    os.environ["VERSUS_TEST_PROCESS"] = str(os.getpid())  # tests/studies/dying.py
    folders = os.environ.get("VERSUS_DATA", "")
    if folders:
        os.environ["VERSUS_DATA"] = os.pathsep.join(
            str(Path(folder).resolve()) for folder in folders.split(os.pathsep)
        )


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    """No test reads or writes the user's cache."""
    os.environ["VERSUS_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder that holds the real MNIST and Fashion-MNIST; skips where there is none."""
    for folder in filter(None, os.environ.get("VERSUS_DATA", "").split(os.pathsep)):
        if all((Path(folder) / name).is_dir() for name in REAL_SETS):
            return Path(folder)
    if os.environ.get("VERSUS_REQUIRE_REAL_DATA"):
        pytest.fail("VERSUS_REQUIRE_REAL_DATA is set, but VERSUS_DATA holds no mnist/")
    pytest.skip("set VERSUS_DATA to a folder that holds mnist/ and fashion-mnist/")


@pytest.fixture(scope="session")
def tiny() -> Dataset:
    """96 train and 48 test pictures of 8x8x1 in three classes."""
    return make_tiny()


@pytest.fixture(scope="session")
def shipped_study(tmp_path_factory) -> Path:
    """DIR of a finished study of two small nets on the tiny set."""
    from shipping import make_study  # brings Keras, which not every test needs

    return make_study(tmp_path_factory.mktemp("shipped") / "study")


@pytest.fixture(scope="session")
def bundle(shipped_study, tmp_path_factory) -> Path:
    """A bundle of the study's `cnn`; not to be changed."""
    from shipping import make_bundle

    return make_bundle(shipped_study, tmp_path_factory.mktemp("bundle") / "cnn")


@pytest.fixture(scope="session")
def second_bundle(shipped_study, tmp_path_factory) -> Path:
    """A bundle of the study's `fc`; not to be changed."""
    from shipping import make_bundle

    return make_bundle(shipped_study, tmp_path_factory.mktemp("bundle") / "fc", "fc")
