"""Metrics: what the server counts, for Prometheus."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from versus.serving.batching import Observed

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_SECONDS = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10)


class Metrics:
    """Counters of one server; a registry of its own, so that several may run in a process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "versus_requests",
            "Requests, by route and status.",
            ["route", "status"],
            registry=self._registry,
        )
        self._pictures = Counter(
            "versus_pictures", "Pictures answered.", ["model"], registry=self._registry
        )
        self._batches = Histogram(
            "versus_batch_pictures",
            "Pictures a batch.",
            ["model"],
            buckets=_SIZES,
            registry=self._registry,
        )
        self._seconds = Histogram(
            "versus_batch_seconds",
            "Seconds the model took for a batch.",
            ["model"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._waiting = Gauge(
            "versus_pictures_waiting",
            "Pictures that wait or are being computed.",
            ["model"],
            registry=self._registry,
        )
        self._counted: dict[tuple[str, int], Counter] = {}

    def count(self, route: str, status: int) -> None:
        """Count one request."""
        key = (route, status)
        counter = self._counted.get(key)
        if counter is None:
            counter = self._counted[key] = self._requests.labels(route, status)
        counter.inc()

    def of_model(self, name: str, waiting: Callable[[], int]) -> Observed:
        """Return what is to be told of every batch of a model."""
        pictures, batches = self._pictures.labels(name), self._batches.labels(name)
        seconds = self._seconds.labels(name)
        self._waiting.labels(name).set_function(waiting)

        def observed(size: int, took: float) -> None:
            pictures.inc(size)
            batches.observe(size)
            seconds.observe(took)

        return observed

    def text(self) -> bytes:
        """Return all of it, in Prometheus's text format."""
        return generate_latest(self._registry)
