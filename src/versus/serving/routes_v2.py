"""The Open Inference Protocol v2 over REST, with its binary tensors and classification.

Source: https://github.com/kserve/open-inference-protocol, inference_rest.md.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from versus.serving.limits import Limits
from versus.serving.refusal import RefusalError
from versus.serving.served import Models, Served
from versus.serving.shapes import (
    ERRORS,
    InferenceRequest,
    InferenceResponse,
    Live,
    ModelMetadata,
    ModelReady,
    Ready,
    ServerMetadata,
    whole_schema,
)
from versus.serving.tensors import read_request, write_response

LENGTH = "Inference-Header-Content-Length"
EXTENSIONS = ["binary_tensor_data", "classification"]
# JSON of more bytes is read in a thread: a list of millions of numbers takes a while.
SMALL_JSON = 2**16

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": whole_schema(InferenceRequest)},
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


class _DirectRoute(APIRoute):
    """A route whose endpoint reads its request by itself.

    FastAPI describes it, but does not look for its parameters: for one small picture that takes
    longer than the model.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        endpoint = self.endpoint

        async def handle(request: Request) -> Response:
            return await endpoint(request=request, **request.path_params)

        return handle


def v2_routes(models: Models, limits: Limits, version: str) -> APIRouter:
    """Return the routes of the protocol.

    Args:
        models: of the server.
        limits: of a request.
        version: of versus.
    """
    routes = APIRouter(tags=["Open Inference Protocol v2"], responses=ERRORS)
    _add_infer(routes, models, limits)  # first: routes are tried in their order

    @routes.get("/v2/health/live")
    async def live() -> Live:
        """Whether the server answers."""
        return Live(live=True)

    @routes.get("/v2/health/ready")
    async def ready(response: Response) -> Ready:
        """Whether every model takes pictures; 503 while one does not."""
        response.status_code = 200 if models.ready else 503
        return Ready(ready=models.ready)

    @routes.get("/v2")
    @routes.get("/v2/", include_in_schema=False)
    async def server() -> ServerMetadata:
        """What the server is."""
        return ServerMetadata(name="versus", version=version, extensions=EXTENSIONS)

    _add_models(routes, models)
    return routes


def _add_models(routes: APIRouter, models: Models) -> None:
    def metadata(served: Served) -> Response:
        return Response(served.metadata, media_type="application/json")

    def readiness(served: Served, response: Response) -> ModelReady:
        response.status_code = 200 if served.ready else 503
        return ModelReady(name=served.name, ready=served.ready)

    @routes.get("/v2/models/{model}", response_model=ModelMetadata)
    async def model_metadata(model: str) -> Response:
        """What a model takes and gives."""
        return metadata(models[model])

    @routes.get("/v2/models/{model}/versions/{version}", response_model=ModelMetadata)
    async def version_metadata(model: str, version: str) -> Response:
        """The same of a version; there is "1"."""
        return metadata(models.version(model, version))

    @routes.get("/v2/models/{model}/ready")
    async def model_ready(model: str, response: Response) -> ModelReady:
        """Whether a model takes pictures."""
        return readiness(models[model], response)

    @routes.get("/v2/models/{model}/versions/{version}/ready")
    async def version_ready(model: str, version: str, response: Response) -> ModelReady:
        """The same of a version."""
        return readiness(models.version(model, version), response)


def _add_infer(routes: APIRouter, models: Models, limits: Limits) -> None:
    async def answer(request: Request, served: Served) -> Response:
        body, length = await request.body(), request.headers.get(LENGTH)
        if not request.headers.get("content-type", "").startswith("image/"):
            return await _infer(body, length, served, limits.batch)
        raise RefusalError(415, "a picture file: POST it to /predict")

    async def infer(model: str, request: Request) -> Response:
        """Probabilities of prepared pictures: raw uint8 values, as the model's input."""
        return await answer(request, models[model])

    async def infer_version(model: str, version: str, request: Request) -> Response:
        """The same of a version."""
        return await answer(request, models.version(model, version))

    endpoints = {"": infer, "/versions/{version}": infer_version}
    for path, endpoint in endpoints.items():
        routes.add_api_route(
            f"/v2/models/{{model}}{path}/infer",
            endpoint,
            methods=["POST"],
            response_model=InferenceResponse,
            openapi_extra=_BODY,
            route_class_override=_DirectRoute,
        )


async def _infer(body: bytes, length: str | None, served: Served, most: int) -> Response:
    """Answer one request; the small ones, which are most, without a thread."""
    small = len(body) <= SMALL_JSON or length is not None
    arguments = (body, length, served, most)
    asked = read_request(*arguments) if small else await asyncio.to_thread(read_request, *arguments)
    rows = await served.answer(asked.images)
    content, end = write_response(asked, rows, served)
    if end is None:
        return Response(content, media_type="application/json")
    headers = {LENGTH: str(end)}
    return Response(content, headers=headers, media_type="application/octet-stream")
