"""What an architecture is made of, in the words a study speaks of, so that two can be compared."""

from collections.abc import Callable, Mapping
from typing import Any

from versus.lint.graph import DROPOUTS, NORMALISING, Graph, Layer

SAMPLING = ("MaxPooling", "AveragePooling")
REGULARISERS = ("kernel_regularizer", "bias_regularizer", "activity_regularizer")


def kind(graph: Graph) -> frozenset[str]:
    """Return what sort of net it is; nets of different sorts differ as wholes."""
    layers = graph.layers
    named = {
        "convolution": any("Conv" in layer.kind for layer in layers),
        "residual": any(layer.adds for layer in layers),
        "branches": any(layer.kind == "Concatenate" and fan_in(layer) > 1 for layer in layers),
        "attention": any("Attention" in layer.kind for layer in layers),
        "recurrent": any(layer.kind in ("LSTM", "GRU", "SimpleRNN") for layer in layers),
        "depthwise": any(layer.kind.startswith("Depthwise") for layer in layers),
        # A model inside a model is one that was made, and mostly trained, elsewhere.
        **{f"inside {layer.name.split('/')[0]}": True for layer in layers if "/" in layer.name},
    }
    return frozenset(name for name, there in named.items() if there)


def fan_in(layer: Layer) -> int:
    """Return how many different layers feed `layer`."""
    return len(set(layer.inputs))


def differing(a: Graph, b: Graph) -> list[str]:
    """Return the aspects in which two architectures differ; ["architecture"] for two sorts."""
    if a.signature == b.signature:
        return []
    if kind(a) != kind(b):
        return ["architecture"]
    found = [name for name, aspect in ASPECTS.items() if not _alike(aspect(a), aspect(b))]
    return found or ["details of its layers"]


def penalties(graph: Graph) -> tuple[str, ...]:
    """Return every penalty that the model adds to its training loss, as text."""
    return tuple(
        f"{_plain(layer.config[key])}"
        for layer in graph.layers
        for key in REGULARISERS
        if layer.config.get(key)
    )


def _alike(a: Any, b: Any) -> bool:
    """Compare layer by layer as far as both go: one layer more is a matter of depth alone."""
    if a is None or b is None:
        return True
    if isinstance(a, tuple) and isinstance(b, tuple):
        common = min(len(a), len(b))
        return a[:common] == b[:common]
    return a == b


def _hidden(graph: Graph) -> list[Layer]:
    """Return the layers with weights, without the last one, whose size the classes decide."""
    return [layer for layer in graph.layers if layer.weighted][:-1]


def _kernels(graph: Graph) -> tuple[Any, ...]:
    return tuple(_plain(layer.config.get("kernel_size")) for layer in graph.layers if _conv(layer))


def _widths(graph: Graph) -> tuple[Any, ...]:
    return tuple(layer.config.get("filters", layer.config.get("units")) for layer in _hidden(graph))


def _sampling(graph: Graph) -> list[str]:
    """Return where space is given up: strides and pooling are two ways to do the same."""
    found = []
    for layer in graph.layers:
        strides = _plain(layer.config.get("strides"))
        if layer.kind.startswith(SAMPLING):
            found.append(f"{layer.kind} {_plain(layer.config.get('pool_size'))}")
        elif _conv(layer) and strides not in ("1", "(1, 1)", "None"):
            found.append(f"strides {strides}")
    return found


def _conv(layer: Layer) -> bool:
    return "Conv" in layer.kind


def _padding(graph: Graph) -> frozenset[Any]:
    return frozenset(c.config.get("padding", "valid") for c in graph.layers if _conv(c))


def _activations(graph: Graph) -> frozenset[str] | None:
    """Return those of hidden layers; None without hidden layers, which is a matter of depth."""
    found = frozenset(str(layer.activation) for layer in graph.layers[:-1])
    return found - {"linear", "softmax"} if _hidden(graph) else None


def _of(*kinds: str) -> Callable[[Graph], frozenset[str]]:
    """Return an aspect: the layers of these kinds, each with what it was given."""

    def aspect(graph: Graph) -> frozenset[str]:
        chosen = (layer for layer in graph.layers if layer.kind.startswith(kinds))
        return frozenset(f"{layer.kind} {_numbers(layer.config)}" for layer in chosen)

    return aspect


def _numbers(config: Mapping[str, Any]) -> str:
    return ", ".join(f"{k} {v}" for k, v in sorted(config.items()) if isinstance(v, (int, float)))


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        inner = value.get("config", {})
        return f"{value.get('class_name')}({', '.join(f'{k}={v}' for k, v in inner.items())})"
    if isinstance(value, (list, tuple)):
        return f"({', '.join(map(str, value))})"
    return f"({value}, {value})" if type(value) is int else str(value)


def _normalised(graph: Graph) -> int:
    return sum(layer.kind in NORMALISING for layer in graph.layers)


ASPECTS: dict[str, Callable[[Graph], Any]] = {
    "kernel size": _kernels,
    "depth": lambda graph: sum(layer.weighted for layer in graph.layers),
    "width": _widths,
    "pooling or stride": _sampling,
    "dropout": lambda graph: [d.config.get("rate") for d in graph.layers if d.kind in DROPOUTS],
    "normalisation": _normalised,
    "activation": _activations,
    "padding": _padding,
    "weight penalty": lambda graph: frozenset(penalties(graph)),
    "augmentation": _of("Random"),
    "input scaling": _of("Rescaling", "Normalization"),
    "head": _of("Global", "Flatten"),
    "frozen layers": lambda graph: frozenset(f.name for f in graph.layers if not f.trainable),
}
