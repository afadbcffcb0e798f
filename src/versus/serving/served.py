"""Served: the models of a server by name, each with its batcher; looked up, never composed."""

import json
import time
from collections.abc import Mapping, Sequence

import numpy as np

from versus.bundles.classifier import Classifier
from versus.bundles.manifest import INPUT, OUTPUT
from versus.bundles.reading import Bundle
from versus.errors import BundleError
from versus.serving.batching import Batcher, Images, Rows
from versus.serving.limits import Limits
from versus.serving.metrics import Metrics
from versus.serving.refusal import RefusalError, overloaded

VERSION = "1"


class Served:
    """One model behind the server."""

    def __init__(self, bundle: Bundle, threads: int) -> None:
        """Load the model, and run it once: the first run is slow.

        Raises:
            BundleError: it is not one that may be loaded.
        """
        self.bundle = bundle
        self.name = bundle.name
        self.classes = bundle.manifest.classes
        self.shape = bundle.manifest.preparation.shape
        self._classifier = Classifier(bundle, threads)
        self._classifier(np.zeros((1, *self.shape), np.uint8))
        self._batcher: Batcher | None = None
        self.metadata = json.dumps(self._metadata()).encode()

    def start(self, limits: Limits, metrics: Metrics) -> None:
        """Begin to take pictures, on the running event loop."""
        observed = metrics.of_model(self.name, lambda: self.waiting)
        self._batcher = Batcher(self._classifier, limits, observed)

    def stop(self) -> None:
        """End the model's thread."""
        if self._batcher is not None:
            self._batcher.close()
            self._batcher = None

    @property
    def ready(self) -> bool:
        """Whether it takes pictures."""
        return self._batcher is not None

    @property
    def waiting(self) -> int:
        """Pictures that wait for it or are being computed."""
        return self._batcher.pictures if self._batcher else 0

    async def answer(self, images: Images) -> Rows:
        """Return the probabilities of pictures, float32 `[n, classes]`.

        Raises:
            RefusalError: 503: it is not ready, overloaded or too slow.
        """
        if self._batcher is None:
            raise overloaded(f"model '{self.name}' is not ready")
        return await self._batcher.submit(images)

    async def timed(self, images: Images) -> tuple[Rows, float]:
        """Return the probabilities, and the seconds until they came."""
        started = time.perf_counter()
        rows = await self.answer(images)
        return rows, time.perf_counter() - started

    def _metadata(self) -> dict[str, object]:
        return {
            "name": self.name,
            "versions": [VERSION],
            "platform": "onnx_onnxv1",
            "inputs": [{"name": INPUT, "datatype": "UINT8", "shape": [-1, *self.shape]}],
            "outputs": [{"name": OUTPUT, "datatype": "FP32", "shape": [-1, len(self.classes)]}],
        }


class Models:
    """The models of a server, by name, in the order given."""

    def __init__(self, bundles: Sequence[Bundle], threads: int) -> None:
        """Load every model.

        Raises:
            BundleError: two have one name, or one cannot be loaded.
        """
        self._served: dict[str, Served] = {}
        for bundle in bundles:
            if bundle.name in self._served:
                raise BundleError(
                    f"{bundle.place}: a second model called '{bundle.name}': export one of them "
                    "with another --name"
                )
            self._served[bundle.name] = Served(bundle, threads)

    def __getitem__(self, name: str) -> Served:
        """Return a model.

        Raises:
            RefusalError: 404: there is none of this name.
        """
        try:
            return self._served[name]
        except KeyError:
            raise RefusalError(404, f"no model is called '{name[:80]}'") from None

    def version(self, name: str, version: str) -> Served:
        """Return a model in a version; each has only "1".

        Raises:
            RefusalError: 404: there is no such model or version.
        """
        served = self[name]
        if version != VERSION:
            raise RefusalError(404, f"model '{name}' has no version '{version[:80]}'")
        return served

    @property
    def by_name(self) -> Mapping[str, Served]:
        """Every model."""
        return self._served

    @property
    def ready(self) -> bool:
        """Whether all take pictures."""
        return all(served.ready for served in self._served.values())
