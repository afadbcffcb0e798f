"""Transfer learning: a new head on a network that was trained on something else.

Resizing, colour and scaling are layers of the model, so it takes pictures as they are.
Source: J. Yosinski et al. 2014, "How transferable are features in deep neural networks?".
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from versus.backend import keras
from versus.errors import ModelError
from versus.models.builder import BuildFunction
from versus.models.freezing import freeze as freeze_layers
from versus.models.preprocessing import MODES, SMALLEST, scaled_as, to_colour
from versus.models.pretrained import find_network, is_network, network
from versus.models.saved_base import fit_saved, saved_base

layers = keras.layers
Head = Callable[[Any, int], Any]


def transfer(
    base: str | Path,
    *,
    freeze: bool = True,
    unfreeze_from: str | None = None,
    preprocess: bool = True,
    size: int | tuple[int, int] | None = None,
    head: Head | None = None,
    name: str = "",
) -> BuildFunction:
    """Return the builder of a model that puts a new head on a trained base.

    Args:
        base: a network of `keras.applications` by name, whose weights are ImageNet's; or a run's
            folder, `DIR/VARIANT/SEED`; or a saved `.keras` file. What was saved is taken up to
            what its last layer reads, with the preprocessing that is in it.
        freeze: the base keeps its weights; its BatchNormalization keeps its moving averages, too.
            Where False all of it is trained, also what was frozen when it was saved. To train it
            gently, or later than the head, see `Recipe.groups`.
        unfreeze_from: with `freeze`: the first layer, by name or the beginning of it, from which
            on the base is trained after all, as "block5" of VGG16; also in a model within it.
        preprocess: scale pictures as the network was trained; not for a saved base.
        size: (height, width) that pictures are resized to, or one number for both; where None,
            that of a saved base, and for a network the pictures' own, but at least the smallest
            that it takes (32; Xception 71, InceptionV3 and InceptionResNetV2 75).
        head: `(features, classes) -> probabilities`, symbolic; where None the features are
            averaged over space and given to one softmax layer.
        name: of the model; made of the base's where "".

    Raises:
        UnknownNameError: no network has this name; or, when it builds, the base no layer
            `unfreeze_from`.
        ModelError: the arguments do not go together. Or, when it builds: the base cannot be
            loaded or cut, or its file has changed since this was called.

    Example:
        >>> build = versus.transfer("versus-runs/fashion/vgg-small/0")
        >>> versus.Variant("frozen", build)
    """
    base, wanted = _checked(base, size, freeze=freeze, unfreeze_from=unfreeze_from)

    def build(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
        inputs = keras.Input(input_shape)
        if isinstance(base, Path):
            trained = saved_base(base)
            x = fit_saved(inputs, trained, wanted)
        else:
            family = _family(base)
            least = SMALLEST[family]
            used = wanted or (max(input_shape[0], least), max(input_shape[1], least))
            trained = network(base, used)
            x = to_colour(inputs, used)
            if preprocess:
                x = scaled_as(x, MODES[family], grey=input_shape[2] == 1)
        if freeze:
            freeze_layers(trained, unfreeze_from)
        else:
            trained.trainable = True
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
    # A network's name is one whatever folders there are: "./vgg16" is the folder.
    if isinstance(base, str) and is_network(base):
        return base
    path = Path(base)
    if path.suffix == ".keras":
        return path
    separate = isinstance(base, str) and os.sep in base
    return path / "model.keras" if separate or path.is_dir() or len(path.parts) > 1 else str(base)


def _unchanged(path: Path, build: BuildFunction) -> BuildFunction:
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


def _family(name: str) -> str:
    """Return the module that a network comes from, which all of its family share."""
    return find_network(name).__module__.rpartition(".")[2]


def _checked(
    base: Any, size: Any, *, freeze: bool, unfreeze_from: str | None
) -> tuple[str | Path, tuple[int, int] | None]:
    """Return the base and the size of `transfer`, held against each other and the rest."""
    if not isinstance(base, (str, Path)):
        raise ModelError(
            "transfer: base: expected a network's name, a run's folder or a .keras file; got "
            f"{type(base).__name__}"
        )
    if base == "" or unfreeze_from == "":
        which = "base" if base == "" else "unfreeze_from"
        raise ModelError(f"transfer: {which}: expected a name; got ''")
    if unfreeze_from is not None and not freeze:
        raise ModelError(
            f"transfer: unfreeze_from='{unfreeze_from}' leaves the layers before it frozen, and "
            "freeze=False freezes none: give one of the two"
        )
    pair = (size, size) if isinstance(size, int) else size
    if pair is not None:
        whole = isinstance(pair, (tuple, list)) and all(type(side) is int for side in pair)
        if not whole or len(pair) != 2 or min(pair) < 1:
            raise ModelError(
                "transfer: size: expected (height, width) in pixels, or one number for both; got "
                f"{size!r}"
            )
        pair = (pair[0], pair[1])
    base = _model_file(base)
    if isinstance(base, str):
        least = SMALLEST[_family(base)]
        if pair is not None and min(pair) < least:
            raise ModelError(
                f"transfer: size: {base} takes pictures of {least}x{least} or more; got "
                f"{pair[0]}x{pair[1]}"
            )
    return base, pair


# Document C's three. Values stay at 0 to 255 and no mean is taken away, as printed.
_DOCUMENT_C = {"size": (32, 32), "head": wide_head}
vgg16_frozen = transfer("vgg16", preprocess=False, name="vgg16-frozen", **_DOCUMENT_C)
vgg16_frozen_preprocessed = transfer("vgg16", name="vgg16-frozen-preprocessed", **_DOCUMENT_C)
vgg16_finetuned = transfer("vgg16", unfreeze_from="block5", name="vgg16-finetuned", **_DOCUMENT_C)
