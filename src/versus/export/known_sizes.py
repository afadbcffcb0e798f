"""Sizes that are known when a model is written stand in the file as numbers.

torch's exporter gives `Resize` the sizes of all four axes, of which it reads the batch's when the
model runs. A bundle may hold nothing whose size is known only then (`bundles.onnx_check`), and two
axes are enough: the others stay as they are (ONNX, Resize-18, `axes`).
"""

from typing import Any

SIZES = 3
"""Which input of `Resize` they are."""
_INTS = 7
"""ONNX's `AttributeProto.INTS`."""
_BOTH = 2


def write_sizes(graph: Any) -> None:
    """Let every `Resize` of `[n, c, h, w]` to a fixed size say that size alone.

    Args:
        graph: of an ONNX model; changed in place.
    """
    makers = {name: node for node in graph.node for name in node.output}
    numbers = {tensor.name for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type != "Resize" or len(node.input) <= SIZES:
            continue
        sizes = makers.get(node.input[SIZES])
        if sizes is None or not _is_batch_and_channels_then(sizes, node, makers, numbers):
            continue
        node.input[SIZES] = sizes.input[1]
        node.attribute.add(name="axes", ints=(2, 3), type=_INTS)
    _drop_unread(graph)


def _is_batch_and_channels_then(
    sizes: Any, resize: Any, makers: dict[str, Any], numbers: set[str]
) -> bool:
    """Return whether sizes are the first two of what is resized, then numbers of the file."""
    if sizes.op_type != "Concat" or len(sizes.input) != _BOTH:
        return False
    if sizes.input[1] not in numbers:
        return False
    shape = makers.get(sizes.input[0])
    if shape is None or shape.op_type != "Shape" or shape.input[0] != resize.input[0]:
        return False
    ends = {attribute.name: attribute.i for attribute in shape.attribute}
    return ends.get("start", 0) == 0 and ends.get("end") == _BOTH


def _drop_unread(graph: Any) -> None:
    """Leave out what computes only what nothing reads any more."""
    while True:
        read = {name for node in graph.node for name in node.input}
        read |= {value.name for value in graph.output}
        unread = [node for node in graph.node if not read.intersection(node.output)]
        if not unread:
            break
        for node in unread:
            graph.node.remove(node)
    made = {name for node in graph.node for name in node.output}
    made |= {value.name for value in graph.input}
    for value in [value for value in graph.value_info if value.name not in made]:
        graph.value_info.remove(value)
