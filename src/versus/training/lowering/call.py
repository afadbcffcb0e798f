"""One call of a program: a native function or a Keras layer, bound to slots."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from versus.training.lowering.native import Native


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


def bind(
    name: str,
    kind: str,
    found: Native,
    inputs: tuple[int, ...],
    outputs: tuple[int, ...],
) -> Call:
    """Return the call of a native function on slots."""

    def run(slots: list[Any], training: bool) -> Any:
        return found.call([slots[n] for n in inputs], training)

    return Call(name, kind, "", run, inputs, outputs, found)
