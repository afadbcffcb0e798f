"""The graph of a Keras model, nested models opened up, as a flat list of steps."""

from dataclasses import dataclass
from typing import Any

from versus.backend import keras

# A model with one of these of its own trains in a way that only it knows.
OWN_TRAINING = (
    *("train_step", "compute_loss", "fit", "make_train_function", "train_on_batch"),
    *("test_step", "compute_metrics", "make_test_function"),
)


@dataclass(frozen=True)
class Step:
    """One call of one layer (or operation) of the graph.

    Attributes:
        operation: the Keras layer or operation; a shared layer comes in several steps.
        arguments: positional and keyword arguments as Keras recorded them, in which symbolic
            tensors stand for values.
        inputs: slot of each symbolic tensor among the arguments, by its id.
        outputs: slots that the call fills, in order.
        shapes: of the outputs as Keras lays them out, None where a size is not known.
    """

    operation: Any
    arguments: Any
    inputs: dict[int, int]
    outputs: tuple[int, ...]
    shapes: tuple[tuple[int | None, ...], ...]

    @property
    def single(self) -> bool:
        """Whether the call is `layer(x)` or `layer([x, y])`, with no tensor anywhere else."""
        return (
            len(self.arguments.args) == 1
            and all(id(item) in self.inputs for item in self._given)
            and not any(id(item) in self.inputs for item in _values(self.arguments.kwargs))
        )

    @property
    def ordered_inputs(self) -> tuple[int, ...]:
        """Slots of the first argument, in order; for a `single` step."""
        return tuple(self.inputs[id(item)] for item in self._given)

    @property
    def ranks(self) -> set[int]:
        """Numbers of dimensions, the batch's too, of what a `single` step reads."""
        return {len(tensor.shape) for tensor in self._given}

    @property
    def floats(self) -> set[str]:
        """Types of the floating-point numbers that a `single` step reads."""
        return {tensor.dtype for tensor in self._given if "float" in tensor.dtype}

    @property
    def _given(self) -> list[Any]:
        first = self.arguments.args[0] if self.arguments.args else None
        return list(first) if isinstance(first, (list, tuple)) else [first]


@dataclass(frozen=True)
class Graph:
    """A model as steps over numbered slots.

    Attributes:
        steps: in an order in which every input is filled before it is read.
        inputs: slots of the model's inputs.
        outputs: slots of the model's outputs.
        size: how many slots there are.
    """

    steps: tuple[Step, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    size: int


def is_graph(model: Any) -> bool:
    """Return whether Keras knows the model as a graph, and calls it as one."""
    functional = _functional(model)
    if functional is None:
        return False
    kinds = type(functional).__mro__  # of a subclass made of inputs and outputs, its own first
    graphs = next(kind.call for kind in kinds if kind.__module__.startswith("keras.src."))
    return type(model).call in (keras.Model.call, keras.Sequential.call, graphs)


def why_not(model: keras.Model) -> str:
    """Return why the engine cannot train `model` as Keras would; "" if it can."""
    if not is_graph(model):
        return "it is a subclass with a call of its own"
    for name in OWN_TRAINING:
        if getattr(type(model), name) is not getattr(keras.Model, name):
            return f"it has a {name} of its own"
    for layer in model._flatten_layers():  # noqa: SLF001
        if getattr(layer, "activity_regularizer", None):
            return "a layer has an activity regulariser"
        if _adds_loss(layer):
            return f"layer {layer.name} adds a loss of its own"
    return ""


def _adds_loss(layer: Any) -> bool:
    """Whether a layer calls `add_loss`, as far as can be told before it runs."""
    own = [base for base in type(layer).__mro__ if not base.__module__.startswith("keras.src.")]
    functions = [value for base in own for value in vars(base).values()]
    codes = [getattr(function, "__code__", None) for function in functions]
    return bool(layer._losses) or any("add_loss" in code.co_names for code in codes if code)  # noqa: SLF001


def trace(model: Any) -> Graph:
    """Return the graph of a built Sequential or Functional model, nested models opened up."""
    tracer = _Tracer()
    functional = _functional(model)
    inputs = [tracer.new_slot() for _ in functional.inputs]
    outputs = tracer.open(functional, inputs)
    return Graph(tuple(tracer.steps), tuple(inputs), tuple(outputs), tracer.size)


class _Tracer:
    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.size = 0

    def new_slot(self) -> int:
        self.size += 1
        return self.size - 1

    def open(self, functional: Any, inputs: list[int]) -> list[int]:
        """Append the steps of one model that reads `inputs`; return the slots of its outputs."""
        slots = {id(t): slot for t, slot in zip(functional.inputs, inputs, strict=True)}
        for depth in sorted(functional._nodes_by_depth, reverse=True):  # noqa: SLF001
            for node in functional._nodes_by_depth[depth]:  # noqa: SLF001
                if node.is_input or any(id(t) not in slots for t in node.input_tensors):
                    continue
                self._append(node, slots)
        return [slots[id(tensor)] for tensor in functional.outputs]

    def _append(self, node: Any, slots: dict[int, int]) -> None:
        # What a node recorded of `training` does not count: Keras, too, gives every layer of a
        # graph, however deep, the value that the outermost call was given.
        kwargs = {k: v for k, v in node.arguments.kwargs.items() if k != "training"}
        operation = node.operation
        read = {id(tensor): slots[id(tensor)] for tensor in node.input_tensors}
        if is_graph(operation) and all(value is None for value in kwargs.values()):
            given = [slots[id(tensor)] for tensor in node.input_tensors]
            filled = self.open(_functional(operation), given)
        else:
            filled = [self.new_slot() for _ in node.outputs]
            shapes = tuple(tuple(tensor.shape) for tensor in node.outputs)
            self.steps.append(Step(operation, node.arguments, read, tuple(filled), shapes))
        for tensor, slot in zip(node.outputs, filled, strict=True):
            slots[id(tensor)] = slot


def _functional(model: Any) -> Any:
    """Return the Functional inside a model, None if there is none."""
    if isinstance(model, keras.Sequential):
        return model._functional  # noqa: SLF001  (Sequential keeps its graph there)
    return model if hasattr(model, "_nodes_by_depth") and isinstance(model, keras.Model) else None


def _values(kwargs: dict[str, Any]) -> list[Any]:
    found = []
    for value in kwargs.values():
        found += value if isinstance(value, (list, tuple)) else [value]
    return found
