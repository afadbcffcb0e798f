"""Program: a model's graph as a list of calls, natives first, run over slots."""

import copy
import math
from collections.abc import Sequence
from typing import Any

from versus.backend import keras
from versus.training.lowering.activations import activation
from versus.training.lowering.call import Call, bind
from versus.training.lowering.fusion import fuse, fusible
from versus.training.lowering.graph import Graph, Step, trace
from versus.training.lowering.native import Native, NotNative, Source, from_keras, to_keras
from versus.training.lowering.passes import in_place, last_reads, pool_first
from versus.training.lowering.rules import WITH_ACTIVATION, native


class Program:
    """A lowered model: takes pictures as Keras lays them out, gives what the model gives."""

    def __init__(self, graph: Graph, generator: Source) -> None:
        """Lower every step.

        Args:
            graph: of the model.
            generator: what dropout masks are drawn from.
        """
        self._size = graph.size
        self._values = {
            slot: math.prod(size or 1 for size in shape[1:])
            for step in graph.steps
            for slot, shape in zip(step.outputs, step.shapes, strict=True)
        }
        calls = [call for s in graph.steps for call in self._lower(s, generator)]
        self._take(pool_first(calls, graph), graph)

    def part(self, calls: Sequence[Call], graph: Graph) -> "Program":
        """Return a program of some of the `plain` calls, from and to the slots of `graph`."""
        part = copy.copy(self)
        part._take(calls, graph)  # noqa: SLF001  (its own)
        return part

    def _take(self, plain: Sequence[Call], graph: Graph) -> None:
        """Set what is run: calls in which nothing is written over yet."""
        self.graph, self.plain = graph, list(plain)
        pooled = pool_first(plain, graph, predicting=True)
        moved = [call.native for call in pooled if call not in plain]
        self._rising = [native.rising for native in moved if native and native.rising]
        self.calls = in_place(self.plain, graph)
        # By whether kernels of our own can be used, and whether pooling may go first.
        self.listings = {
            (False, False): self.calls,
            (False, True): in_place(pooled, graph),
            (True, False): in_place(fuse(plain, graph), graph),
            (True, True): in_place(fuse(pooled, graph, predicting=True), graph),
        }
        self._dead = {key: last_reads(calls, graph) for key, calls in self.listings.items()}

    def __call__(self, inputs: Sequence[Any], *, training: bool, logits: bool = False) -> list[Any]:
        """Run the program.

        Args:
            inputs: one tensor an input, rank-4 ones as `[n, height, width, channels]`.
            training: whether dropout drops and BatchNormalization uses the batch.
            logits: leave out the softmax at the end; only where it `ends_in_softmax`.

        Returns:
            One tensor an output, laid out as Keras does.
        """
        slots: list[Any] = [None] * self._size
        for slot, value in zip(self.graph.inputs, inputs, strict=True):
            slots[slot] = from_keras(value)
        now = self._way(inputs[0], training)
        calls, dead_after = self.listings[now], self._dead[now]
        for call, dead in zip(calls[:-1] if logits else calls, dead_after, strict=False):
            found = call.run(slots, training)
            if len(call.outputs) == 1:
                slots[call.outputs[0]] = found
            else:
                for slot, value in zip(call.outputs, found, strict=True):
                    slots[slot] = value
            for slot in dead:  # the memory is wanted again by the next call
                slots[slot] = None
        if logits:
            return [slots[calls[-1].inputs[0]]]
        return [to_keras(slots[slot]) for slot in self.graph.outputs]

    def widest(self, like: Any) -> int:
        """Return the most values a picture that a call fills where nothing is learnt.

        Args:
            like: an input; what is on the same device is run in the same way.
        """
        calls = self.listings[self._way(like, training=False)]
        return max((self._values[slot] for call in calls for slot in call.outputs), default=1)

    def _way(self, like: Any, training: bool) -> tuple[bool, bool]:
        """Return which of the listings is run on an input."""
        return fusible(like), not training and self.pools_first()

    def pools_first(self) -> bool:
        """Whether pooling may now go before all that it could go before where nothing is learnt.

        Behind a batch normalisation it may not where a gamma is 0 or less.
        """
        return all(rising() for rising in self._rising)

    def settled(self) -> "Program":
        """Return the same for prediction only, by torch's calls alone, so that it can be traced.

        What depends on the weights is decided now: they may not change any more.
        """
        settled, now = copy.copy(self), (False, self.pools_first())
        settled.listings = dict.fromkeys(self.listings, self.listings[now])
        settled._dead = dict.fromkeys(self._dead, self._dead[now])  # noqa: SLF001  (its own)
        settled._rising = []  # noqa: SLF001
        return settled

    @property
    def ends_in_softmax(self) -> bool:
        """Whether the model's only output is the softmax of what the last call reads."""
        if len(self.graph.outputs) != 1 or not self.calls:
            return False
        last = self.calls[-1]
        is_softmax = last.native is not None and last.native.softmax
        return is_softmax and last.outputs == self.graph.outputs

    def _lower(self, step: Step, generator: Source) -> list[Call]:
        layer = step.operation
        kind = type(layer).__name__
        if not step.single or len(step.outputs) != 1:
            return [_keras_call(step, "takes or gives tensors beside its first argument")]
        if len(step.ranks) > 1:
            return [_keras_call(step, "values of different rank")]  # broadcast in Keras's order
        found = native(layer, generator)
        if not isinstance(found, NotNative) and step.floats - {layer.compute_dtype}:
            found = NotNative(f"is given {' and '.join(step.floats)}")  # which Keras casts
        if isinstance(found, NotNative):
            return [_keras_call(step, found.reason)]
        if not isinstance(layer, WITH_ACTIVATION) or layer.activation is keras.activations.linear:
            return [_native_call(step, kind, found, step.ordered_inputs, step.outputs)]
        between = (self._size,)
        self._size += 1
        self._values[between[0]] = self._values[step.outputs[0]]
        return [
            _native_call(step, kind, found, step.ordered_inputs, between),
            _native_call(step, "activation", activation(layer.activation), between, step.outputs),
        ]


def lower(model: Any, generator: Source) -> Program:
    """Return the program of a built Sequential or Functional model."""
    return Program(trace(model), generator)


def _native_call(
    step: Step, kind: str, found: Native, inputs: tuple[int, ...], outputs: tuple[int, ...]
) -> Call:
    return bind(step.operation.name, kind, found, inputs, outputs)


def _keras_call(step: Step, reason: str) -> Call:
    operation = step.operation
    takes_training = "training" in getattr(operation, "_call_context_args", {})

    def run(slots: list[Any], training: bool) -> Any:
        values = {key: to_keras(slots[slot]) for key, slot in step.inputs.items()}
        args, kwargs = step.arguments.fill_in(values)
        if takes_training:
            kwargs = {**kwargs, "training": training}
        found = operation(*args, **kwargs)
        if len(step.outputs) == 1:
            return from_keras(found[0] if isinstance(found, (list, tuple)) else found)
        return [from_keras(value) for value in found]

    inputs = tuple(dict.fromkeys(step.inputs.values()))
    name, kind = getattr(operation, "name", ""), type(operation).__name__
    return Call(name, kind, reason, run, inputs, step.outputs)
