"""A model's graph as a drawing: no graphviz, no other program."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from versus.backend import keras
from versus.figures.model_graph import Box, model_graph
from versus.models.graph import calls, graph_of

layers = keras.layers
# The first class that fits says what a layer does.
_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("convolution", ("Conv", "Functional", "Sequential")),
    ("dense", ("Dense",)),
    ("pooling", ("Pooling",)),
    ("normalization", ("Normalization",)),
    ("dropout", ("Dropout", "Random")),
    ("joining", ("Add", "Concatenate", "Multiply", "Average", "Maximum", "Subtract")),
)


def draw_model(model: keras.Model, *, expand: bool = False) -> Figure:
    """Draw a model: a box a layer, with what it is, its output's shape and its parameters.

    A layer that is called several times has a box for each call, which says that its parameters
    are shared.

    Args:
        model: built; Sequential or Functional.
        expand: draw the layers of a model within the model, in place of one box for it.

    Returns:
        A matplotlib Figure; `.savefig("model.svg")` or `"model.png"` keeps it.

    Raises:
        ModelError: it is no built model, or has no graph that could be drawn.

    Example:
        >>> versus.draw_model(versus.build("unet-small", (28, 28, 1), 10)).savefig("unet.svg")
    """
    return model_graph(boxes(model, expand=expand), title=model.name)


def boxes(model: keras.Model, *, expand: bool = False) -> list[Box]:
    """Return the layers of a model as boxes, in an order in which each reads only earlier ones."""
    found: list[_Call] = []
    _collect(graph_of(model, "draw"), {}, found, "", expand)
    times = Counter(id(call.layer) for call in found)
    return [_box(call, shared=times[id(call.layer)] > 1) for call in found]


@dataclass(frozen=True)
class _Call:
    """One call of a layer: a box to be."""

    layer: Any
    name: str
    outputs: Any
    reads: tuple[str, ...]


def _collect(
    model: Any, given: dict[int, str], found: list[_Call], prefix: str, expand: bool
) -> Any:
    """Append the calls in a model whose inputs are the outputs of the boxes `given`."""
    made = dict(given)  # by tensor, the box whose output it is
    times: dict[str, int] = {}
    for node in calls(model):
        layer = node.operation
        if node.is_input and all(id(tensor) in made for tensor in node.outputs):
            continue  # it stands for a box outside
        reads = tuple(dict.fromkeys(made[id(tensor)] for tensor in node.input_tensors))
        inner: Any = getattr(layer, "_functional", None) or layer
        times[layer.name] = times.get(layer.name, 0) + 1
        again = f" ({times[layer.name]})" if times[layer.name] > 1 else ""
        name = f"{prefix}{layer.name}{again}"
        if expand and hasattr(inner, "_nodes_by_depth"):
            inputs = {
                id(t): made[id(n)] for t, n in zip(inner.inputs, node.input_tensors, strict=True)
            }
            outputs = _collect(inner, inputs, found, f"{name}/", expand)
            names = [outputs[id(tensor)] for tensor in inner.outputs]
        else:
            found.append(_Call(layer, name, node.outputs, reads))
            names = [name] * len(node.outputs)
        made |= {id(t): name for t, name in zip(node.outputs, names, strict=True)}
    return made


def _box(call: _Call, *, shared: bool) -> Box:
    layer = call.layer
    kind = type(layer).__name__
    shape = " x ".join("?" if size is None else str(size) for size in call.outputs[0].shape[1:])
    count = layer.count_params() if isinstance(layer, keras.Layer) else 0
    frozen = bool(count) and not layer.trainable_weights
    what = next((k for k, parts in _KINDS if any(part in kind for part in parts)), "")
    parameters = f", {count:,} {'shared ' if shared else ''}parameters" if count else ""
    return Box(call.name, layer_title(layer), f"{shape}{parameters}", what, frozen, call.reads)


def layer_title(layer: Any) -> str:
    """Return a layer's class and the options that one asks for first."""
    kind = type(layer).__name__
    if kind == "InputLayer":
        return "Input"
    if kind in ("Functional", "Sequential"):
        return layer.name
    said = []
    for option in ("filters", "units", "rate", "negative_slope"):
        value = getattr(layer, option, None)
        if isinstance(value, (int, float)) and value:
            said.append(f"{value:g}")
    sizes = (getattr(layer, option, None) for option in ("kernel_size", "pool_size"))
    said += ["x".join(map(str, size)) for size in sizes if isinstance(size, tuple)]
    strides = getattr(layer, "strides", None)
    if isinstance(strides, tuple):
        # Where nothing is said, a pool moves by its own size, and a convolution by one.
        usual = getattr(layer, "pool_size", (1,) * len(strides))
        once = strides[:1] if len(set(strides)) == 1 else strides
        said += [f"strides {'x'.join(map(str, once))}"] if strides != usual else []
    activation = getattr(getattr(layer, "activation", None), "__name__", "linear")
    said += [activation] if activation != "linear" else []
    return f"{kind} {', '.join(said)}".strip()
