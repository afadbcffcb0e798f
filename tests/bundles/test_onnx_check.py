"""Hostile ONNX models, one for each way to do harm; each is refused before it is loaded."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from versus.bundles.classifier import Classifier
from versus.bundles.manifest import MODEL
from versus.bundles.onnx_check import check_onnx
from versus.bundles.reading import read_bundle
from versus.errors import BundleError

IMAGES = helper.make_tensor_value_info("images", TensorProto.UINT8, ["batch", 8, 8, 1])
ROWS = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", 3])
WEIGHTS = numpy_helper.from_array(np.ones((64, 3), np.float32), "weights")
SHAPE = numpy_helper.from_array(np.array([-1, 64], np.int64), "shape")


def sound_nodes():
    return [
        helper.make_node("Cast", ["images"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["floats", "shape"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weights"], ["rows"]),
        helper.make_node("Softmax", ["rows"], ["probabilities"]),
    ]


def model(nodes=None, initializers=(WEIGHTS, SHAPE), inputs=(IMAGES,), outputs=(ROWS,), **values):
    graph = helper.make_graph(nodes or sound_nodes(), "main", inputs, outputs, initializers)
    imports = values.pop("imports", [helper.make_opsetid("", 20)])
    return helper.make_model(graph, opset_imports=imports, **values)


def with_node(*nodes, initializers=()):
    return model([*sound_nodes(), *nodes], (WEIGHTS, SHAPE, *initializers))


def external(tensor):
    moved = TensorProto()
    moved.CopyFrom(tensor)
    moved.ClearField("raw_data")
    moved.data_location = TensorProto.EXTERNAL
    moved.external_data.add(key="location", value="../../../etc/passwd")
    return moved


def external_constant():
    return with_node(helper.make_node("Constant", [], ["c"], value=external(WEIGHTS)))


def if_node():
    branch = helper.make_graph([helper.make_node("Identity", ["rows"], ["b"])], "b", [], [])
    return with_node(helper.make_node("If", ["rows"], ["c"], then_branch=branch))


def function():
    body = helper.make_function(
        "versus",
        "F",
        ["x"],
        ["y"],
        [helper.make_node("Identity", ["x"], ["y"])],
        [helper.make_opsetid("", 20)],
    )
    imports = [helper.make_opsetid("", 20), helper.make_opsetid("versus", 1)]
    node = helper.make_node("F", ["rows"], ["c"], domain="versus")
    return model([*sound_nodes(), node], imports=imports, functions=[body])


def custom_domain():
    imports = [helper.make_opsetid("", 20), helper.make_opsetid("evil", 1)]
    return model(imports=imports)


def custom_operator():
    return with_node(helper.make_node("Softmax", ["rows"], ["c"], domain="evil"))


def random():
    return with_node(helper.make_node("RandomNormal", [], ["c"], shape=[1]))


def enormous():
    size = numpy_helper.from_array(np.array([2**17, 2**17], np.int64), "size")
    return with_node(helper.make_node("ConstantOfShape", ["size"], ["c"]), initializers=[size])


def computed_size():
    two = numpy_helper.from_array(np.array([2**17, 2**17], np.int64), "two")
    return with_node(
        helper.make_node("Mul", ["two", "two"], ["size"]),
        helper.make_node("ConstantOfShape", ["size"], ["c"]),
        initializers=[two],
    )


def size_from_an_input():
    size = numpy_helper.from_array(np.array([2**30], np.int64), "size")
    given = helper.make_tensor_value_info("size", TensorProto.INT64, [1])
    node = helper.make_node("ConstantOfShape", ["size"], ["c"])
    return model([*sound_nodes(), node], (WEIGHTS, SHAPE, size), inputs=(IMAGES, given))


def outer_product():
    long = numpy_helper.from_array(np.zeros((2**15, 1), np.float32), "long")
    wide = numpy_helper.from_array(np.zeros((1, 2**15), np.float32), "wide")
    return with_node(helper.make_node("MatMul", ["long", "wide"], ["c"]), initializers=[long, wide])


def lying_sizes():
    """Says of a value that it is small."""
    found = outer_product()
    found.graph.value_info.add().CopyFrom(
        helper.make_tensor_value_info("c", TensorProto.FLOAT, [1, 1])
    )
    return found


def float_input():
    given = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", 8, 8, 1])
    return model(inputs=(given,))


def two_outputs():
    other = helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["batch", 3])
    return model(outputs=(ROWS, other))


def fixed_batch():
    given = helper.make_tensor_value_info("images", TensorProto.UINT8, [1, 8, 8, 1])
    return model(inputs=(given,))


def missing_input():
    return with_node(helper.make_node("Identity", ["nowhere"], ["c"]))


def many_nodes():
    names = [f"n{n}" for n in range(20_001)]
    pairs = zip(["rows", *names], names, strict=False)
    return with_node(*[helper.make_node("Identity", [a], [b]) for a, b in pairs])


HOSTILE = {
    "external numbers": (lambda: model(initializers=(external(WEIGHTS), SHAPE)), "another file"),
    "external constant": (external_constant, "another file"),
    "a branch": (if_node, "not one of Keras's layers"),
    "a function": (function, "functions"),
    "a custom domain": (custom_domain, "outside the ONNX standard"),
    "a custom operator": (custom_operator, "evil:Softmax"),
    "random": (random, "RandomNormal"),
    "enormous": (enormous, "17,179,869,184 values"),
    "computed size": (computed_size, "known only when it runs"),
    "size from an input": (size_from_an_input, "known only when it runs"),
    "outer product": (outer_product, "1,073,741,824 values"),
    "lying sizes": (lying_sizes, "not a sound graph|values for one picture"),
    "float input": (float_input, "it takes"),
    "two outputs": (two_outputs, "it gives"),
    "fixed batch": (fixed_batch, "it takes"),
    "missing input": (missing_input, "not a sound graph"),
    "many nodes": (many_nodes, "at most 20,000"),
}


@pytest.fixture
def manifest(bundle):
    return read_bundle(bundle).manifest


def test_the_model_that_the_hostile_ones_are_made_from_is_sound(manifest):
    check_onnx(model().SerializeToString(), manifest, "here")


def test_what_export_writes_is_sound(bundle, manifest):
    check_onnx((bundle / MODEL).read_bytes(), manifest, "here")


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_model_is_refused(kind, manifest, monkeypatch):
    make, reason = HOSTILE[kind]
    monkeypatch.setattr("onnxruntime.InferenceSession", None)  # nothing may get as far
    with pytest.raises(BundleError, match=reason) as caught:
        check_onnx(make().SerializeToString(), manifest, "here")
    assert str(caught.value).startswith("here: ")


@pytest.mark.parametrize("data", [b"", b"hello", b"\x08" * 100, b"\x0a\xff\xff\xff\xff\x0f"])
def test_bytes_that_are_no_model_are_refused(data, manifest):
    with pytest.raises(BundleError, match="here"):
        check_onnx(data, manifest, "here")


@pytest.mark.parametrize("step", [7, 1009])
def test_a_cut_model_is_refused_or_sound(bundle, manifest, step):
    data = (bundle / MODEL).read_bytes()
    for end in range(0, len(data), max(step, len(data) // 40)):
        with pytest.raises(BundleError):
            check_onnx(data[:end], manifest, "here")


def test_the_check_comes_before_the_model_is_loaded(bundle, monkeypatch):
    found = read_bundle(bundle)
    evil = type(found)(found.place, found.manifest, enormous().SerializeToString(), found.hardest)
    monkeypatch.setattr("onnxruntime.InferenceSession", None)
    with pytest.raises(BundleError, match="refused"):
        Classifier(evil)


def test_onnx_is_new_enough_to_be_trusted_with_paths():
    """Versions before 1.21 followed links out of the model's folder."""
    assert tuple(map(int, onnx.__version__.split(".")[:2])) >= (1, 21)
