"""The Open Inference Protocol v2: what every endpoint takes and gives, and what it refuses."""

import json

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from versus.bundles.classifier import Classifier
from versus.serving.limits import Limits
from versus.serving.refusal import RefusalError
from versus.serving.tensors import read_request

# The published OpenAPI document's schemas (open_inference_rest.yaml), in so far as they say
# something. "data" may be left out where the binary extension puts bytes behind the JSON.
TENSOR = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "datatype": {"type": "string"},
        "shape": {"type": "array", "items": {"type": "integer"}},
    },
    "required": ["name", "datatype", "shape"],
}
ERROR = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}
SERVER = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "version": {"type": "string"},
        "extensions": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["name", "version", "extensions"],
}
MODEL = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "versions": {"type": "array", "items": {"type": "string"}},
        "platform": {"type": "string"},
        "inputs": {"type": "array", "items": TENSOR},
        "outputs": {"type": "array", "items": TENSOR},
    },
    "required": ["name", "platform"],
}
RESPONSE = {
    "type": "object",
    "properties": {
        "model_name": {"type": "string"},
        "model_version": {"type": "string"},
        "id": {"type": "string"},
        "parameters": {"type": "object"},
        "outputs": {
            "type": "array",
            "items": {**TENSOR, "required": [*TENSOR["required"], "data"]},
        },
    },
    "required": ["model_name", "outputs"],
}
LENGTH = "Inference-Header-Content-Length"


@pytest.fixture
def images(tiny):
    return np.ascontiguousarray(tiny.test.images[:5])


@pytest.fixture
def expected(bundles, images):
    return Classifier(bundles[0])(images)


def body(images, **changes):
    tensor = {
        "name": "images",
        "datatype": "UINT8",
        "shape": list(images.shape),
        "data": images.ravel().tolist(),
    }
    return {"inputs": [{**tensor, **changes}]}


def binary(content, tail):
    head = json.dumps(content).encode()
    return head + tail, [(LENGTH, str(len(head))), ("content-type", "application/octet-stream")]


def test_health_and_metadata(client):
    assert client.get("/v2/health/live").json() == {"live": True}
    assert client.get("/v2/health/ready").json() == {"ready": True}
    server = client.get("/v2").json()
    jsonschema.validate(server, SERVER)
    assert client.get("/v2/").json() == server
    for path in ("/v2/models/cnn", "/v2/models/cnn/versions/1"):
        model = client.get(path).json()
        jsonschema.validate(model, MODEL)
        assert model["inputs"] == [{"name": "images", "datatype": "UINT8", "shape": [-1, 8, 8, 1]}]
        assert model["outputs"] == [{"name": "probabilities", "datatype": "FP32", "shape": [-1, 3]}]
        assert client.get(f"{path}/ready").json() == {"name": "cnn", "ready": True}


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("path", ["/v2/models/cnn/infer", "/v2/models/cnn/versions/1/infer"])
def test_inference_with_json(client, images, expected, nested, path):
    data = images.tolist() if nested else images.ravel().tolist()
    answer = client.post(path, {**body(images, data=data), "id": "a7"})
    assert answer.status == 200
    found = answer.json()
    jsonschema.validate(found, RESPONSE)
    assert (found["id"], found["model_name"], found["model_version"]) == ("a7", "cnn", "1")
    (output,) = found["outputs"]
    rows = np.array(output["data"], np.float32).reshape(output["shape"])
    np.testing.assert_allclose(rows, expected, atol=1e-6)


def test_no_id_is_given_back_where_none_was_given(client, images):
    assert "id" not in client.post("/v2/models/cnn/infer", body(images)).json()


@pytest.mark.parametrize("wanted", ["output", "request"])
def test_inference_with_binary_tensors(client, images, expected, wanted):
    content = body(images, parameters={"binary_data_size": images.size})
    del content["inputs"][0]["data"]
    if wanted == "output":
        content["outputs"] = [{"name": "probabilities", "parameters": {"binary_data": True}}]
    else:
        content["parameters"] = {"binary_data_output": True}
    answer = client.post("/v2/models/cnn/infer", *binary(content, images.tobytes()))
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/octet-stream"
    end = int(answer.headers[LENGTH.lower()])
    (output,) = json.loads(answer.body[:end])["outputs"]
    assert output["parameters"] == {"binary_data_size": len(answer.body) - end}
    rows = np.frombuffer(answer.body[end:], np.float32).reshape(output["shape"])
    np.testing.assert_allclose(rows, expected, atol=1e-6)


def test_what_is_null_is_left_out(client, images):
    content = {**body(images, parameters=None), "id": None, "outputs": None, "parameters": None}
    assert client.post("/v2/models/cnn/infer", content).status == 200


def test_classification(client, images, expected):
    content = body(images)
    content["outputs"] = [{"name": "probabilities", "parameters": {"classification": 2}}]
    (output,) = client.post("/v2/models/cnn/infer", content).json()["outputs"]
    assert (output["datatype"], output["shape"]) == ("BYTES", [5, 2])
    best = int(expected[0].argmax())
    assert output["data"][0] == f"{expected[0].max():f}:{best}:band {best}"


IMAGES = np.zeros((1, 8, 8, 1), np.uint8)
BAD = {
    "no JSON": (b"{", 400),
    "no object": ([], 400),
    "nothing": ({}, 400),
    "NaN": (b'{"inputs": [NaN]}', 400),
    "deep": (b"[" * 50_000, 400),
    "bytes that are no text": (b"\xff\xfe\xfd", 400),
    "no inputs": ({"inputs": []}, 400),
    "two inputs": ({"inputs": body(IMAGES)["inputs"] * 2}, 400),
    "input of text": ({"inputs": ["x"]}, 400),
    "another name": (body(IMAGES, name="x"), 400),
    "another type": (body(IMAGES, datatype="FP32"), 400),
    "negative shape": (body(IMAGES, shape=[-1, 8, 8, 1]), 400),
    "no picture": (body(IMAGES, shape=[0, 8, 8, 1], data=[]), 400),
    "another size": (body(IMAGES, shape=[1, 8, 4, 2]), 400),
    "flat shape": (body(IMAGES, shape=[64]), 400),
    "shape of floats": (body(IMAGES, shape=[1.0, 8, 8, 1]), 400),
    "shape of truths": (body(IMAGES, shape=[True, 8, 8, 1]), 400),
    "enormous shape": (body(IMAGES, shape=[10**30, 8, 8, 1]), 422),
    "too many": (body(np.zeros((257, 8, 8, 1), np.uint8)), 422),
    "too few values": (body(IMAGES, data=[0] * 63), 400),
    "uneven": (body(IMAGES, data=[[0], [0, 0]]), 400),
    "too bright": (body(IMAGES, data=[256] * 64), 400),
    "too dark": (body(IMAGES, data=[-1] * 64), 400),
    "enormous": (body(IMAGES, data=[10**40] * 64), 400),
    "floats": (body(IMAGES, data=[0.5] * 64), 400),
    "truths": (body(IMAGES, data=[True] * 64), 400),
    "texts": (body(IMAGES, data=["0"] * 64), 400),
    "no list": (body(IMAGES, data={"a": 1}), 400),
    "binary without bytes": (body(IMAGES, parameters={"binary_data_size": 64}), 400),
    "parameters of text": (body(IMAGES, parameters="x"), 400),
    "another output": ({**body(IMAGES), "outputs": [{"name": "x"}]}, 400),
    "two outputs": ({**body(IMAGES), "outputs": [{"name": "probabilities"}] * 2}, 400),
    "id of a number": ({**body(IMAGES), "id": 7}, 400),
    "long id": ({**body(IMAGES), "id": "x" * 2000}, 400),
    "truth as text": ({**body(IMAGES), "parameters": {"binary_data_output": "yes"}}, 400),
    "half a class": (
        {
            **body(IMAGES),
            "outputs": [{"name": "probabilities", "parameters": {"classification": 0.5}}],
        },
        400,
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_request_is_refused_in_words(client, kind):
    content, status = BAD[kind]
    headers = [("content-type", "application/json")] if isinstance(content, bytes) else []
    answer = client.post("/v2/models/cnn/infer", content, headers)
    assert answer.status == status
    jsonschema.validate(answer.json(), ERROR)


@pytest.mark.parametrize("length", ["x", "-1", "99999", "1e3", "9" * 400, ""])
def test_a_header_length_that_cannot_be(client, length):
    headers = [(LENGTH, length), ("content-type", "application/octet-stream")]
    answer = client.post("/v2/models/cnn/infer", b"{}", headers)
    assert answer.status == 400
    assert "Inference-Header-Content-Length" in answer.json()["error"]


def test_bytes_too_many_or_too_few(client, images):
    content = body(images, parameters={"binary_data_size": images.size})
    del content["inputs"][0]["data"]
    for tail in (images.tobytes()[:-1], images.tobytes() + b"x", b""):
        assert client.post("/v2/models/cnn/infer", *binary(content, tail)).status == 400
    plain = body(images)
    assert client.post("/v2/models/cnn/infer", *binary(plain, b"more")).status == 400


def test_unknown_names_are_404(client, images):
    for path in ("/v2/models/x", "/v2/models/cnn/versions/2", "/v2/models/x/ready"):
        answer = client.get(path)
        assert answer.status == 404
        jsonschema.validate(answer.json(), ERROR)
    assert client.post("/v2/models/x/infer", body(images)).status == 404
    assert client.get("/nowhere").status == 404
    assert client.post("/v2", {}).status == 405
    assert client.get("/nowhere").json() == {"error": "Not Found"}


def test_a_picture_file_is_sent_to_predict(client):
    answer = client.post("/v2/models/cnn/infer", b"x", [("content-type", "image/png")])
    assert answer.status == 415
    assert "/predict" in answer.json()["error"]


class Stub:
    shape = (2, 2, 1)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
NEARLY = st.fixed_dictionaries(
    {
        "inputs": st.lists(
            st.fixed_dictionaries(
                {"name": st.just("images"), "datatype": st.just("UINT8")},
                optional={
                    "shape": st.just([1, 2, 2, 1]) | VALUES,
                    "data": st.lists(st.integers(-1, 300), min_size=4, max_size=4) | VALUES,
                    "parameters": VALUES,
                },
            ),
            max_size=2,
        )
    },
    optional={"id": VALUES, "outputs": VALUES, "parameters": VALUES},
)


def outcome(body, length):
    try:
        return read_request(body, length, Stub(), 4)
    except RefusalError as refusal:
        return refusal


@settings(max_examples=400, deadline=None)
@given(NEARLY | VALUES, st.none() | st.text(max_size=4) | st.integers(-5, 300).map(str))
def test_any_json_is_a_request_or_refused(content, length):
    found = outcome(json.dumps(content).encode(), length)
    if isinstance(found, RefusalError):
        assert found.status in (400, 422)
        assert str(found)
    else:
        assert found.images.dtype == np.uint8
        assert found.images.shape[1:] == (2, 2, 1)


def test_a_smaller_limit_holds(serve, images):
    client = serve(limits=Limits(batch=4))
    assert client.post("/v2/models/cnn/infer", body(images)).status == 422
    assert client.post("/v2/models/cnn/infer", body(images[:4])).status == 200
