"""What Keras imports for features that few use is imported when one is used, and is then whole."""

import subprocess
import sys

import pytest

from versus.deferred import deferred


def said(code: str) -> str:
    """What a fresh Python writes."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_keras_comes_without_matplotlib_and_scikit_learn():
    code = "import sys, versus.backend; print({'matplotlib', 'sklearn'} & set(sys.modules))"
    assert said(code) == "set()"


def test_its_features_are_there_when_they_are_asked_for(tmp_path):
    code = (
        "from versus.backend import keras; import sys\n"
        "from keras.wrappers import SKLearnClassifier\n"
        "assert keras.wrappers.SKLearnClassifier is SKLearnClassifier\n"
        "from sklearn.base import BaseEstimator\n"
        "assert issubclass(SKLearnClassifier, BaseEstimator)\n"
        "import numpy as np\n"
        "keras.visualization.plot_image_gallery(\n"
        "    np.zeros((4, 8, 8, 3)), rows=2, cols=2, value_range=(0, 1),\n"
        f"    path={str(tmp_path / 'gallery.png')!r})\n"
        "print('matplotlib' in sys.modules)"
    )
    assert said(code) == "True"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package with a module in it, that nobody has imported."""
    folder = tmp_path / "outer_for_this_test"
    folder.mkdir()
    (folder / "__init__.py").write_text("value = 1\n")
    (folder / "inner.py").write_text("value = 2\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield folder.name
    for name in (folder.name, f"{folder.name}.inner"):
        sys.modules.pop(name, None)


def test_a_module_is_imported_at_its_first_use(package):
    with deferred(package, f"{package}.inner"):
        stand = __import__(package)
        inner = stand.inner
    assert package not in sys.modules
    assert "value" in dir(inner)
    assert stand.value == 1
    assert inner.value == 2
    assert sys.modules[package].value == 1


def test_it_may_be_used_inside_the_block(package):
    with deferred(package):
        assert __import__(package).value == 1
    assert sys.modules[package].value == 1


def test_what_is_missing_is_missed_as_ever():
    with deferred("there_is_no_such_module"), pytest.raises(ModuleNotFoundError):
        __import__("there_is_no_such_module")


def test_what_is_there_is_left_alone():
    with deferred("json"):
        import json

        assert json.loads("1") == 1


def test_a_name_that_a_module_lacks_is_told_as_ever(package):
    with deferred(package):
        stand = __import__(package)
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = stand.nothing_like_it
