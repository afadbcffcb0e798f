"""Sizes that are known when a model is written stand in the file as numbers.

A bundle may hold nothing whose size is known only when it runs (`bundles.onnx_check`): what a
hostile model could ask any amount of memory with. torch's exporter writes two such things though
only the number of pictures is open in them, and both can be said otherwise.
"""

from typing import Any

import numpy as np

from versus.bundles.manifest import INPUT

_INTS, _FLOAT = 7, 1  # ONNX's AttributeProto.INTS, TensorProto.FLOAT
_VALUE, _SIZES = 0, 3  # inputs of Expand and of Resize
_EMPTY_BATCH = "versus_zeros"


def write_sizes(graph: Any) -> None:
    """Say otherwise what reads the number of pictures.

    `Resize` of `[n, c, h, w]` to a fixed size is given the sizes of all axes: of two, from opset 18
    on, is enough. A number repeated to `[n, ...]`, the first state of a recurrent layer, becomes
    the sum of that number `[1, ...]` and a zero for each picture.

    Args:
        graph: of an ONNX model of one input, `images` `[n, h, w, c]`; changed in place.
    """
    makers = {name: node for node in graph.node for name in node.output}
    numbers = {tensor.name: tensor for tensor in graph.initializer}
    for node in list(graph.node):
        sizes = makers.get(node.input[-1]) if node.input else None
        if sizes is None or sizes.op_type != "Concat" or len(sizes.input) != 2:
            continue
        shape, rest = makers.get(sizes.input[0]), numbers.get(sizes.input[1])
        if shape is None or shape.op_type != "Shape" or rest is None:
            continue
        known = _range(shape)
        if node.op_type == "Resize" and known == (node.input[0], 0, 2):
            node.input[_SIZES] = rest.name
            node.attribute.add(name="axes", ints=(2, 3), type=_INTS)
        elif node.op_type == "Expand" and known == (INPUT, 0, 1):
            value = numbers.get(node.input[_VALUE])
            if value is not None and value.data_type == _FLOAT:
                _repeat(graph, node, value, rest)
    _drop_unread(graph)


def _range(shape: Any) -> tuple[str, int, int | None]:
    """Return of what a `Shape` gives the sizes, from which axis on and up to which."""
    ends = {attribute.name: attribute.i for attribute in shape.attribute}
    return shape.input[0], ends.get("start", 0), ends.get("end")


def _repeat(graph: Any, node: Any, value: Any, rest: Any) -> None:
    """Write a number repeated to `[n, *rest]` as a sum."""
    from onnx import helper, numpy_helper

    sizes = numpy_helper.to_array(rest).tolist()
    once = np.broadcast_to(numpy_helper.to_array(value), (1, *sizes))
    name = f"{node.output[0]}_once"
    graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(once), name))
    zeros = _zeros(graph, 1 + len(sizes))
    place = list(graph.node).index(node)
    graph.node.insert(place, helper.make_node("Add", [zeros, name], [node.output[0]]))
    graph.node.remove(node)


def _zeros(graph: Any, rank: int) -> str:
    """Return the name of zeros `[n, 1, ...]` of this rank; written once."""
    from onnx import helper, numpy_helper

    name = f"{_EMPTY_BATCH}_{rank}"
    if any(name in node.output for node in graph.node):
        return name
    numbers = {
        f"{name}_axes": np.array([1, 2, 3]),
        f"{name}_none": np.array(0, np.float32),
        f"{name}_shape": np.array([-1] + [1] * (rank - 1)),
    }
    graph.initializer.extend(numpy_helper.from_array(a, key) for key, a in numbers.items())
    axes, none, shape = numbers
    # Pictures are bytes: what is multiplied by 0 is always a number.
    steps = [
        helper.make_node("Cast", [INPUT], [f"{name}_cast"], to=_FLOAT),
        helper.make_node("ReduceMax", [f"{name}_cast", axes], [f"{name}_most"], keepdims=0),
        helper.make_node("Mul", [f"{name}_most", none], [f"{name}_flat"]),
        helper.make_node("Reshape", [f"{name}_flat", shape], [name]),
    ]
    for place, step in enumerate(steps):
        graph.node.insert(place, step)
    return name


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
    for tensor in [tensor for tensor in graph.initializer if tensor.name not in read]:
        graph.initializer.remove(tensor)
