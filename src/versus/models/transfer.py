"""Transfer learning: a new head on a network that was trained on something else.

Resizing, colour and scaling are layers of the model, so it takes pictures as they are.
Source: J. Yosinski et al. 2014, "How transferable are features in deep neural networks?".
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from versus.backend import keras
from versus.errors import ModelError, UnknownNameError
from versus.models.cutting import cut
from versus.models.preprocessing import MODES, scaled_as, to_colour
from versus.models.pretrained import find_network, network

layers = keras.layers
Builder = Callable[[tuple[int, int, int], int], keras.Model]
Head = Callable[[Any, int], Any]


def transfer(
    base: str | Path,
    *,
    freeze: bool = True,
    unfreeze_from: str | None = None,
    preprocess: bool = True,
    size: tuple[int, int] | None = None,
    head: Head | None = None,
    name: str = "",
) -> Builder:
    """Return the builder of a model that puts a new head on a trained base.

    Args:
        base: a network of `keras.applications` by name, whose weights are ImageNet's; or a run's
            folder, `DIR/VARIANT/SEED`; or a saved `.keras` file. What was saved is taken up to
            what its last layer reads, with the preprocessing that is in it.
        freeze: the base keeps its weights; its BatchNormalization keeps its moving averages, too.
            To train it gently, or later than the head, see `Recipe.groups`.
        unfreeze_from: with `freeze`: the first layer, by name or the beginning of it, from which
            on the base is trained after all, as "block5" of VGG16.
        preprocess: scale pictures as the network was trained; not for a saved base.
        size: (height, width) that pictures are resized to; where None, that of a saved base, and
            for a network the pictures' own, but at least 32.
        head: `(features, classes) -> probabilities`, symbolic; where None the features are
            averaged over space and given to one softmax layer.
        name: of the model; made of the base's where "".

    Raises (when it builds):
        ModelError: the base cannot be loaded, or its file has changed since this was called.
        UnknownNameError: the base has no layer `unfreeze_from`.

    Example:
        >>> build = versus.transfer("versus-runs/fashion/vgg-small/0")
        >>> versus.Variant("frozen", build)
    """
    base = _model_file(base)

    def build(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
        saved = str(base).endswith(".keras")
        inputs = keras.Input(input_shape)
        if saved:
            trained = _saved(Path(base))
            x = _fit_saved(inputs, trained, size)
        else:
            used = size or (max(input_shape[0], 32), max(input_shape[1], 32))
            trained = network(str(base), used)
            x = to_colour(inputs, used)
            if preprocess:
                x = scaled_as(x, _mode(str(base)), grey=input_shape[2] == 1)
        if freeze:
            _freeze(trained, unfreeze_from)
        # Frozen BatchNormalization keeps its averages by itself (Keras 2 and later).
        outputs = (head or _pooled)(trained(x), classes)
        return keras.Model(inputs, outputs, name=name or f"{trained.name}-transferred")

    return build if isinstance(base, str) else _unchanged(base, build)


def wide_head(features: Any, classes: int) -> Any:
    """Return document C's head: flattened, 128 units, normalised, dropout of 0.5, softmax."""
    x = layers.Dense(128, activation="relu")(layers.Flatten()(features))
    x = layers.Dropout(0.5)(layers.BatchNormalization()(x))
    return layers.Dense(classes, activation="softmax")(x)


def _pooled(features: Any, classes: int) -> Any:
    if len(features.shape) == 4:
        features = layers.GlobalAveragePooling2D()(features)
    return layers.Dense(classes, activation="softmax")(features)


def _model_file(base: str | Path) -> str | Path:
    """Return the saved file that `base` means, or the name of a network."""
    path = Path(base)
    if path.suffix == ".keras":
        return path
    return path / "model.keras" if len(path.parts) > 1 or path.is_dir() else str(base)


def _unchanged(path: Path, build: Builder) -> Builder:
    """Return `build`, tied to what is in the file now: another base would make other runs."""
    digest = _sha256(path)

    def build_on_saved(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
        # A study that was read before its base was trained has nothing to hold it against.
        if digest and _sha256(path) != digest:
            raise ModelError(f"{path}: the base has changed since the study was read: begin anew")
        return build(input_shape, classes)

    return build_on_saved


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _saved(path: Path) -> keras.Model:
    try:
        model: Any = keras.saving.load_model(path, compile=False)
    except Exception as cause:
        raise ModelError(f"{path}: not a Keras model that can be read: {cause}") from cause
    if len(model.layers) < 3:
        raise ModelError(f"{path}: expected a model of several layers; '{model.name}' has too few")
    return cut(model, -2)


def _fit_saved(x: Any, base: keras.Model, size: tuple[int, int] | None) -> Any:
    """Return pictures in the size and colours that a saved base takes."""
    height, width, channels = base.input_shape[1:]
    wanted = (height or x.shape[1], width or x.shape[2])
    if size is not None and size != wanted:
        raise ModelError(f"model '{base.name}' takes pictures of {wanted}; size asks for {size}")
    if (channels, x.shape[-1]) == (3, 1):
        return to_colour(x, wanted)
    if channels != x.shape[-1]:
        raise ModelError(
            f"model '{base.name}' takes {channels} channel(s), but the pictures have {x.shape[-1]}"
        )
    if tuple(x.shape[1:3]) != wanted:
        x = layers.Resizing(*wanted, interpolation="bilinear", name="resize")(x)
    return x


def _mode(name: str) -> str:
    """Return how the network's own `preprocess_input` scales, by the module it comes from."""
    return MODES[find_network(name).__module__.rpartition(".")[2]]


def _freeze(base: keras.Model, unfreeze_from: str | None) -> None:
    """Freeze the layers of `base`, but not those from the one called `unfreeze_from` on."""
    names = [layer.name for layer in base.layers]
    first = len(names)
    if unfreeze_from is not None:
        matching: Sequence[int] = [
            i for i, name in enumerate(names) if name.startswith(unfreeze_from)
        ]
        if not matching:
            raise UnknownNameError(f"layer of {base.name}", unfreeze_from, names)
        first = matching[0]
    for layer in base.layers[:first]:
        layer.trainable = False


# Document C's three. Values stay at 0 to 255 and no mean is taken away, as printed.
_DOCUMENT_C = {"size": (32, 32), "head": wide_head}
vgg16_frozen = transfer("vgg16", preprocess=False, name="vgg16-frozen", **_DOCUMENT_C)
vgg16_frozen_preprocessed = transfer("vgg16", name="vgg16-frozen-preprocessed", **_DOCUMENT_C)
vgg16_finetuned = transfer("vgg16", unfreeze_from="block5", name="vgg16-finetuned", **_DOCUMENT_C)
