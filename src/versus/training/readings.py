"""Readings: what a step asks of the device on its way, so that a graph could not hold it.

A CUDA graph holds kernels. Python that waits for a value of the device, or hands it one, would be
run once, at the capture, and never again; the driver refuses most of that. Here it is seen before,
on any device.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from versus.backend import TorchDispatchMode, TorchFunctionMode, torch

# A value read, or a size that follows from values.
READS = {
    *("aten._local_scalar_dense.default", "aten.nonzero.default", "aten.masked_select.default"),
    *("aten._unique2.default", "aten.bincount.default", "aten.repeat_interleave.Tensor"),
}
COPIES = {"aten._to_copy.default", "aten.copy_.default"}
# On the processor these read memory past the dispatcher.
METHODS = {"tolist", "numpy", "cpu", "__array__"}


@contextmanager
def readings(device: str) -> Iterator[list[str]]:
    """Fill a list with the names of what no graph can hold, in the order it was seen.

    Args:
        device: "cuda", or that which stands for it.
    """
    found: list[str] = []
    with _Calls(found.append), _Operations(found.append, device):
        yield found


class _Operations(TorchDispatchMode):
    """Sees every operation, of the backward pass too."""

    def __init__(self, say: Callable[[str], None], device: str) -> None:
        super().__init__()
        self._say, self._device = say, device

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        # Python's numbers on their way to the device; elsewhere one goes along as it is.
        made = str(func) == "aten.lift_fresh.default" and out.device.type == self._device
        if made or str(func) in READS or _by_mask(func, args):
            self._say(str(func))
        elif str(func) in COPIES and len({t.device.type for t in _tensors(out, *args)}) > 1:
            self._say(f"{func} between devices")
        return out


class _Calls(TorchFunctionMode):
    """Sees the methods of tensors that pass by the dispatcher."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__()
        self._say = say

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(func, "__name__", "") in METHODS:
            self._say(f"Tensor.{func.__name__}")
        return func(*args, **(kwargs or {}))


def _by_mask(func: Any, args: Any) -> bool:
    """Whether values are picked by a mask: how many there are is then looked up."""
    if str(func) != "aten.index.Tensor":
        return False
    kinds = (torch.bool, torch.uint8)
    return any(index is not None and index.dtype in kinds for index in args[1])


def _tensors(*values: Any) -> list[Any]:
    return [value for value in values if isinstance(value, torch.Tensor)]
