"""Every error of a route as the v2 protocol tells it: `{"error": reason}`."""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from versus.errors import DataError
from versus.serving.refusal import RefusalError

_log = logging.getLogger("versus.serving")


def told(status: int, reason: str, retry_after: int | None = None) -> JSONResponse:
    """Return an answer in the error form."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return JSONResponse({"error": reason}, status, headers)


def add_error_handlers(app: FastAPI) -> None:
    """Let an app tell every error in that form."""

    @app.exception_handler(RefusalError)
    async def refused(request: Request, error: RefusalError) -> JSONResponse:
        return told(error.status, str(error), error.retry_after)

    @app.exception_handler(DataError)
    async def no_picture(request: Request, error: DataError) -> JSONResponse:
        return told(422, str(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first: Any = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return told(422, f"{where}: {first['msg']}")

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> JSONResponse:
        answer = told(error.status_code, str(error.detail))
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> JSONResponse:
        _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return told(500, "internal error: see the server's log")
