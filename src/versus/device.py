"""Which device computes: said by name before Keras is imported, which looks once and for all.

"cpu", the processor, is what is taken where nobody says: there the same seed gives the same bits,
on a card it does not. "cuda" is the first CUDA card, "cuda:1" the second, "auto" a card if there is
one. The variable VERSUS_DEVICE says it too.
"""

import contextlib
import os
import re

from versus.errors import BackendError

VARIABLE = "VERSUS_DEVICE"


def choose_device(name: str) -> None:
    """Let Keras, when it is imported, and processes that are started compute there.

    Raises:
        BackendError: it is no name of a device.
    """
    check_name(name)
    kind, _, number = name.partition(":")
    if number:
        # A process that sees one card only cannot take another by mistake.
        visible = os.environ.get("CUDA_VISIBLE_DEVICES", "")
        cards = visible.split(",") if visible else [str(n) for n in range(int(number) + 1)]
        os.environ["CUDA_VISIBLE_DEVICES"] = "".join(cards[int(number) : int(number) + 1])
    os.environ[VARIABLE] = kind
    if kind == "auto":
        os.environ.pop("KERAS_TORCH_DEVICE", None)
    else:
        os.environ["KERAS_TORCH_DEVICE"] = kind


def prepare() -> None:
    """Do as VERSUS_DEVICE says; versus.backend refuses a name that is none."""
    name = os.environ.get(VARIABLE, "")
    if name:
        with contextlib.suppress(BackendError):
            choose_device(name)
    else:
        os.environ.setdefault("KERAS_TORCH_DEVICE", "cpu")


def check_name(name: str) -> None:
    """Raise BackendError unless it is a name of a device."""
    if not re.fullmatch(r"cpu|auto|cuda(:\d+)?", name):
        raise BackendError(
            f"--device ({VARIABLE}): expected cpu, cuda, cuda:N or auto; got {name!r}"
        )
