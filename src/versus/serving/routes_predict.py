"""`POST /predict`: any picture file, answered by every model side by side."""

import asyncio
import base64
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from versus.bundles.answering import best_guesses
from versus.bundles.picture import Seen, png
from versus.serving.preparing import Preparer
from versus.serving.served import Models, Served
from versus.serving.shapes import ERRORS, Guess, ModelAnswer, PictureAnswer

PICTURE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("image/*", "application/octet-stream")
        },
    }
}


def predict_routes(models: Models, preparer: Preparer) -> APIRouter:
    """Return the route.

    Args:
        models: of the server.
        preparer: reads the pictures.
    """
    routes = APIRouter(tags=["Pictures"], responses=ERRORS)

    @routes.post("/predict", openapi_extra=PICTURE_BODY)
    async def predict(
        request: Request,
        model: Annotated[str | None, Query(description="One model; all where left out.")] = None,
        top: Annotated[int, Query(ge=1, le=1000, description="So many classes each.")] = 3,
        as_is: Annotated[bool, Query(description="The picture is prepared already.")] = False,
        seen: Annotated[bool, Query(description="Give back what each model saw.")] = False,
    ) -> PictureAnswer:
        """Say what is on a picture file: PNG, JPEG, WebP, BMP, GIF or TIFF.

        It is prepared as each model's training data were. Send the file itself as the body.
        """
        chosen = list(models.by_name.values()) if model is None else [models[model]]
        preparations = [served.bundle.manifest.preparation for served in chosen]
        pictures = await preparer.prepare(await request.body(), preparations, as_is=as_is)
        pairs = zip(chosen, pictures, strict=True)
        answers = await asyncio.gather(*(_answer(*pair, top, show=seen) for pair in pairs))
        best = {answer.best for answer in answers}
        return PictureAnswer(models=list(answers), disagree=len(best) > 1)

    return routes


async def _answer(served: Served, seen: Seen, top: int, *, show: bool) -> ModelAnswer:
    rows, seconds = await served.timed(seen.pixels[None])
    guesses = () if seen.blank else best_guesses(rows[0], served.classes, top)
    return ModelAnswer(
        model=served.name,
        best=guesses[0].name if guesses else None,
        probability=guesses[0].probability if guesses else None,
        top=[Guess(name=name, probability=value) for name, value in guesses],
        notes=list(seen.notes),
        milliseconds=round(seconds * 1000, 3),
        seen=data_url(png(seen.pixels)) if show else None,
    )


def data_url(content: bytes) -> str:
    """Return a PNG as an address that holds it."""
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"
