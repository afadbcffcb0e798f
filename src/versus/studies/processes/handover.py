"""Handing a study's work to a fresh interpreter: what to import, what to send as it is.

It goes through a private socket between a process and its own child, never to a disk: plain
pickle, as functions have no other form. Pictures go beside it, as they lie in memory. Functions
and classes of importable modules and of study files go by name and are imported there; those of a
notebook or a script, and closures, go by value (cloudpickle).
"""

import json
import os
import pickle
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import cloudpickle

from versus.backend import keras, torch
from versus.errors import ModelError
from versus.models.builder import load_module


def send(connection: Connection, work: Any) -> None:
    """Send `work`, and what of this process it needs.

    Raises:
        Exception: something in it cannot be sent; of what kind is up to what it is.
    """
    buffers: list[pickle.PickleBuffer] = []
    registered = {
        name: value
        for name, value in keras.saving.get_custom_objects().items()
        if getattr(value, "__module__", None) == "__main__"
    }
    # Out of band, and so not copied once more: arrays that lie in one piece.
    content = cloudpickle.dumps((work, registered), protocol=5, buffer_callback=buffers.append)
    connection.send_bytes(json.dumps({**_process(), "buffers": len(buffers)}).encode())
    connection.send_bytes(content)
    for buffer in buffers:
        connection.send_bytes(buffer.raw())


def receive(connection: Connection) -> Any:
    """Return the work that was sent; this process is as the sender's from here on.

    Raises:
        EOFError: the sender is gone.
        Exception: something cannot be imported here.
    """
    told = json.loads(connection.recv_bytes())
    content = connection.recv_bytes()
    buffers = [connection.recv_bytes() for _ in range(told["buffers"])]
    unread = _become(told)
    try:
        work, registered = pickle.loads(content, buffers=buffers)  # noqa: S301  (our own parent's)
    except ModuleNotFoundError as missing:
        raise unread.get(str(missing.name), missing) from missing
    for name, value in registered.items():
        package, found, short = name.rpartition(">")
        if found:
            keras.saving.register_keras_serializable(package, short)(value)
        else:
            keras.saving.get_custom_objects()[name] = value
    return work


def _process() -> dict[str, Any]:
    """Return what of this process decides what user's code does."""
    return {
        "path": [str(Path(entry).resolve()) if entry else os.getcwd() for entry in sys.path],
        "folder": os.getcwd(),
        "arguments": sys.argv,
        "environment": dict(os.environ),
        "files": {
            name: str(module.__file__)
            for name, module in list(sys.modules.items())
            if name.startswith("versus_user_") and module.__file__
        },
        "versions": [keras.__version__, torch.__version__],
        "keras": {
            "floatx": keras.config.floatx(),
            "epsilon": keras.config.epsilon(),
            "image_data_format": keras.config.image_data_format(),
        },
        "dtype_policy": keras.saving.serialize_keras_object(keras.config.dtype_policy()),
        "matmul_precision": torch.get_float32_matmul_precision(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
    }


def _become(told: dict[str, Any]) -> dict[str, Exception]:
    """Make this process one in which user's code does the same.

    Returns:
        why a file of the sender's could not be read here, by the name of its module. It matters
        only to work that needs it: the sender may have read it for another study, long ago.
    """
    if told["versions"] != [keras.__version__, torch.__version__]:
        raise ModelError("Keras or torch was installed anew since this process started")
    os.environ.clear()
    os.environ.update(told["environment"])
    os.chdir(told["folder"])
    sys.path[:], sys.argv[:] = told["path"], told["arguments"]
    for setting, value in told["keras"].items():
        getattr(keras.config, f"set_{setting}")(value)
    policy = keras.saving.deserialize_keras_object(told["dtype_policy"])
    keras.config.set_dtype_policy(policy)
    torch.set_float32_matmul_precision(told["matmul_precision"])
    torch.use_deterministic_algorithms(told["deterministic"])
    unread: dict[str, Exception] = {}
    for name, path in told["files"].items():
        try:
            load_module(Path(path), ModelError)
        except ModelError as cause:
            unread[name] = cause
    return unread
