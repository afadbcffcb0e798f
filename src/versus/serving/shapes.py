"""The shapes of what the server takes and gives, for its OpenAPI document."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    """Base of all: names as the protocol has them."""

    model_config = ConfigDict(protected_namespaces=())


class Error(Shape):
    """A request that was not answered."""

    error: str


class Live(Shape):
    """Whether the server answers."""

    live: bool


class Ready(Shape):
    """Whether every model takes pictures."""

    ready: bool


class ModelReady(Shape):
    """Whether one model takes pictures."""

    name: str
    ready: bool


class ServerMetadata(Shape):
    """What the server is."""

    name: str
    version: str
    extensions: list[str]


class TensorMetadata(Shape):
    """A tensor that a model takes or gives; -1 is any size."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(Shape):
    """What a model is."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class RequestInput(Shape):
    """Pictures: `data` as numbers of 0 to 255, flat or nested; or bytes behind the JSON."""

    name: Literal["images"]
    datatype: Literal["UINT8"]
    shape: list[int] = Field(min_length=4, max_length=4)
    data: list[Any] | None = None
    parameters: dict[str, Any] | None = None


class RequestOutput(Shape):
    """What is wanted: `binary_data` for bytes, `classification: k` for k classes by name."""

    name: Literal["probabilities"]
    parameters: dict[str, Any] | None = None


class InferenceRequest(Shape):
    """Pictures to be classified."""

    id: str | None = None
    inputs: list[RequestInput] = Field(min_length=1, max_length=1)
    outputs: list[RequestOutput] | None = None
    parameters: dict[str, Any] | None = None


class ResponseOutput(Shape):
    """Probabilities, picture by picture; or classes as "probability:index:name"."""

    name: str
    datatype: str
    shape: list[int]
    data: list[float] | list[str] | None = None
    parameters: dict[str, Any] | None = None


class InferenceResponse(Shape):
    """What the model says."""

    model_name: str
    model_version: str
    id: str | None = None
    outputs: list[ResponseOutput]


class Guess(Shape):
    """A class and its probability."""

    name: str = Field(serialization_alias="class")
    probability: float


class ModelAnswer(Shape):
    """What one model says of a picture; nothing of a blank one."""

    model: str
    best: str | None = Field(serialization_alias="class")
    probability: float | None
    top: list[Guess]
    notes: list[str]
    milliseconds: float
    seen: str | None = None


class PictureAnswer(Shape):
    """What every model says of a picture, and whether they differ."""

    models: list[ModelAnswer]
    disagree: bool


class PageModel(Shape):
    """What the page shows of a model before anything is drawn."""

    name: str
    classes: list[str]
    width: int
    height: int
    channels: int
    steps: str
    data: str
    accuracy: float | None
    hardest: int
    hardest_split: str


class PageModels(Shape):
    """Every model, and whether mistakes can be saved here."""

    models: list[PageModel]
    saving: bool


class HardPicture(Shape):
    """One of the pictures that a run got most wrong."""

    index: int
    label: str
    probability: float
    picture: str


class HardestPictures(Shape):
    """Some of them, hardest first."""

    split: str
    pictures: list[HardPicture]


class Saved(Shape):
    """Where a mistake was saved, and how many there are."""

    file: str
    count: int


ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": Error, "description": text}
    for status, text in {
        400: "Not a request of this protocol",
        401: "The token is missing or wrong",
        403: "Host or Origin is not allowed here",
        404: "No such model",
        408: "The body came too slowly",
        413: "The body is too large",
        415: "This Content-Type is not taken",
        422: "The pictures cannot be used",
        503: "Overloaded, or not ready: try again",
    }.items()
}


def whole_schema(shape: type[Shape]) -> dict[str, Any]:
    """Return the JSON Schema of a shape with those it refers to written into it.

    FastAPI keeps only the shapes that its own parameters name; a body that is read by hand needs
    its schema whole.
    """
    schema = shape.model_json_schema()
    inner = schema.pop("$defs", {})

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            name = value.get("$ref", "").removeprefix("#/$defs/")
            return filled(inner[name]) if name else {k: filled(v) for k, v in value.items()}
        return [filled(each) for each in value] if isinstance(value, list) else value

    return filled(schema)
