"""Program: a model's graph as a list of calls, natives first, run over slots."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from versus.backend import torch
from versus.training.lowering.activations import activation
from versus.training.lowering.graph import Graph, Step, trace
from versus.training.lowering.native import Native, NotNative, from_keras, to_keras
from versus.training.lowering.rules import WITH_ACTIVATION, native


@dataclass(frozen=True)
class Call:
    """One call of the program.

    Attributes:
        name: of the layer.
        kind: class of the layer; "activation" for a layer's own activation.
        reason: why it runs as the Keras layer it is; "" for a native one.
        run: from the values of the slots and whether it is training to its outputs.
        inputs, outputs: slots.
        native: what the rule gave, None for a Keras layer.
    """

    name: str
    kind: str
    reason: str
    run: Callable[[list[Any], bool], Any]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    native: Native | None = None


class Program:
    """A lowered model: takes pictures as Keras lays them out, gives what the model gives."""

    def __init__(self, graph: Graph, generator: torch.Generator) -> None:
        """Lower every step.

        Args:
            graph: of the model.
            generator: what dropout masks are drawn from.
        """
        self.graph = graph
        self._size = graph.size
        self.calls = self._pool_first(
            [call for s in graph.steps for call in self._lower(s, generator)]
        )

    def __call__(self, inputs: Sequence[Any], *, training: bool) -> list[Any]:
        """Run the program.

        Args:
            inputs: one tensor an input, rank-4 ones as `[n, height, width, channels]`.
            training: whether dropout drops and BatchNormalization uses the batch.

        Returns:
            One tensor an output, laid out as Keras does.
        """
        slots: list[Any] = [None] * self._size
        for slot, value in zip(self.graph.inputs, inputs, strict=True):
            slots[slot] = from_keras(value)
        for call in self.calls:
            found = call.run(slots, training)
            if len(call.outputs) == 1:
                slots[call.outputs[0]] = found
            else:
                for slot, value in zip(call.outputs, found, strict=True):
                    slots[slot] = value
        return [to_keras(slots[slot]) for slot in self.graph.outputs]

    def _lower(self, step: Step, generator: torch.Generator) -> list[Call]:
        layer = step.operation
        kind = type(layer).__name__
        if not step.single or len(step.outputs) != 1:
            return [_keras_call(step, "takes or gives tensors beside its first argument")]
        found = native(layer, generator)
        if isinstance(found, NotNative):
            return [_keras_call(step, found.reason)]
        if not isinstance(layer, WITH_ACTIVATION):
            return [_native_call(step, kind, found, step.ordered_inputs, step.outputs)]
        between = (self._size,)
        self._size += 1
        return [
            _native_call(step, kind, found, step.ordered_inputs, between),
            _native_call(step, "activation", activation(layer.activation), between, step.outputs),
        ]

    def _pool_first(self, calls: list[Call]) -> list[Call]:
        """Swap activation and max-pooling where nothing else reads in between.

        The two commute for an activation that never falls, and pooling first leaves a quarter of
        the values to it.
        """
        readers = Counter(slot for call in calls for slot in call.inputs)
        readers.update(self.graph.outputs)
        swapped = list(calls)
        by_output = {call.outputs[0]: n for n, call in enumerate(calls) if len(call.outputs) == 1}
        for n, pool in enumerate(calls):
            if pool.native is None or not pool.native.pools:
                continue
            before = by_output.get(pool.inputs[0])
            act = calls[before] if before is not None else None
            if act is None or act.native is None or not act.native.monotone:
                continue
            if readers[pool.inputs[0]] != 1 or before is None:
                continue
            middle = act.outputs
            swapped[before] = rewired(pool, act.inputs, middle)
            swapped[n] = rewired(act, middle, pool.outputs)
        return swapped


def lower(model: Any, generator: torch.Generator) -> Program:
    """Return the program of a built Sequential or Functional model."""
    return Program(trace(model), generator)


def rewired(call: Call, inputs: tuple[int, ...], outputs: tuple[int, ...]) -> Call:
    """Return a native call that reads and fills other slots."""
    assert call.native is not None  # noqa: S101  (only native calls are moved)
    return _bind(call.name, call.kind, call.native, inputs, outputs)


def _native_call(
    step: Step, kind: str, found: Native, inputs: tuple[int, ...], outputs: tuple[int, ...]
) -> Call:
    return _bind(step.operation.name, kind, found, inputs, outputs)


def _bind(
    name: str,
    kind: str,
    found: Native,
    inputs: tuple[int, ...],
    outputs: tuple[int, ...],
) -> Call:
    def run(slots: list[Any], training: bool) -> Any:
        return found.call([slots[n] for n in inputs], training)

    return Call(name, kind, "", run, inputs, outputs, found)


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
