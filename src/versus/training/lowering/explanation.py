"""How the engine runs a model, layer by layer."""

from typing import Any

from versus.backend import torch
from versus.training.lowering.frozen import cuts, split
from versus.training.lowering.graph import why_not
from versus.training.lowering.program import lower


def explain(model: Any) -> tuple[str, list[dict[str, str]]]:
    """Return why the engine cannot train `model` ("" if it can), and how it runs each layer.

    Returns:
        The reason, and one row a call in the order they run: "name" of the layer, "type", and
        "runs_as": "native", or "Keras: " and why; with ", frozen: once per picture" where its
        results are kept for all epochs (if they fit the memory set aside for that).
    """
    reason = why_not(model)
    if reason:
        return reason, []
    program = lower(model, torch.Generator())
    parts = (split(program, cut.slot) for cut in cuts(program.graph))
    head = next((part[0].calls for part in parts if part), [])
    once = {slot for call in head for slot in call.outputs}
    return "", [
        {
            "name": call.name,
            "type": call.kind,
            "runs_as": (f"Keras: {call.reason}" if call.reason else "native")
            + (", frozen: once per picture" if once.issuperset(call.outputs) else ""),
        }
        for call in program.calls
    ]
