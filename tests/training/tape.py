"""A graph recorder for the processor: a tape of operations, played again on the same tensors.

As a CUDA graph does, it knows no Python: what was decided, or made of numbers, while it was
recorded stays so, and every tensor stays where it was.
"""

from torch.utils._python_dispatch import TorchDispatchMode

from versus.backend import torch


class Tape(TorchDispatchMode):
    """Carries out operations, and keeps them with the very tensors they read and wrote."""

    def __init__(self):
        super().__init__()
        self.played = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        self.played.append((func, args, kwargs, out))
        return out

    def play(self):
        with torch.no_grad():
            for func, args, kwargs, out in self.played:
                again = func(*args, **kwargs)
                for old, new in zip(leaves(out), leaves(again), strict=True):
                    if old.data_ptr() != new.data_ptr():
                        old.copy_(new)


def leaves(value):
    values = value if isinstance(value, (list, tuple)) else [value]
    return [tensor for tensor in values if isinstance(tensor, torch.Tensor)]


class TapeRecorder:
    """Recording carries the function out, so the first replay has been played already."""

    def __init__(self):
        self.captured = self.replayed = 0

    def warm(self, function):
        function()

    def capture(self, function, masks):
        tape = Tape()
        with tape:
            function()
        self.captured += 1
        fresh = [True]

        def replay():
            if not fresh:
                tape.play()
                self.replayed += 1
            fresh.clear()

        return replay


class CallRecorder(TapeRecorder):
    """Calls the function again each time."""

    def capture(self, function, masks):
        self.captured += 1
        return function


class BrokenRecorder(TapeRecorder):
    """Takes nothing."""

    def capture(self, function, masks):
        raise RuntimeError("operation not permitted when stream is capturing\nand more")
