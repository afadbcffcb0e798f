"""What an ONNX model may hold: plain operators on embedded numbers, of sizes known beforehand.

ONNX Runtime is native code that trusts its model: files outside it, chains of functions and
operators that ask for any amount of memory are refused here, before it sees them.
"""

from collections.abc import Iterator
from typing import Any

from versus.bundles import manifest as names
from versus.bundles.manifest import Manifest
from versus.errors import BundleError

# Those that the layers of Keras become on their way through torch. None of them holds a graph of
# its own, draws at random, or reads a file.
_OPERATORS = """
Abs Add AveragePool BatchNormalization Cast Ceil Celu Clip Concat Constant ConstantOfShape Conv
ConvTranspose CumSum DepthToSpace Div Einsum Elu Equal Erf Exp Expand Flatten Floor Gather
GatherElements GatherND Gelu Gemm GlobalAveragePool GlobalMaxPool Greater GreaterOrEqual
GroupNormalization HardSigmoid HardSwish Identity InstanceNormalization LRN LayerNormalization
LeakyRelu Less LessOrEqual Log LogSoftmax MatMul Max MaxPool Mean Min Mish Mod Mul Neg Not Or And
PRelu Pad Pow Range Reciprocal ReduceL2 ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum
ReduceSumSquare Relu Reshape Resize Round Selu Shape Sigmoid Sign Size Slice Softmax Softplus
Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Swish Tanh ThresholdedRelu Tile Transpose Trilu
Unsqueeze Where
"""
OPERATORS = frozenset(_OPERATORS.split())
# Of operators that can make much out of little: the inputs that say how much. These must be plain
# numbers of the file, so that the sizes of all values are known before anything runs.
SIZED_BY = {
    "ConstantOfShape": (0,),
    "Expand": (1,),
    "Pad": (1,),
    "Range": (0, 1, 2),
    "Resize": (2, 3),
    "Tile": (1,),
}
_STANDARD = ("", "ai.onnx")
MOST_NODES = 20_000
MOST_VALUES = 2**28
"""Elements of any one value, for one picture."""


def check_onnx(data: bytes, manifest: Manifest, where: str) -> None:
    """Raise BundleError unless a model is one that `versus export` could have written.

    Args:
        data: the model's bytes.
        manifest: of its bundle, which names the classes and the shape of a picture.
        where: the file, for messages.

    Raises:
        BundleError: it is no ONNX; keeps numbers in other files; has functions, operators that
            are not of the standard or hold graphs; values of unknown or enormous size; or it does
            not take and give what the manifest says.
    """
    import onnx  # brings protobuf: only where a bundle is opened
    from google.protobuf.message import DecodeError

    try:
        model: Any = onnx.ModelProto.FromString(data)
    except DecodeError as cause:
        raise BundleError(f"{where}: no ONNX model ({cause}): export it again") from cause
    reason = next(_reasons(model, manifest), "")
    if reason:
        raise BundleError(f"{where}: refused: {reason[:500]}")
    try:
        inferred: Any = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
    except Exception as cause:  # RuntimeError and its own: all say that the graph is not sound
        first = str(cause).strip().splitlines()[0]
        raise BundleError(f"{where}: refused: not a sound graph: {first}") from cause
    for value in (*inferred.graph.value_info, *inferred.graph.output):
        count = _elements(value)
        if count > MOST_VALUES:
            raise BundleError(
                f"{where}: refused: {value.name[:80]} has {count:,} values for one picture; at "
                f"most {MOST_VALUES:,} are expected"
            )


def _reasons(model: Any, manifest: Manifest) -> Iterator[str]:
    """Yield what in a model is not as it must be."""
    graph = model.graph
    if model.functions or model.training_info:
        yield "it has functions or training of its own"
    if any(each.domain not in _STANDARD for each in model.opset_import):
        yield "it has operators outside the ONNX standard"
    if graph.sparse_initializer or graph.quantization_annotation:
        yield "it has sparse or quantised numbers"
    if len(graph.node) > MOST_NODES:
        yield f"{len(graph.node):,} nodes; at most {MOST_NODES:,} are expected"
        return
    plain = {""} | {tensor.name for tensor in graph.initializer} - {v.name for v in graph.input}
    plain |= {node.output[0] for node in graph.node if node.op_type == "Constant" and node.output}
    for node in graph.node:
        yield from _node(node, plain)
    if any(tensor.data_location or tensor.external_data for tensor in _tensors(graph)):
        yield "some of its numbers lie in another file"
    yield from _interface(graph, manifest)


def _node(node: Any, plain: set[str]) -> Iterator[str]:
    """Yield what of one operator is not as it must be.

    Args:
        node: of the graph.
        plain: names of values that are numbers of the file.
    """
    if node.domain not in _STANDARD or node.op_type not in OPERATORS:
        yield f"operator {node.domain[:40]}:{node.op_type[:40]} is not one of Keras's layers"
    sizes = [node.input[n] for n in SIZED_BY.get(node.op_type, ()) if n < len(node.input)]
    if not plain.issuperset(sizes):
        yield f"{node.op_type} makes something of a size that is known only when it runs"
    for attribute in node.attribute:
        if attribute.HasField("g") or attribute.graphs or attribute.HasField("sparse_tensor"):
            yield f"{node.op_type[:40]} holds a graph of its own"
        if attribute.ref_attr_name:
            yield f"{node.op_type[:40]} refers to a function"


def _tensors(graph: Any) -> Iterator[Any]:
    """Yield every tensor that a graph holds numbers in."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors


def _interface(graph: Any, manifest: Manifest) -> Iterator[str]:
    """Yield what a model takes or gives that its manifest does not say."""
    initialised = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in initialised]
    expected = (
        ("takes", inputs, names.INPUT, 2, list(manifest.preparation.shape)),  # 2: UINT8
        ("gives", list(graph.output), names.OUTPUT, 1, [len(manifest.classes)]),  # 1: FLOAT
    )
    for verb, values, name, kind, shape in expected:
        found = [(value.name, value.type.tensor_type.elem_type, _sizes(value)) for value in values]
        if found != [(name, kind, [None, *shape])]:
            yield (
                f"it {verb} {str(found)[:200]}; expected {name}, of shape [any, "
                f"{', '.join(map(str, shape))}]"
            )


def _sizes(value: Any) -> list[int | None]:
    """Return the sizes of a value, None for those with a name in place of a number."""
    dims = value.type.tensor_type.shape.dim
    return [dim.dim_value if dim.HasField("dim_value") else None for dim in dims]


def _elements(value: Any) -> int:
    """Return how many elements a value has where every size that is no number is 1."""
    count = 1
    for size in _sizes(value):
        count *= max(1, size or 1)
    return count
