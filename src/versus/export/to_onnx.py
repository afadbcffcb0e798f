"""A trained Keras model as ONNX: uint8 pictures in, probabilities out, any batch."""

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any

from versus.backend import device_name, keras, torch
from versus.bundles.manifest import INPUT, OUTPUT
from versus.errors import BundleError
from versus.export.known_sizes import write_sizes
from versus.training.inference import why_keras_predicts
from versus.training.lowering.program import lower


class Shipped(torch.nn.Module):
    """Raw pictures to probabilities, as `evaluation.predict.measure` computes them."""

    def __init__(self, model: Any, *, from_logits: bool) -> None:
        super().__init__()
        self._softmax = from_logits
        self._model = model
        self._program = None
        if not why_keras_predicts(model):
            self._program = lower(model, torch.Generator(device_name())).settled()

    def forward(self, images: Any) -> Any:
        """Return probabilities, float32 `[n, classes]`, of uint8 `[n, height, width, channels]`."""
        pictures = images.to(getattr(torch, keras.config.floatx()))
        if self._program is None:
            rows = self._model(pictures, training=False)
        else:
            (rows,) = self._program([pictures], training=False)
        rows = rows.to(torch.float32)
        return torch.softmax(rows, dim=1) if self._softmax else rows


def to_onnx(
    model: keras.Model, *, from_logits: bool, metadata: dict[str, str] | None = None
) -> bytes:
    """Return the bytes of an ONNX model, all its numbers inside.

    It goes through the engine's own program, whose layers are torch's; a layer that the engine
    does not know is traced as the Keras layer it is. Input: `images`, uint8 `[batch, height,
    width, channels]`. Output: `probabilities`, float32 `[batch, classes]`.

    Args:
        model: trained, of one input and one output.
        from_logits: it ends without softmax, which is then added.
        metadata: texts to be kept in the file.

    Raises:
        BundleError: torch cannot trace it, or ONNX has no words for what it does.
    """
    shape = tuple(model.inputs[0].shape[1:])
    # Two pictures: of one, torch would take the batch for a constant.
    example = torch.zeros((2, *shape), dtype=torch.uint8, device=device_name())
    try:
        with _quiet():
            # Gradients stay on: without them the program pools by pairs, which is fast on torch.
            program = torch.onnx.export(
                Shipped(model, from_logits=from_logits).eval(),
                (example,),
                dynamo=True,
                dynamic_shapes=({0: torch.export.Dim("batch", min=1)},),
                input_names=[INPUT],
                output_names=[OUTPUT],
                verbose=False,
            )
    except Exception as cause:  # whatever a model's own layers raise, and torch's many kinds
        layers = _own_layers(model)
        hint = f" (its layers {', '.join(layers)} are traced as they are)" if layers else ""
        raise BundleError(
            f"{model.name}: cannot become ONNX: {_first_line(cause)}{hint}: replace the layer "
            "that it names, or ship the run's model.keras"
        ) from cause
    assert program is not None  # noqa: S101  (only without dynamo)
    return _plain(program.model_proto, metadata or {})


def _plain(proto: Any, metadata: dict[str, str]) -> bytes:
    """Return the bytes of a model without what the exporter tells of this machine's files."""
    for node in proto.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in (*proto.graph.input, *proto.graph.output, *proto.graph.value_info):
        del value.metadata_props[:]
        value.doc_string = ""
    for tensor in proto.graph.initializer:
        del tensor.metadata_props[:]
    del proto.graph.metadata_props[:]
    del proto.metadata_props[:]
    proto.graph.doc_string = proto.doc_string = ""
    proto.graph.name = "main"
    for key, value in sorted(metadata.items()):
        proto.metadata_props.add(key=key, value=value)
    # Functions that the graph does not call any more are kept by the exporter for reading.
    del proto.functions[:]
    kept = [each for each in proto.opset_import if each.domain in ("", "ai.onnx")]
    del proto.opset_import[:]
    proto.opset_import.extend(kept)
    write_sizes(proto.graph)
    return proto.SerializeToString(deterministic=True)


def _own_layers(model: Any) -> list[str]:
    """Return the kinds of layers that neither Keras nor the engine has."""
    return sorted(
        {
            type(layer).__name__
            for layer in model._flatten_layers()  # noqa: SLF001
            if layer is not model and not type(layer).__module__.startswith("keras.")
        }
    )


def _first_line(cause: Exception) -> str:
    """Return what is wrong; torch tells first how it looked for it, and how to report it."""
    root: BaseException = cause
    while root.__cause__ is not None:
        root = root.__cause__
    lines = [line.strip() for line in str(root).splitlines() if line.strip()]
    return (lines[0] if lines else type(root).__name__)[:300]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter from printing: its notes are about torch, not about the model."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    nowhere = io.StringIO()  # stays open: a handler made meanwhile may keep it
    try:
        with redirect_stdout(nowhere), redirect_stderr(nowhere), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
