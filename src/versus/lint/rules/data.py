"""VS201 to VS207: what goes into the models."""

from collections.abc import Iterable, Iterator

import numpy as np

from versus.data.dataset import Split
from versus.data.equal_pictures import equal_pictures
from versus.lint.graph import Graph, Layer
from versus.lint.rule import Check, Found, Rule
from versus.lint.script import scaling
from versus.lint.subject import Candidate, Pictures

Candidates = tuple[Candidate, ...]

BRIGHTEST = 255.0
WIDEST_INPUT = 16.0
"""A scaled picture reaches 1, or some few standard deviations; more than this is unscaled."""
NARROWEST_INPUT = 0.1
"""Scaled once, the brightest pixel is 1; below this it was scaled more than once."""

FEW, FEWEST = 1.5, 9.0
"""Ratio of the largest class to the smallest from which a set counts as imbalanced, and as highly
so: the bounds of the KEEL collection (A. Fernández et al. 2008, Fuzzy Sets and Systems 159)."""

NOTABLE_SHARE = 0.001
"""A tenth of a point of accuracy: the size of differences that are reported on these sets."""

# What each family of keras.applications does to 0..255 pixels before its first layer, by the name
# of its first convolution and of the model; from the families' own preprocess_input.
CENTRED = "subtract the ImageNet channel means"
SIGNED = "bring 0 to 255 to -1 to 1"
FAMILIES = {
    **dict.fromkeys(("vgg16", "vgg19", "resnet50", "resnet101", "resnet152"), CENTRED),
    **dict.fromkeys(("resnet50v2", "resnet101v2", "resnet152v2"), SIGNED),
    **dict.fromkeys(("mobilenet", "mobilenetv2", "inception_v3", "xception", "nasnet"), SIGNED),
    **dict.fromkeys(("densenet121", "densenet169", "densenet201"), CENTRED + " and scale"),
}
# Layers that leave the values of pixels as they are.
CARRYING = (
    *("InputLayer", "Resizing", "Concatenate", "UpSampling2D", "ZeroPadding2D", "Reshape"),
    *("CenterCrop", "Cropping2D", "Repeat", "GetItem", "BroadcastTo", "RandomFlip", "RandomCrop"),
    *("RandomRotation", "RandomZoom", "RandomTranslation", "Identity", "Flatten", "Permute"),
)


def _input_path(graph: Graph) -> tuple[list[Layer], Layer | None]:
    """Return the layers between the input and the first one with weights, and that one."""
    path: list[Layer] = []
    for layer in graph.layers:
        if layer.weighted or layer.kind in ("BatchNormalization", "LayerNormalization"):
            return path, layer
        path.append(layer)
    return path, None


def _scaled_by(path: Iterable[Layer]) -> float | None:
    """Return by what factor pixels are scaled on the way; None where that is not known."""
    factor = 1.0
    for layer in path:
        scale = layer.config.get("scale")
        if layer.kind == "Rescaling" and isinstance(scale, (int, float)):
            factor *= scale
        elif layer.kind not in CARRYING:
            return None
    return factor


def _unscaled(candidates: Candidates) -> Iterable[Found]:
    for candidate, _, first, factor in _paths(candidates):
        if factor * BRIGHTEST > WIDEST_INPUT and not first.kind.endswith("Normalization"):
            yield Found(
                f"variant {candidate.name}, layer {first.name}",
                f"pixels of 0 to {factor * BRIGHTEST:g} reach its first weights",
            )


def _scaled_twice(candidates: Candidates) -> Iterable[Found]:
    for candidate, path, first, factor in _paths(candidates):
        times = sum(layer.kind == "Rescaling" for layer in path)
        if times > 1 and factor * BRIGHTEST < NARROWEST_INPUT:
            yield Found(
                f"variant {candidate.name}, layer {first.name}",
                f"{times} Rescaling layers leave pixels of 0 to {factor * BRIGHTEST:.2g}",
            )


def _paths(candidates: Candidates) -> Iterator[tuple[Candidate, list[Layer], Layer, float]]:
    """Yield each model that takes bytes, what stands before its first weights, and the factor."""
    for candidate in candidates:
        if candidate.graph is None or not candidate.takes_bytes or _pretrained(candidate.graph):
            continue
        path, first = _input_path(candidate.graph)
        factor = _scaled_by(path)
        if first is not None and factor is not None:
            yield candidate, path, first, factor


def _pretrained(graph: Graph) -> tuple[str, list[Layer]] | None:
    """Return the family of a net of keras.applications inside a model, and its layers.

    Its weights come from elsewhere if some of its layers are frozen: nobody freezes random ones.
    """
    for layer in graph.layers:
        outer, inside, _ = layer.name.partition("/")
        if inside and outer.lower() in FAMILIES:
            base = [other for other in graph.layers if other.name.startswith(f"{outer}/")]
            if not all(other.trainable for other in base):
                return outer.lower(), base
    return None


def _no_preprocessing(candidates: Candidates) -> Iterable[Found]:
    for candidate in candidates:
        found = _pretrained(candidate.graph) if candidate.graph else None
        if candidate.graph is None or found is None:
            continue
        family, base = found
        before = [layer for layer in candidate.graph.before(base[0]) if layer not in base]
        scales = [layer for layer in before if layer.kind not in CARRYING]
        signed = FAMILIES[family] == SIGNED
        # A Rescaling without an offset is not what any of these families was trained on.
        plain = all(s.kind == "Rescaling" and not s.config.get("offset") for s in scales)
        if plain:
            what = "0 to 255" if not scales else "scaled, but not shifted"
            yield Found(
                f"variant {candidate.name}, layer {base[0].name}",
                f"pixels reach the pretrained {family} {what}; it was trained on pixels made to "
                f"{FAMILIES[family]}{'' if signed else ', in the order blue, green, red'}",
            )


def _imbalanced(pictures: Pictures) -> Iterable[Found]:
    data = pictures.data
    counts = np.bincount(data.train.labels, minlength=len(data.classes))
    low, high = int(counts.min()), int(counts.max())
    if not low or high / low <= FEW:
        return
    names = data.classes[int(counts.argmax())], data.classes[int(counts.argmin())]
    yield Found(
        f"data {data.name}, train",
        f"class {names[0]} has {high:,} pictures, class {names[1]} {low:,}: a ratio of "
        f"{high / low:.1f}; always answering {names[0]} is right for {high / counts.sum():.0%}",
        severity="warning" if high / low > FEWEST else "note",
    )


def _absent(pictures: Pictures) -> Iterable[Found]:
    data, protocol = pictures.data, pictures.protocol
    splits = dict(data.splits)
    if protocol is not None:
        parts = protocol.split(data, pictures.seed)
        splits |= {"train": parts.train, "validation": parts.validation}
    for name, split in splits.items():
        counts = np.bincount(split.labels, minlength=len(data.classes))
        missing = [data.classes[int(label)] for label in np.flatnonzero(counts == 0)]
        if missing:
            yield Found(
                f"data {data.name}, {name}",
                f"no picture of class {', '.join(missing[:5])}"
                f"{' and others' if len(missing) > 5 else ''} among {len(split):,}",
            )


def _shared(pictures: Pictures) -> Iterable[Found]:
    data = pictures.data
    # Not the very same object: that would be looked through for pictures it holds twice.
    test = Split(data.test.images, data.test.labels)
    pairs = equal_pictures(data.train, test)
    if not len(pairs):
        return
    rows = np.unique(pairs[:, 1])
    share = len(rows) / len(data.test)
    labels = data.train.labels[pairs[:, 0]] != data.test.labels[pairs[:, 1]]
    other = f", {int(labels.sum())} of the pairs under another label" if labels.any() else ""
    yield Found(
        f"data {data.name}",
        f"{len(rows):,} of {len(data.test):,} test pictures ({share:.2%}) are in train too, pixel "
        f"for pixel{other}; the first is test row {int(rows[0])}",
        severity="warning" if share >= NOTABLE_SHARE else "note",
    )


RULES = (
    Rule(
        "VS201",
        "unscaled input",
        "warning",
        "Usual initial weights expect inputs around 1: with pixels up to 255 the first steps are "
        "hundreds of times too large, and training is slow, unstable, or stuck.",
        "Put `keras.layers.Rescaling(1 / 255)` first in the model.",
        (Check(("candidates",), _unscaled), Check(("script",), scaling.unscaled)),
    ),
    Rule(
        "VS202",
        "input scaled twice",
        "error",
        "Pixels of 0 to 0.004 are all but black: the net learns far more slowly than it could.",
        "Scale once, best by a Rescaling layer in the model, and leave the data as they are.",
        (Check(("candidates",), _scaled_twice), Check(("script",), scaling.scaled_twice)),
    ),
    Rule(
        "VS203",
        "only train is scaled",
        "error",
        "The net is measured on pixels 255 times brighter than any it has seen.",
        "Scale by a Rescaling layer in the model: then nothing can be forgotten.",
        (Check(("script",), scaling.train_only),),
    ),
    Rule(
        "VS204",
        "a pretrained base without its preprocessing",
        "error",
        "Its weights were fitted to inputs of another range and centre, so its features are worse "
        "than they could be.",
        "Call the family's own `preprocess_input` inside the model, before the base.",
        (Check(("candidates",), _no_preprocessing), Check(("script",), scaling.no_preprocessing)),
    ),
    Rule(
        "VS205",
        "class imbalance",
        "warning",
        "Accuracy rewards answering the frequent classes, and hides how the rare ones fare.",
        "Read the per-class table beside the accuracy, and consider `Recipe(class_weight=...)`.",
        (Check(("pictures",), _imbalanced),),
    ),
    Rule(
        "VS206",
        "a class without pictures in a split",
        "error",
        "A class that is not in train cannot be learned; one that is not in validation or test is "
        "not measured.",
        'Draw validation pictures from every class, `Protocol(validation="stratified")`, or '
        "shuffle the data before splitting.",
        (Check(("pictures",), _absent),),
    ),
    Rule(
        "VS207",
        "equal pictures in train and test",
        "warning",
        "A net may know these by heart: they say nothing about pictures it has not seen.",
        "Remove them from train, or see that claimed differences are well above their share.",
        (Check(("pictures",), _shared),),
    ),
)
