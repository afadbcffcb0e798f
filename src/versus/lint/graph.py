"""Graph: the layers of a model and what feeds them, from Keras's own configuration of it.

Read from JSON, so that a saved model is looked at without Keras, and a script without running it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

WEIGHTED = ("Dense", "Conv", "SeparableConv", "DepthwiseConv", "EinsumDense", "Embedding")
DROPOUTS = ("Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout")
NORMALISING = ("BatchNormalization", "LayerNormalization", "GroupNormalization")
UNKNOWN = object()
"""Stands in a configuration for a value that the syntax tree does not tell."""


@dataclass(frozen=True)
class Layer:
    """One layer.

    Attributes:
        name: unique in its Graph; layers of a model inside are "inner/layer".
        kind: name of its class: "Dense", or of an operation: "GetItem".
        config: Keras's; what is not there has Keras's default.
        inputs: names of the layers that feed it.
        place: file and line, where it was read from a script.
    """

    name: str
    kind: str
    config: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    place: str = ""

    @property
    def weighted(self) -> bool:
        """Whether it multiplies by weights."""
        return self.kind.startswith(WEIGHTED)

    @property
    def activation(self) -> Any:
        """Its activation by name, "linear" for none; UNKNOWN where that is not told."""
        if self.kind in ("Softmax", "ReLU", "LeakyReLU", "ELU", "PReLU"):
            return self.kind.lower()
        found = self.config.get("activation", "linear") or "linear"
        if isinstance(found, Mapping):
            found = found.get("registered_name") or found.get("class_name") or UNKNOWN
        return found.lower() if isinstance(found, str) else UNKNOWN

    @property
    def trainable(self) -> bool:
        """Whether training may change its weights."""
        return self.config.get("trainable", True) is not False

    @property
    def adds(self) -> bool:
        """Whether it adds two or more tensors, as a residual block ends."""
        return self.kind == "Add" and len(set(self.inputs)) > 1


@dataclass(frozen=True)
class Graph:
    """The layers of a model, in an order in which each stands after what feeds it."""

    name: str
    layers: tuple[Layer, ...]

    @cached_property
    def by_name(self) -> dict[str, Layer]:
        """The layers by their names."""
        return {layer.name: layer for layer in self.layers}

    @property
    def output(self) -> Layer | None:
        """The layer that no other layer takes; the last one where there are several."""
        fed = {name for layer in self.layers for name in layer.inputs}
        ends = [layer for layer in self.layers if layer.name not in fed]
        return ends[-1] if ends else None

    def before(self, layer: Layer) -> Iterator[Layer]:
        """Yield the layers that `layer` depends on, the nearest first."""
        seen: set[str] = set()
        waiting = list(layer.inputs)
        while waiting:
            name = waiting.pop(0)
            if name in seen or name not in self.by_name:
                continue
            seen.add(name)
            yield self.by_name[name]
            waiting += self.by_name[name].inputs

    @cached_property
    def signature(self) -> str:
        """The same for two models that differ in nothing but names."""
        number = {layer.name: index for index, layer in enumerate(self.layers)}
        rows = [
            (layer.kind, _without_names(layer.config), [number.get(name) for name in layer.inputs])
            for layer in self.layers
        ]
        return json.dumps(rows, sort_keys=True, default=repr)


def graph_from_config(config: Mapping[str, Any]) -> Graph | None:
    """Return the Graph of what `model.to_json()` gives; None for a model without a graph.

    Args:
        config: {"class_name": ..., "config": ...}.
    """
    inner = config.get("config")
    if not isinstance(inner, Mapping) or not isinstance(inner.get("layers"), list):
        return None
    layers, _ = _flatten(inner, "", ())
    return Graph(str(inner.get("name", "")), tuple(layers))


def _flatten(
    config: Mapping[str, Any], prefix: str, fed_by: tuple[str, ...]
) -> tuple[list[Layer], tuple[str, ...]]:
    """Return the layers of a model, those of models inside it in their place, and its outputs."""
    layers: list[Layer] = []
    ends: dict[str, tuple[str, ...]] = {}  # what each layer's name stands for
    last = fed_by
    linear = "input_layers" not in config
    for entry in config["layers"]:
        inner = entry.get("config", {})
        own = str(entry.get("name") or inner.get("name"))
        feeding = last if linear else _feeding(entry.get("inbound_nodes"), ends)
        name = f"{prefix}{own}"
        if entry["class_name"] == "InputLayer":
            layers.append(Layer(name, "InputLayer", inner, fed_by))
            last = (name,)
        elif isinstance(inner.get("layers"), list):
            inside, last = _flatten(inner, f"{name}/", feeding)
            layers += inside
        else:
            layers.append(Layer(name, entry["class_name"], inner, feeding))
            last = (name,)
        ends[own] = last
    if linear:
        return layers, last
    outputs = _history(config.get("output_layers", []))
    return layers, tuple(end for name in outputs for end in ends.get(name, ()))


def _feeding(nodes: Any, ends: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(end for name in _tensors(nodes) for end in ends.get(name, ()))


def _tensors(value: Any) -> Iterator[str]:
    """Yield the layer behind each Keras tensor in the arguments of a call."""
    if isinstance(value, Mapping):
        if value.get("class_name") == "__keras_tensor__":
            yield value["config"]["keras_history"][0]
            return
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _tensors(part)


def _history(outputs: Any) -> list[str]:
    """Return layer names from [["dense", 0, 0]], or from ["dense", 0, 0] for a single one."""
    if outputs and isinstance(outputs[0], str):
        return [outputs[0]]
    return [name for part in outputs for name in _history(part)]


def _without_names(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _without_names(v) for k, v in sorted(value.items()) if k != "name"}
    if isinstance(value, (list, tuple)):
        return [_without_names(part) for part in value]
    return value
