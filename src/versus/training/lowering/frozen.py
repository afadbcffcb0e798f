"""The frozen leading part of a model: what gives the same for a picture in every epoch."""

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

from versus.backend import keras
from versus.training.lowering.call import Call
from versus.training.lowering.graph import Graph, Step
from versus.training.lowering.program import Program

L = keras.layers
# Keras's own classes in which anything may happen.
OPAQUE = (L.Lambda, L.TorchModuleWrapper, L.JaxLayer, L.FlaxLayer)
# Layers whose own untrained variables only change when somebody sets them.
CONSTANT = (L.BatchNormalization, L.Normalization)
PLAIN = (bool, int, float, str, slice, type(None), type(Ellipsis), keras.KerasTensor)


@dataclass(frozen=True)
class Cut:
    """A place through which all data flows as one value, everything before it frozen.

    Attributes:
        slot: that holds the value.
        layers: what runs before it.
        values: numbers a picture in that value.
    """

    slot: int
    layers: tuple[Any, ...]
    values: int


def cuts(graph: Graph) -> list[Cut]:
    """Return where a graph can be cut behind frozen weights, the latest first."""
    if len(graph.inputs) != 1:
        return []
    before: dict[int, frozenset[int]] = {graph.inputs[0]: frozenset()}  # steps a slot needs
    for number, step in enumerate(graph.steps):
        read = step.inputs.values()
        if read and all(slot in before for slot in read) and steady(step):
            needed = frozenset({number}).union(*(before[slot] for slot in read))
            before |= dict.fromkeys(step.outputs, needed)
    found = [
        _cut(graph, slot, steps)
        for slot, steps in sorted(before.items(), key=lambda item: -len(item[1]))
        if _only_way(graph, slot, steps)
    ]
    return [cut for cut in found if cut is not None]


def split(program: Program, slot: int) -> tuple[Program, Program] | None:
    """Return the programs before and behind a slot, None if the calls do not part there."""
    writers = {out: call for call in program.calls for out in call.outputs}
    needed: list[Call] = []
    pending = [slot]
    while pending:
        call = writers.get(pending.pop())
        if call is not None and call not in needed:
            needed.append(call)
            pending += call.inputs
    first = [call for call in program.calls if call in needed]
    rest = [call for call in program.calls if call not in needed]
    known = {slot}.union(*(call.outputs for call in rest))
    read = {source for call in rest for source in call.inputs}.union(program.graph.outputs)
    if slot not in writers or not rest or not read <= known:
        return None
    graph = program.graph
    return (
        program.part(first, dataclasses.replace(graph, outputs=(slot,))),
        program.part(rest, dataclasses.replace(graph, inputs=(slot,))),
    )


def steady(step: Step) -> bool:
    """Return whether a step gives the same for the same picture, and leaves no trace.

    Nothing trainable, nothing random, no state that moves; a class that is not Keras's own may be
    anything.
    """
    operation = step.operation
    plain = all(isinstance(leaf, PLAIN) for leaf in _leaves(step.arguments))
    if not plain or not _keras_own(operation):
        return False
    if not isinstance(operation, L.Layer):
        return type(operation).__module__ != "keras.src.ops.core"  # those call functions
    parts = list(operation._flatten_layers())  # noqa: SLF001
    return not operation.trainable_variables and all(_steady_layer(layer) for layer in parts)


def _steady_layer(layer: Any) -> bool:
    own = layer._non_trainable_variables  # noqa: SLF001  (not those that are merely frozen)
    return (
        _keras_own(layer)
        and not isinstance(layer, OPAQUE)
        and not (isinstance(layer, L.BatchNormalization) and layer.trainable)
        and not getattr(layer, "stateful", False)
        and not any("seed_generator" in variable.path for variable in layer.variables)
        and (not own or isinstance(layer, CONSTANT))
    )


def _keras_own(operation: Any) -> bool:
    return type(operation).__module__.startswith("keras.src.")


def _leaves(arguments: Any) -> list[Any]:
    return keras.tree.flatten((arguments.args, arguments.kwargs))


def _only_way(graph: Graph, slot: int, steps: frozenset[int]) -> bool:
    """Whether nothing behind the slot reads anything before it but the slot itself."""
    rest = [step for number, step in enumerate(graph.steps) if number not in steps]
    known = {slot}.union(*(step.outputs for step in rest))
    read = {source for step in rest for source in step.inputs.values()}
    return bool(rest) and slot not in graph.outputs and read.union(graph.outputs) <= known


def _cut(graph: Graph, slot: int, numbers: frozenset[int]) -> Cut | None:
    """Return the cut at a slot, None where no weights lie before it or its size is not known."""
    steps = [graph.steps[number] for number in sorted(numbers)]
    layers = [step.operation for step in steps if isinstance(step.operation, L.Layer)]
    shapes = {out: shape for s in steps for out, shape in zip(s.outputs, s.shapes, strict=True)}
    sizes = shapes.get(slot, (None, None))[1:]
    # Without weights there is little to save: scaled pictures as floats take more than they save.
    if None in sizes or not any(layer.variables for layer in layers):
        return None
    return Cut(slot, tuple(layers), math.prod(size for size in sizes if size is not None))
