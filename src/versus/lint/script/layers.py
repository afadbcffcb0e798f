"""From Keras calls in a syntax tree to Graphs: the models a script would build, unbuilt."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from versus.lint.graph import UNKNOWN, Graph, Layer
from versus.lint.script.facts import Script, bound_names, callee

# What Keras takes by place, in that order, of the layers that rules look into.
POSITIONAL = {
    "Dense": ("units", "activation"),
    "Conv2D": ("filters", "kernel_size", "strides", "padding"),
    "Dropout": ("rate",),
    "SpatialDropout2D": ("rate",),
    "AlphaDropout": ("rate",),
    "Activation": ("activation",),
    "Rescaling": ("scale", "offset"),
    "MaxPooling2D": ("pool_size", "strides", "padding"),
    "AveragePooling2D": ("pool_size", "strides", "padding"),
    "LeakyReLU": ("negative_slope",),
}
ALIASES = {
    "Convolution2D": "Conv2D",
    "MaxPool2D": "MaxPooling2D",
    "AvgPool2D": "AveragePooling2D",
    "Input": "InputLayer",
    "add": "Add",
    "concatenate": "Concatenate",
}
OTHER = (
    *("InputLayer", "Flatten", "BatchNormalization", "LayerNormalization", "Normalization"),
    *("GlobalAveragePooling2D", "GlobalMaxPooling2D", "ReLU", "Softmax", "Add", "Concatenate"),
    *("SeparableConv2D", "DepthwiseConv2D", "ZeroPadding2D", "Resizing", "UpSampling2D"),
    *("GaussianNoise", "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation"),
)
KINDS = {*POSITIONAL, *OTHER}


@dataclass
class _Scope:
    """What the names of one function, or of the file, stand for so far."""

    tensors: dict[str, str] = field(default_factory=dict)
    made: dict[str, Layer] = field(default_factory=dict)
    models: dict[str, list[Layer]] = field(default_factory=dict)


@dataclass(frozen=True)
class ScriptModel:
    """A model that a script would build: its variable or function, its line, its layers."""

    name: str
    line: int
    scope: tuple[str, ...]
    graph: Graph


def script_models(script: Script) -> list[ScriptModel]:
    """Return the Sequential and Functional models whose layers stand in the file."""
    return _Reader(script).read()


class _Reader:
    def __init__(self, script: Script) -> None:
        self.script = script
        # A Sequential model's list grows with each `model.add` below it.
        self.found: list[tuple[str, int, tuple[str, ...], list[Layer]]] = []
        self.count = 0

    def read(self) -> list[ScriptModel]:
        self._body(self.script.tree.body, (), _Scope())
        return [
            ScriptModel(name, line, scope, Graph(name, tuple(layers)))
            for name, line, scope, layers in self.found
            if layers
        ]

    def _body(self, body: list[ast.stmt], scope: tuple[str, ...], names: _Scope) -> None:
        for statement in body:
            if isinstance(statement, ast.FunctionDef):
                self._body(statement.body, (*scope, statement.name), _Scope())
            elif isinstance(statement, ast.ClassDef):
                continue
            elif isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value:
                targets = (
                    statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                )
                bound = [name for target in targets for name in bound_names(target)]
                self._bind(bound, statement.value, scope, names)
            elif isinstance(statement, ast.Return) and statement.value is not None:
                self._bind([scope[-1] if scope else "model"], statement.value, scope, names)
            elif isinstance(statement, ast.Expr):
                self._add(statement.value, names)
            for part in ("body", "orelse", "finalbody"):
                inner = getattr(statement, part, None)
                if isinstance(inner, list) and not isinstance(statement, ast.FunctionDef):
                    self._body(inner, scope, names)

    def _bind(
        self, bound: list[str], value: ast.expr, scope: tuple[str, ...], names: _Scope
    ) -> None:
        name = bound[0] if len(bound) == 1 else ""
        if isinstance(value, ast.Call):
            kind, _ = callee(value)
            if kind == "Sequential":
                self._sequential(name, value, scope, names)
                return
            if kind in ("Model", "Functional"):
                self._functional(name, value, scope, names)
                return
        if (tensor := self._tensor(value, names)) and name:
            names.tensors[name] = tensor

    def _sequential(self, name: str, call: ast.Call, scope: tuple[str, ...], names: _Scope) -> None:
        layers: list[Layer] = []
        given = call.args[0] if call.args else next((k.value for k in call.keywords), None)
        parts = given.elts if isinstance(given, (ast.List, ast.Tuple)) else []
        for part in parts:
            layers.append(self._layer(part, layers))
        names.models[name] = layers
        self.found.append((name, call.lineno, scope, layers))

    def _add(self, value: ast.expr, names: _Scope) -> None:
        """Take `model.add(layer)`."""
        if isinstance(value, ast.Call) and callee(value)[0] == "add" and len(value.args) == 1:
            layers = names.models.get(callee(value)[1])
            if layers is not None:
                layers.append(self._layer(value.args[0], layers))

    def _functional(self, name: str, call: ast.Call, scope: tuple[str, ...], names: _Scope) -> None:
        outputs = next((k.value for k in call.keywords if k.arg == "outputs"), None)
        outputs = outputs or (call.args[1] if len(call.args) > 1 else None)
        end = self._tensor(outputs, names) if outputs is not None else None
        if end is None:
            return
        wanted, waiting = set[str](), [end]
        while waiting:
            layer = waiting.pop()
            if layer not in wanted and layer in names.made:
                wanted.add(layer)
                waiting += names.made[layer].inputs
        layers = [layer for key, layer in names.made.items() if key in wanted]
        self.found.append((name, call.lineno, scope, layers))

    def _tensor(self, value: ast.expr, names: _Scope) -> str | None:
        """Return the name of the layer whose output an expression is, making it if need be."""
        if isinstance(value, ast.Name):
            return names.tensors.get(value.id)
        if not isinstance(value, ast.Call):
            return None
        kind = ALIASES.get(callee(value)[0], callee(value)[0])
        if isinstance(value.func, ast.Call):  # Layer(...)(x)
            inputs = self._inputs(value.args, names)
            layer = self._made(value.func, inputs)
        elif kind == "InputLayer":
            layer = self._made(value, ())
        elif kind in ("Add", "Concatenate") and value.args:  # add([x, y])
            layer = self._made(value, self._inputs(value.args, names))
        elif value.args and (inputs := self._inputs(value.args[:1], names)):
            layer = self._made(value, inputs)  # a block, a base, a preprocessing: something on x
        else:
            return None
        names.made[layer.name] = layer
        return layer.name

    def _inputs(self, arguments: list[ast.expr], names: _Scope) -> tuple[str, ...]:
        parts = [
            part
            for argument in arguments
            for part in (
                argument.elts if isinstance(argument, (ast.List, ast.Tuple)) else [argument]
            )
        ]
        found = (self._tensor(part, names) for part in parts)
        return tuple(name for name in found if name)

    def _layer(self, part: ast.expr, before: list[Layer]) -> Layer:
        inputs = (before[-1].name,) if before else ()
        if isinstance(part, ast.Call):
            return self._made(part, inputs)
        self.count += 1
        return Layer(f"unknown_{self.count}", "Unknown", {}, inputs)

    def _made(self, call: ast.Call, inputs: tuple[str, ...]) -> Layer:
        """Return the Layer that a call like `Dense(10, activation="softmax")` makes."""
        own, _ = callee(call)
        kind = ALIASES.get(own, own)
        config = {
            keyword.arg: self._value(keyword.value) for keyword in call.keywords if keyword.arg
        }
        for name, argument in zip(POSITIONAL.get(kind, ()), call.args, strict=False):
            config[name] = self._value(argument)
        if any(keyword.arg is None for keyword in call.keywords):
            config.setdefault("activation", UNKNOWN)  # **options may hold anything
        self.count += 1
        known = kind if kind in KINDS else f"Unknown {kind}"
        return Layer(f"{own}_{self.count}", known, config, inputs, self.script.where(call.lineno))

    def _value(self, node: ast.expr) -> object:
        value = self.script.value(node)
        if value is UNKNOWN and isinstance(node, ast.Attribute):
            return node.attr  # tf.nn.relu, keras.activations.softmax
        return value
