"""The app: routes, errors and what lives as long as the server, behind the guard."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from fastapi import FastAPI

from versus.bundles.reading import Bundle
from versus.results.environment import library_versions
from versus.serving.callers import Callers
from versus.serving.errors import add_error_handlers
from versus.serving.guard import Guard
from versus.serving.limits import Limits
from versus.serving.metrics import Metrics
from versus.serving.mistakes import Mistakes
from versus.serving.preparing import Preparer
from versus.serving.routes_page import page_routes
from versus.serving.routes_predict import predict_routes
from versus.serving.routes_v2 import v2_routes
from versus.serving.served import Models

DESCRIPTION = (
    "Image classifiers that versus shipped. `POST /predict` takes a picture file; the v2 routes "
    "take prepared pictures as tensors."
)


class Settings(NamedTuple):
    """How a server is run.

    Attributes:
        port: that it listens on.
        hosts: names it may be called by, beside this machine's own.
        any_address: whether any IP address will do as Host: where it listens beyond loopback.
        token: that requests must bear; "" for none.
        save: folder that mistakes are saved into; None for nowhere.
        threads: of each model.
        limits: of requests.
    """

    port: int
    hosts: tuple[str, ...] = ()
    any_address: bool = False
    token: str = ""
    save: Path | None = None
    threads: int = 1
    limits: Limits = Limits()


def make_app(bundles: Sequence[Bundle], settings: Settings) -> Guard:
    """Return the ASGI app that serves bundles.

    Raises:
        BundleError: a model cannot be served, or two have one name.
        ConfigurationError: the folder of `save` cannot be used.
    """
    app = make_routes(bundles, settings)
    metrics: Metrics = app.state.metrics
    return Guard(
        app,
        callers=Callers(
            settings.port,
            settings.hosts,
            any_address=settings.any_address,
            token=settings.token,
        ),
        limits=settings.limits,
        counted=metrics.count,
    )


def make_routes(bundles: Sequence[Bundle], settings: Settings) -> FastAPI:
    """Return the app without its guard; `app.state` holds models and metrics.

    Raises:
        BundleError, ConfigurationError: as `make_app`.
    """
    version = library_versions()["versus-ml"]
    models, metrics = Models(bundles, settings.threads), Metrics()
    mistakes = None if settings.save is None else Mistakes(settings.save)
    preparer, limits = Preparer(settings.limits), settings.limits

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        for served in models.by_name.values():
            served.start(limits, metrics)
        yield
        for served in models.by_name.values():
            served.stop()
        preparer.close()

    app = FastAPI(
        title="versus",
        version=version,
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        # Not by include_router, which would look a request's route up twice.
        routes=[
            *v2_routes(models, limits, version).routes,
            *predict_routes(models, preparer).routes,
            *page_routes(models, preparer, mistakes, metrics).routes,
        ],
    )
    app.state.models, app.state.metrics = models, metrics
    add_error_handlers(app)
    return app
