"""Classifier: a bundle's model in ONNX Runtime, from prepared pictures to probabilities."""

from typing import Any

import numpy as np
import numpy.typing as npt

from versus.bundles import manifest as names
from versus.bundles.onnx_check import check_onnx
from versus.bundles.reading import Bundle
from versus.errors import BundleError

Probabilities = npt.NDArray[np.float32]
_ERRORS_ONLY = 3


class Session:
    """An ONNX model in ONNX Runtime; may be called by several threads at once."""

    def __init__(self, data: bytes, threads: int, where: str) -> None:
        """Load the model; nothing is checked.

        Args:
            data: the model's bytes.
            threads: that one call computes with.
            where: the file, for messages.

        Raises:
            BundleError: ONNX Runtime does not take it.
        """
        import onnxruntime  # a second to import: only where a model is run

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        # Waiting threads would spin, and take the processor from whoever else needs it.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        providers = ["CPUExecutionProvider"]
        try:
            self._session: Any = onnxruntime.InferenceSession(data, options, providers=providers)
        except Exception as cause:  # its own classes share no base but this
            first = str(cause).strip().splitlines()[0]
            raise BundleError(f"{where}: cannot be loaded: {first}: export it again") from cause

    def __call__(self, images: npt.NDArray[np.uint8]) -> Probabilities:
        """Return float32 `[n, classes]` for uint8 `[n, height, width, channels]`."""
        (found,) = self._session.run([names.OUTPUT], {names.INPUT: images})
        return found


class Classifier:
    """The model of a bundle, ready to answer; may be called by several threads at once."""

    def __init__(self, bundle: Bundle, threads: int = 1) -> None:
        """Check the model and load it.

        Args:
            bundle: whose.
            threads: that one call computes with.

        Raises:
            BundleError: the model is not one that `versus export` writes, or cannot be loaded.
        """
        self.bundle = bundle
        where = str(bundle.place / names.MODEL)
        check_onnx(bundle.model, bundle.manifest, where)
        self._session = Session(bundle.model, threads, where)
        self._shape = bundle.manifest.preparation.shape

    def __call__(self, images: npt.NDArray[np.uint8]) -> Probabilities:
        """Return the probability of every class.

        Args:
            images: uint8 `[n, height, width, channels]`, n of 1 or more, as the bundle's
                Preparation gives them.

        Returns:
            float32 `[n, classes]`.

        Raises:
            BundleError: the pictures have another type or shape.
        """
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[1:] != self._shape:
            height, width, channels = self._shape
            raise BundleError(
                f"{self.bundle.name}: expected uint8 pictures [n, {height}, {width}, {channels}]; "
                f"got {images.dtype} {list(images.shape)}"
            )
        return self._session(images)
