"""Tensors of the Open Inference Protocol v2: from a request's bytes to pictures, and back.

Source: https://github.com/kserve/open-inference-protocol, inference_rest.md, and its binary
tensor data extension: a JSON object, then the values of the tensors that it says are binary.
"""

import json
import math
from typing import Any, NamedTuple

import numpy as np

from versus.bundles.manifest import INPUT, OUTPUT
from versus.serving.batching import Images, Rows
from versus.serving.refusal import RefusalError
from versus.serving.served import VERSION, Served

MOST_ID = 1024


class Request(NamedTuple):
    """What a request asks.

    Attributes:
        images: uint8 `[n, height, width, channels]`.
        id: to be given back; None where none was given.
        binary: whether the probabilities are wanted as bytes behind the JSON.
        classes: of the classification extension: so many classes as "probability:index:name";
            0 for the probabilities themselves.
    """

    images: Images
    id: str | None
    binary: bool
    classes: int


def read_request(body: bytes, header_length: str | None, served: Served, most: int) -> Request:
    """Return what an inference request asks of a model.

    Args:
        body: of the HTTP request.
        header_length: `Inference-Header-Content-Length`: where its JSON ends; None: it is all.
        served: the model.
        most: pictures it may hold.

    Raises:
        RefusalError: 400: it is no such request, or not one of this model; 422: too many pictures.
    """
    end = len(body)
    if header_length is not None:
        if not header_length.isdecimal() or len(header_length) > 12 or int(header_length) > end:
            raise RefusalError(
                400, f"Inference-Header-Content-Length {header_length[:20]!r}: the body has {end}"
            )
        end = int(header_length)
    content = _object(_json(body[:end]), "the request")
    given = content.get("id")
    if given is not None and not (isinstance(given, str) and len(given) <= MOST_ID):
        raise RefusalError(400, f"id: expected a text of at most {MOST_ID} characters")
    inputs = content.get("inputs")
    if not isinstance(inputs, list) or len(inputs) != 1:
        count = len(inputs) if isinstance(inputs, list) else "no list"
        raise RefusalError(400, f"inputs: expected one, '{INPUT}'; got {count}")
    tensor = _object(inputs[0], "inputs[0]")
    images = _images(tensor, body[end:], served, most)
    binary, classes = _wanted(content)
    return Request(images, given, binary, classes)


def write_response(request: Request, rows: Rows, served: Served) -> tuple[bytes, int | None]:
    """Return the body of the answer, and where its JSON ends if bytes follow it."""
    output: dict[str, Any] = {"name": OUTPUT}
    tail = b""
    if request.classes:
        texts = _classification(rows, served.classes, request.classes)
        output |= {"datatype": "BYTES", "shape": [len(rows), len(texts) // len(rows)]}
        tail = b"".join(len(t).to_bytes(4, "little") + t for t in map(str.encode, texts))
        data: list[Any] = texts
    else:
        output |= {"datatype": "FP32", "shape": list(rows.shape)}
        tail = rows.tobytes() if request.binary else b""
        data = [] if request.binary else rows.ravel().tolist()
    if request.binary:
        output["parameters"] = {"binary_data_size": len(tail)}
    else:
        output["data"], tail = data, b""
    content: dict[str, Any] = {"model_name": served.name, "model_version": VERSION}
    if request.id is not None:
        content["id"] = request.id
    head = json.dumps({**content, "outputs": [output]}).encode()
    return head + tail, len(head) if request.binary else None


def _json(text: bytes) -> Any:
    try:
        return json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise RefusalError(400, "the request is no JSON: nested too deeply") from None
    except ValueError as cause:
        raise RefusalError(400, f"the request is no JSON: {str(cause)[:200]}") from None


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RefusalError(400, f"{where}: expected an object")
    return value


def _parameters(content: dict[str, Any], where: str) -> dict[str, Any]:
    found = content.get("parameters")
    return {} if found is None else _object(found, f"{where}: parameters")


def _images(tensor: dict[str, Any], tail: bytes, served: Served, most: int) -> Images:
    """Return the pictures of an input tensor."""
    expected = f"[n, {', '.join(map(str, served.shape))}]"
    if tensor.get("name") != INPUT or tensor.get("datatype") != "UINT8":
        raise RefusalError(
            400,
            f"inputs[0]: expected {INPUT} of UINT8; got {str(tensor.get('name'))[:80]} of "
            f"{str(tensor.get('datatype'))[:80]}",
        )
    shape = tensor.get("shape")
    if (
        not isinstance(shape, list)
        or len(shape) != 4
        or any(not isinstance(size, int) or isinstance(size, bool) for size in shape)
        or tuple(shape[1:]) != served.shape
        or shape[0] < 1
    ):
        raise RefusalError(400, f"{INPUT}: expected the shape {expected}; got {str(shape)[:100]}")
    if shape[0] > most:
        raise RefusalError(422, f"{INPUT}: {shape[0]} pictures: at most {most} a request")
    count = math.prod(shape)
    size = _parameters(tensor, "inputs[0]").get("binary_data_size")
    if size is not None:
        if size != count or len(tail) != count or tensor.get("data") is not None:
            raise RefusalError(
                400,
                f"{INPUT}: expected {count} bytes behind the JSON and no data in it; got "
                f"binary_data_size {str(size)[:40]} and {len(tail)} bytes",
            )
        return np.frombuffer(tail, np.uint8).reshape(shape)
    if tail:
        raise RefusalError(400, f"{len(tail)} bytes behind the JSON belong to no tensor")
    return _from_list(tensor.get("data"), count).reshape(shape)


def _from_list(data: Any, count: int) -> Images:
    """Return the values of a JSON list, flat or nested."""
    try:
        values = np.asarray(data if isinstance(data, list) else None)
    except (ValueError, OverflowError):  # nested unevenly, or beyond 64 bits
        values = np.asarray(None)
    if values.dtype.kind not in "iu" or values.size != count:
        raise RefusalError(400, f"{INPUT}: expected a list of {count} whole numbers of 0 to 255")
    if values.min() < 0 or values.max() > 255:
        raise RefusalError(
            400, f"{INPUT}: expected values of 0 to 255; got {values.min()} to {values.max()}"
        )
    return values.astype(np.uint8)


def _wanted(content: dict[str, Any]) -> tuple[bool, int]:
    """Return whether the answer is wanted as bytes, and how many classes by name (0: none)."""
    binary = _parameters(content, "the request").get("binary_data_output", False)
    classes: Any = 0
    outputs = content.get("outputs")
    outputs = [] if outputs is None else outputs
    if not isinstance(outputs, list) or len(outputs) > 1:
        raise RefusalError(400, f"outputs: expected none or one, '{OUTPUT}'")
    for output in outputs:
        if _object(output, "outputs[0]").get("name") != OUTPUT:
            raise RefusalError(400, f"outputs[0]: expected {OUTPUT}")
        own = _parameters(output, "outputs[0]")
        binary = own.get("binary_data", binary)
        classes = own.get("classification", 0)
    if not isinstance(binary, bool) or type(classes) is not int or classes < 0:
        raise RefusalError(
            400, "parameters: expected binary_data true or false, classification a whole number"
        )
    return binary, classes


def _classification(rows: Rows, classes: tuple[str, ...], top: int) -> list[str]:
    """Return "probability:index:name" of the likeliest classes, row after row."""
    order = np.argsort(-rows, axis=1, kind="stable")[:, :top]
    return [
        f"{rows[row, column]:f}:{column}:{classes[column]}"
        for row, columns in enumerate(order)
        for column in columns.tolist()
    ]
