"""How a script scales its pixels: VS201, VS202, VS203 and VS204 in a syntax tree."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from versus.lint.rule import Found
from versus.lint.script.choices import is_test_name, is_validation_name
from versus.lint.script.facts import Assignment, Script, callee, depends, used_names
from versus.lint.script.layers import script_models

# Whatever a script scales with; any of them somewhere means that scaling was thought of.
SCALERS = {
    *("Rescaling", "Normalization", "preprocess_input", "StandardScaler", "MinMaxScaler"),
    *("normalize", "img_to_float", "img_as_float", "ImageDataGenerator", "ToTensor"),
    *("standardize", "per_image_standardization", "convert_image_dtype"),
}
BRIGHTEST = (255, 255.0, 256, 256.0, 127.5, 128, 128.0)
# Keras's own sets of pictures, which come as bytes.
PICTURES = ("mnist", "fashion_mnist", "cifar10", "cifar100")
FAMILIES = ("VGG16", "VGG19", "ResNet50", "ResNet101", "ResNet152", "ResNet50V2", "MobileNet")
FAMILIES += ("MobileNetV2", "InceptionV3", "Xception", "DenseNet121", "DenseNet169", "NASNetMobile")


@dataclass(frozen=True)
class _Scaling:
    """`name` is divided by about 255, or multiplied by its inverse, at `line`."""

    name: str
    line: int
    by: Assignment


def scalings(script: Script) -> Iterator[_Scaling]:
    """Yield every place where a variable becomes a share of full brightness."""
    for assignment in script.assignments:
        if isinstance(assignment.node, ast.AugAssign):
            divides = isinstance(assignment.node.op, ast.Div)
            if divides and script.value(assignment.value) in BRIGHTEST:
                yield _Scaling(assignment.names[0], assignment.line, assignment)
            continue
        values = assignment.value.elts if isinstance(assignment.value, ast.Tuple) else []
        pairs = (
            zip(assignment.names, values, strict=False)
            if len(values) == len(assignment.names)
            else [(name, assignment.value) for name in assignment.names]
        )
        for name, value in pairs:
            if any(_divides(node, script) for node in ast.walk(value)):
                yield _Scaling(name, assignment.line, assignment)


def _divides(node: ast.AST, script: Script) -> bool:
    if not isinstance(node, ast.BinOp):
        return False
    if isinstance(node.op, ast.Div):
        # 1/255 by itself is a factor, not a picture.
        return script.value(node.right) in BRIGHTEST and not isinstance(node.left, ast.Constant)
    if isinstance(node.op, ast.Mult):
        sides = [script.value(side) for side in (node.left, node.right)]
        return any(isinstance(side, float) and 0 < side < 0.01 for side in sides)
    return False


def _layer_scalings(script: Script) -> list[tuple[str, int]]:
    """Return (model, line) of each layer in a model that divides by about 255."""
    return [
        (model.name, int(layer.place.rsplit(":", 1)[1]))
        for model in script_models(script)
        for layer in model.graph.layers
        if layer.kind == "Rescaling"
        and isinstance(scale := layer.config.get("scale"), (int, float))
        and scale < 0.1
    ]


def unscaled(script: Script) -> Iterable[Found]:
    """VS201: pictures of Keras go into fit as bytes, and nothing in the file scales them."""
    loads = [call for call in script.named("load_data") if _pictures(call.owner)]
    names = {node.id for node in ast.walk(script.tree) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(script.tree) if isinstance(node, ast.Attribute)}
    if not loads or not script.named("fit") or names & SCALERS or any(scalings(script)):
        return
    # A division or a function of any other kind may scale too: nothing is said then.
    divided = any(
        isinstance(n, ast.BinOp | ast.AugAssign) and isinstance(n.op, ast.Div)
        for n in ast.walk(script.tree)
    )
    normalised = any(
        _first_weighted_is_normalised(model.graph.layers) for model in script_models(script)
    )
    if not divided and not normalised:
        yield Found(
            script.where(loads[0].line),
            f"{loads[0].owner} gives pixels of 0 to 255, and nothing in the file scales them",
        )


def _pictures(owner: str) -> bool:
    return owner.split(".")[-1] in PICTURES


def _first_weighted_is_normalised(layers: tuple) -> bool:
    for layer in layers:
        if layer.kind == "BatchNormalization":
            return True
        if layer.weighted or layer.kind.startswith("Unknown"):
            return layer.kind.startswith("Unknown")
    return False


def scaled_twice(script: Script) -> Iterable[Found]:
    """VS202: one variable is divided by 255 twice, or once there and once more in a layer."""
    divided = list(scalings(script))
    first: dict[tuple[str, tuple[str, ...]], _Scaling] = {}
    for scaling in divided:
        # The same name in another function is another variable.
        earlier = first.setdefault((scaling.name, scaling.by.scope), scaling)
        again = earlier is not scaling and _reads_itself(scaling)
        if again and not depends(script, earlier.by, scaling.by):
            yield Found(
                script.where(scaling.line),
                f"{scaling.name} is divided by 255 here and at line {earlier.line}",
            )
    inside = _layer_scalings(script)
    trained = {name for call in script.named("fit") for name in used_names(call.node)}
    fed = [scaling for scaling in divided if scaling.name in trained]
    if inside and fed:
        yield Found(
            script.where(fed[0].line),
            f"{fed[0].name} is divided by 255 here, and once more by a Rescaling layer at line "
            f"{inside[0][1]}",
        )


def _reads_itself(scaling: _Scaling) -> bool:
    """Whether it changes what the variable held, instead of starting anew."""
    in_place = isinstance(scaling.by.node, ast.AugAssign)
    return in_place or scaling.name in used_names(scaling.by.value)


def train_only(script: Script) -> Iterable[Found]:
    """VS203: pictures of train are scaled and those that the net is measured on are not."""
    names = {scaling.name: scaling.line for scaling in scalings(script)}
    train = [name for name in names if "train" in name.lower()]
    measured = {
        name
        for call in script.named("fit", "evaluate", "predict")
        for name in used_names(
            call.argument("validation_data") if call.name == "fit" else call.node
        )
    }
    for name in train:
        for word in ("test", "val", "valid"):
            partner = name.replace("train", word).replace("Train", word.title())
            apart = partner in measured and partner not in names
            by_name = is_test_name(partner) or is_validation_name(partner)
            if apart and by_name and not _bound_otherwise(script, partner, names):
                yield Found(
                    script.where(names[name]),
                    f"{name} is divided by 255, {partner} is not, and the net is measured on it",
                )


def _bound_otherwise(script: Script, name: str, scaled: dict[str, int]) -> bool:
    """Whether `name` comes from scaled data, or is changed in a way that is not followed here."""
    values = [a.value for a in script.assignments if name in a.names]
    loaded = [v for v in values if isinstance(v, ast.Call) and callee(v)[0] == "load_data"]
    casts = ("reshape", "astype", "expand_dims", "array", "asarray")
    plain = [v for v in values if isinstance(v, ast.Call) and callee(v)[0] in casts]
    return len(values) > len(loaded) + len(plain) or any(
        used_names(value) & scaled.keys() for value in values
    )


def no_preprocessing(script: Script) -> Iterable[Found]:
    """VS204: a net of keras.applications with ImageNet weights, and its preprocess_input unused."""
    used = {node.attr for node in ast.walk(script.tree) if isinstance(node, ast.Attribute)}
    used |= {node.id for node in ast.walk(script.tree) if isinstance(node, ast.Name)}
    if "preprocess_input" in used:
        return
    for call in script.named(*FAMILIES):
        weights = call.argument("weights", 1)
        if weights is None or script.value(weights) == "imagenet":
            yield Found(
                script.where(call.line),
                f"{call.name} has ImageNet weights, and {call.name}'s preprocess_input is not "
                "called anywhere in the file",
            )
