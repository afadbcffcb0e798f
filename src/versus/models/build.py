"""Building a model from a seed, and holding it against the data before anything is trained."""

import hashlib
import inspect
import json
from typing import Any

from versus import seeding
from versus.backend import isolated, keras
from versus.errors import ModelError, VersusError
from versus.models.builder import Builder, BuildFunction, blame, find_builder


def build(
    model: str | BuildFunction | Builder,
    input_shape: tuple[int, int, int],
    classes: int,
    seed: int = 0,
) -> keras.Model:
    """Build a model whose initial weights, dropout seeds and layer names follow from `seed`.

    Args:
        model: a built-in name, `file.py:function`, `package.module:function`, a `.keras` file, or
            a function `(input_shape, classes) -> keras.Model`. A saved model keeps its weights.
        input_shape: (height, width, channels) of one picture.
        classes: how many the data have.
        seed: of the run; the stream is "build".

    Raises:
        UnknownNameError: no built-in model has this name.
        ModelError: it cannot be loaded, raises, returns no Keras model, or one that does not fit.

    Example:
        >>> data = versus.load("digits")
        >>> model = versus.build("cnn-pool", data.input_shape, len(data.classes), seed=1)
    """
    builder = find_builder(model)
    built = build_any(builder, input_shape, classes, seed)
    check_model(built, input_shape, classes, builder.reference)
    return built


def build_any(
    builder: Builder, input_shape: tuple[int, int, int], classes: int, seed: int = 0
) -> keras.Model:
    """Build as `build` does, whatever the model takes and gives: two inputs, a picture out.

    Raises:
        ModelError: it cannot be built, or is no Keras model.
    """
    if classes < 2:
        raise ModelError(f"expected two or more classes; got {classes}")
    _check_signature(builder, input_shape, classes)
    with isolated(seeding.integer(seed, "build")):
        try:
            built = builder.function(input_shape, classes)
        except VersusError:
            raise
        except Exception as cause:
            raise ModelError(
                f"model '{builder.reference}', called with {input_shape} and {classes}, raises at "
                f"{blame(cause)}"
            ) from cause
        built = _as_graph(built, input_shape)
        _check_kind(built, builder.reference)
        if not built.built:
            built.build((None, *input_shape))
    return built


def _check_signature(builder: Builder, input_shape: tuple[int, int, int], classes: int) -> None:
    """Raise ModelError if the function cannot be called so at all: the fault of no line inside."""
    try:
        signature = inspect.signature(builder.function)
    except (TypeError, ValueError):  # a callable of C: only calling it tells
        return
    try:
        signature.bind(input_shape, classes)
    except TypeError as cause:
        raise ModelError(
            f"model '{builder.reference}': expected a function (input_shape, classes) -> "
            f"keras.Model; its own arguments are {signature}: {cause}"
        ) from cause


def _as_graph(model: Any, input_shape: tuple[int, int, int]) -> Any:
    """Return a subclassed model that has no graph yet as a Functional one around it."""
    own_graph = isinstance(model, keras.Sequential) or hasattr(model, "_nodes_by_depth")
    if not isinstance(model, keras.Model) or own_graph:
        return model
    if type(model).train_step is not keras.Model.train_step:
        raise ModelError(
            f"model '{model.name}' has no fixed input and a train_step of its own: "
            "give it its inputs, as keras.Model(inputs, outputs) does"
        )
    inputs = keras.Input(input_shape)
    try:
        return keras.Model(inputs, model(inputs), name=model.name)
    except Exception as cause:
        raise ModelError(f"model '{model.name}' cannot be called on pictures: {cause}") from cause


def _check_kind(model: Any, reference: str) -> None:
    if not isinstance(model, keras.Model):
        raise ModelError(f"model '{reference}': expected a keras.Model; got {type(model).__name__}")


def check_model(
    model: Any, input_shape: tuple[int, int, int], classes: int, reference: str
) -> None:
    """Raise ModelError unless `model` takes such pictures and tells that many classes apart."""
    _check_kind(model, reference)
    if not model.built:
        model.build((None, *input_shape))
    why_not = misfit(model, input_shape, classes)
    if why_not:
        raise ModelError(f"model '{reference}' {why_not}")


def misfit(model: Any, input_shape: tuple[int, int, int], classes: int) -> str:
    """Return why a built model does not suit such data, "takes ..." or "gives ...", or ""."""
    if why_not := takes_others(model, input_shape):
        return why_not
    if model.output_shape != (None, classes):
        return (
            f"gives output of shape {model.output_shape}, but the data have {classes} classes: its "
            f"last layer must give (None, {classes})"
        )
    return ""


def takes_others(model: Any, input_shape: tuple[int, ...]) -> str:
    """Return why a built model does not take such pictures, "takes ...", or ""."""
    shapes = model.input_shape
    if not isinstance(shapes, tuple) or len(model.inputs) != 1:
        return f"takes {len(model.inputs)} inputs: expected one input of pictures"
    if any(want not in (None, got) for want, got in zip(shapes[1:], input_shape, strict=False)) or (
        len(shapes) != len(input_shape) + 1
    ):
        return (
            f"takes input of shape {shapes[1:]}, but the pictures are {input_shape}: build it with "
            "the input_shape it is given"
        )
    return ""


def architecture_sha256(model: keras.Model) -> str:
    """Return the SHA-256 of the model's own configuration: layers, options, connections."""
    return hashlib.sha256(architecture_json(model).encode()).hexdigest()


def architecture_json(model: keras.Model) -> str:
    """Return the model's own configuration as JSON: nothing of how it was compiled or built."""
    config = json.loads(model.to_json())
    for volatile in ("compile_config", "build_config"):
        config.pop(volatile, None)
    return json.dumps(config, sort_keys=True)
