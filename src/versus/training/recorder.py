"""Recorder: a function over tensors that stay where they are, captured once and replayed."""

from collections.abc import Callable
from typing import Protocol

from versus.backend import torch
from versus.training.lowering.native import Source

Function = Callable[[], None]


class Recorder(Protocol):
    """Makes a replay of a function on one kind of device."""

    def warm(self, function: Function) -> None:
        """Call the function as it will be captured: what is set up at a first call is then."""
        ...

    def capture(self, function: Function, masks: Source) -> Function:
        """Return what does again all that the function does to tensors, without calling it.

        Args:
            function: is captured, not carried out.
            masks: what it draws from.

        Raises:
            RuntimeError: it does something that cannot be captured.
        """
        ...


class CudaRecorder:
    """Captures as a CUDA graph.

    As torch's notes on CUDA graphs ask: the first calls on the stream that is captured later, and
    each generator registered, whose place in its stream then moves on at every replay.
    """

    def __init__(self) -> None:
        """Take a stream beside the one that everything else runs on."""
        self._stream = torch.cuda.Stream()

    def warm(self, function: Function) -> None:
        """Call the function on the stream, in its place among the work of the other."""
        present = torch.cuda.current_stream()
        self._stream.wait_stream(present)
        with torch.cuda.stream(self._stream):
            function()
        present.wait_stream(self._stream)

    def capture(self, function: Function, masks: Source) -> Function:
        """Return the replay of the function's graph; a failed capture leaves generators usable."""
        graph = torch.cuda.CUDAGraph()
        drawn = [torch.cuda.default_generators[torch.cuda.current_device()]]
        if isinstance(masks, torch.Generator):
            graph.register_generator_state(masks)
            drawn.append(masks)
        before = [generator.clone_state() for generator in drawn]
        try:
            with torch.cuda.graph(graph, stream=self._stream):
                function()
        except RuntimeError:
            # What was registered with the broken graph would refuse every later draw.
            for generator, state in zip(drawn, before, strict=True):
                generator.graphsafe_set_state(state)
            raise
        return graph.replay


# By the kind of device; any other makes its steps one by one.
RECORDERS: dict[str, Callable[[], Recorder]] = {"cuda": CudaRecorder}
