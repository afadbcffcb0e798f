"""Reading a saved Keras model: the model, or in a line why it cannot be read."""

import zipfile
from pathlib import Path
from typing import Any

from versus.errors import ModelError


def load_saved(path: Path) -> Any:
    """Return the Keras model in a `.keras` file, not compiled.

    Raises:
        ModelError: there is no such file, or it is no model that can be read.
    """
    from versus.backend import keras  # takes seconds, and models are often only listed

    if not path.is_file():
        raise ModelError(f"{path}: no such file")
    try:
        return keras.saving.load_model(path, compile=False)
    except Exception as cause:
        raise ModelError(f"{path}: {_unreadable(path, cause)}") from cause


def _unreadable(path: Path, cause: Exception) -> str:
    """Return why a saved model cannot be read, and what to do."""
    message = str(cause).strip().splitlines()[0]
    if "python lambda" in message.lower():
        return (
            "holds a Lambda layer, whose code is run when the file is read, so the file is not: "
            "use a layer of Keras (Rescaling for a scale, Activation for a function), or give the "
            "function that builds the model, as file.py:function"
        )
    if not zipfile.is_zipfile(path):  # Keras calls it a file that is not there
        return "not a Keras model that can be read: expected a .keras file, which is a zip archive"
    return (
        f"not a Keras model that can be read: {message} (a layer of your own must be registered "
        "with keras.saving.register_keras_serializable before it is saved)"
    )
