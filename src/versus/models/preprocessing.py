"""What stands before a pretrained network, as layers: resizing, colour, its own scaling."""

from typing import Any

from versus.backend import keras

layers = keras.layers

# How each family of keras.applications scales pictures, in the words of Keras's
# imagenet_utils.preprocess_input; "none" where the network itself holds the scaling.
MODES = {
    **dict.fromkeys(("resnet", "vgg16", "vgg19"), "caffe"),
    **dict.fromkeys(
        (
            *("inception_resnet_v2", "inception_v3", "mobilenet", "mobilenet_v2", "nasnet"),
            *("resnet_v2", "xception"),
        ),
        "tf",
    ),
    "densenet": "torch",
    **dict.fromkeys(("convnext", "efficientnet", "efficientnet_v2", "mobilenet_v3"), "none"),
}
# The least height and width that each family takes; a test asks Keras for them.
SMALLEST = {
    **dict.fromkeys(MODES, 32),
    **dict.fromkeys(("inception_resnet_v2", "inception_v3"), 75),
    "xception": 71,
}
# Means and standard deviations over ImageNet, red, green, blue.
CAFFE_MEANS = (123.68, 116.779, 103.939)
TORCH_MEANS, TORCH_DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def to_colour(x: Any, size: tuple[int, int]) -> Any:
    """Return pictures of `size` with three channels: grey is repeated, then resized bilinearly.

    Args:
        x: symbolic pictures `[n, h, w, 1]` or `[n, h, w, 3]`.
        size: (height, width) afterwards.
    """
    if x.shape[-1] == 1:
        x = layers.Concatenate(name="grey_to_colour")([x, x, x])
    if tuple(x.shape[1:3]) != size:
        x = layers.Resizing(*size, interpolation="bilinear", name="resize")(x)
    return x


def scaled_as(x: Any, mode: str, *, grey: bool) -> Any:
    """Return pictures of 0 to 255 scaled as networks of this mode were trained.

    Args:
        x: symbolic pictures `[n, h, w, 3]`, red, green, blue.
        mode: a value of MODES.
        grey: the three channels are equal, so swapping them would change nothing.
    """
    if mode == "caffe":
        if not grey:
            x = keras.ops.flip(x, axis=-1)
        offsets = [-mean for mean in reversed(CAFFE_MEANS)]
        return _rescaled(x, [1.0, 1.0, 1.0], offsets, "minus_imagenet_means")
    if mode == "tf":
        return layers.Rescaling(1 / 127.5, offset=-1.0, name="to_minus_one_and_one")(x)
    if mode == "torch":
        scale = [1 / (255 * deviation) for deviation in TORCH_DEVIATIONS]
        offset = [-m / d for m, d in zip(TORCH_MEANS, TORCH_DEVIATIONS, strict=True)]
        return _rescaled(x, scale, offset, "imagenet_standardised")
    return x


def _rescaled(x: Any, scale: Any, offset: Any, name: str) -> Any:
    """Return x * scale + offset, each channel by its own (Keras types them as single numbers)."""
    return layers.Rescaling(scale, offset=offset, name=name)(x)
