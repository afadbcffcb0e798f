"""The page, what it asks for, `/docs` and `/metrics`."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from versus.bundles.picture import png
from versus.bundles.wording import steps
from versus.serving.metrics import CONTENT_TYPE, Metrics
from versus.serving.mistakes import Mistakes
from versus.serving.preparing import Preparer
from versus.serving.refusal import RefusalError
from versus.serving.routes_predict import PICTURE_BODY, data_url
from versus.serving.served import Models, Served
from versus.serving.shapes import (
    ERRORS,
    HardestPictures,
    HardPicture,
    PageModel,
    PageModels,
    Saved,
)

STATIC = Path(__file__).with_name("static")
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
PAGE, DOCS = "index.html", "docs.html"


def static_files() -> dict[str, Callable[[], Response]]:
    """Return every file below `static/` by its path there, read once.

    A request's path is looked up here and never becomes part of a path on disk.
    """
    found: dict[str, Callable[[], Response]] = {}
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            name, packed = path.relative_to(STATIC).as_posix(), path.suffix == ".gz"
            name = name.removesuffix(".gz")
            found[name] = _sender(path.read_bytes(), KINDS[Path(name).suffix], packed=packed)
    return found


def _sender(content: bytes, kind: str, *, packed: bool) -> Callable[[], Response]:
    headers = {"Cache-Control": "no-cache", "Content-Type": kind}
    if packed:  # every browser takes it
        headers["Content-Encoding"] = "gzip"
    return lambda: Response(content, headers=headers)


def page_routes(
    models: Models, preparer: Preparer, mistakes: Mistakes | None, metrics: Metrics
) -> APIRouter:
    """Return the routes of the page.

    Args:
        models: of the server.
        preparer: reads the pictures.
        mistakes: where mistakes are saved; None: nowhere.
        metrics: of the server.
    """
    routes = APIRouter(tags=["Page"], responses=ERRORS)
    files = static_files()

    @routes.get("/", include_in_schema=False)
    async def page() -> Response:
        return files[PAGE]()

    @routes.get("/docs", include_in_schema=False)
    async def docs() -> Response:
        return files[DOCS]()

    @routes.get("/static/{name:path}", include_in_schema=False)
    async def static(name: str) -> Response:
        if name not in files:
            raise RefusalError(404, "no such file")
        return files[name]()

    @routes.get("/metrics", response_class=Response)
    async def counted() -> Response:
        """What the server counts, in Prometheus's text format."""
        return Response(metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    @routes.get("/models")
    async def listed() -> PageModels:
        """Every model, as the page shows it."""
        shown = [_shown(served) for served in models.by_name.values()]
        return PageModels(models=shown, saving=mistakes is not None)

    @routes.get("/models/{model}/hardest")
    async def hardest(
        model: str,
        start: Annotated[int, Query(ge=0, le=1000)] = 0,
        count: Annotated[int, Query(ge=1, le=100)] = 24,
    ) -> HardestPictures:
        """The pictures that the model got most wrong of all it was judged on, hardest first."""
        return _hardest(models[model], start, count)

    _add_saving(routes, models, preparer, mistakes)
    return routes


def _add_saving(
    routes: APIRouter, models: Models, preparer: Preparer, mistakes: Mistakes | None
) -> None:
    @routes.post("/mistakes", openapi_extra=PICTURE_BODY)
    async def save(
        request: Request,
        model: Annotated[str, Query(description="Whose size and preparation it gets.")],
        label: Annotated[str, Query(description="Its true class, by name.")],
        as_is: Annotated[bool, Query(description="The picture is prepared already.")] = False,
    ) -> Saved:
        """Save a picture with its true label, where the server was started with --save."""
        served = models[model]
        if mistakes is None:
            raise RefusalError(403, "nothing is saved here: start the server with --save DIR")
        if label not in served.classes:
            raise RefusalError(422, f"no class of '{model}' is called '{label[:80]}'")
        preparation = served.bundle.manifest.preparation
        (seen,) = await preparer.prepare(await request.body(), [preparation], as_is=as_is)
        if seen.blank:
            raise RefusalError(422, "the picture is blank: there is nothing to learn from it")
        kept = await asyncio.to_thread(mistakes.add, seen.pixels, label)
        return Saved(file=kept.file, count=kept.count)


def _shown(served: Served) -> PageModel:
    manifest = served.bundle.manifest
    height, width, channels = served.shape
    judged: dict[str, Any] = manifest.metrics.get("test") or manifest.metrics.get("validation", {})
    return PageModel(
        name=served.name,
        classes=list(served.classes),
        width=width,
        height=height,
        channels=channels,
        steps=steps(manifest.preparation),
        data=manifest.origin.data,
        accuracy=judged.get("accuracy"),
        hardest=len(manifest.hardest),
        hardest_split=manifest.hardest_split,
    )


def _hardest(served: Served, start: int, count: int) -> HardestPictures:
    bundle = served.bundle
    some = range(start, min(start + count, len(bundle.manifest.hardest)))
    return HardestPictures(
        split=bundle.manifest.hardest_split,
        pictures=[
            HardPicture(
                index=hard.index,
                label=served.classes[hard.label],
                probability=hard.probability,
                picture=data_url(png(pixels)),
            )
            for hard, pixels in (
                (bundle.manifest.hardest[number], bundle.hardest[number]) for number in some
            )
        ],
    )
