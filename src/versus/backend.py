"""The one place that imports Keras and torch; device and threads are decided here too.

Everything else says `from versus.backend import keras`. Importing this module takes seconds, so
only modules that build or run models import it. That Keras is to run on torch is said in
`versus/__init__.py`, so that `import versus; import keras` works in a user's own file too; so is
the device that the variable VERSUS_DEVICE names (see versus.device); unset, the processor.
"""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from versus.deferred import deferred
from versus.device import check_name
from versus.errors import BackendError

# They bring matplotlib and scikit-learn: see deferred.py. Each name of a module, inner ones first.
with deferred(
    "keras.src.visualization",
    "keras.visualization",
    "keras._tf_keras.keras.visualization",
    "keras.wrappers",
    "keras._tf_keras.keras.wrappers",
):
    import keras
    from keras.src.backend.common import global_state

if keras.backend.backend() != "torch":
    raise BackendError(
        f"versus runs Keras on torch, but keras was imported first, on {keras.backend.backend()}: "
        "import versus before keras, or set KERAS_BACKEND=torch"
    )

__all__ = [
    "FlopCounterMode",
    "TorchDispatchMode",
    "TorchFunctionMode",
    "card_name",
    "device_name",
    "global_seed",
    "isolated",
    "keras",
    "products",
    "threads",
    "torch",
]


# What Keras keeps of random numbers and layer names, under its own names.
KERAS_STATE = ("global_random_seed", "global_seed_generator", "object_name_uids")


def device_name() -> str:
    """Return the device that Keras puts its tensors on: "cpu", "cuda" or "mps"."""
    zero: Any = keras.ops.zeros(())
    return str(zero.device.type)


def card_name() -> str:
    """Return what the CUDA card that computes calls itself; "" on a processor."""
    return torch.cuda.get_device_name() if device_name() == "cuda" else ""


def check_device(wanted: str) -> None:
    """Raise BackendError unless Keras runs on a device, by name; any is right for "auto"."""
    if wanted:
        check_name(wanted)
    if wanted not in ("cpu", "cuda"):
        return
    if wanted == "cuda" and not torch.cuda.is_available():
        raise BackendError(
            "cuda was asked for (--device, or VERSUS_DEVICE), but torch finds no CUDA device: ask "
            "for cpu, or install a torch built for CUDA and its driver"
        )
    if device_name() != wanted:
        raise BackendError(
            f"{wanted} was asked for (--device, or VERSUS_DEVICE), but keras was imported first, "
            f"on {device_name()}: import versus before keras, or set KERAS_TORCH_DEVICE={wanted}"
        )


check_device(os.environ.get("VERSUS_DEVICE", ""))


def global_seed() -> Any:
    """Return the variable from which Keras's random functions draw where no seed is given."""
    from keras.src.random.seed_generator import global_seed_generator

    return global_seed_generator().state


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let torch compute with `count` threads inside the block, then as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def products(precision: str) -> Iterator[None]:
    """Let a card take products and convolutions of float32 as TF32 inside, or as they are.

    torch by itself does so with convolutions, unasked. On a processor nothing changes.

    Args:
        precision: of a Recipe: "tf32" lets it, anything else does not.
    """
    places: Any = torch.backends.cuda.matmul, torch.backends.cudnn.conv  # pyright: ignore
    before = [place.fp32_precision for place in places]
    for place in places:
        place.fp32_precision = "tf32" if precision == "tf32" else "ieee"
    try:
        yield
    finally:
        for place, setting in zip(places, before, strict=True):
            place.fp32_precision = setting


@contextmanager
def isolated(seed: int) -> Iterator[None]:
    """Run a block on global random state made from `seed`, and put the old state back.

    Keras draws initial weights and dropout seeds from global generators, and counts layer names
    globally. Inside the block all of these start from `seed` and from zero, so the same block
    gives the same model; after it the caller's own state is as if the block had never run.

    Args:
        seed: 0 to 2**32 - 1.
    """
    python_state = random.getstate()
    numpy_state = np.random.get_state()  # noqa: NPY002  (saved for its owner, not drawn from)
    torch_state = torch.random.get_rng_state()
    tracker = vars(global_state.GLOBAL_STATE_TRACKER)
    # Only these: the same place keeps the user's dtype policy and other settings.
    keras_state = {name: tracker.pop(name) for name in KERAS_STATE if name in tracker}
    try:
        keras.utils.set_random_seed(seed)
        yield
    finally:
        for name in KERAS_STATE:
            tracker.pop(name, None)
        tracker.update(keras_state)
        torch.random.set_rng_state(torch_state)
        np.random.set_state(numpy_state)  # noqa: NPY002
        random.setstate(python_state)
