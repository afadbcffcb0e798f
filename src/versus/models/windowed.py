"""The windows of a model's convolutions and poolings, drawn."""

from typing import Any

from matplotlib.figure import Figure

from versus.backend import keras
from versus.errors import ModelError
from versus.figures.windows import WindowedLayer, window_figure, windows
from versus.models.diagram import layer_title
from versus.models.flat import flat_layers

L = keras.layers
WINDOWED = (
    *(L.Conv2D, L.DepthwiseConv2D, L.SeparableConv2D),
    *(L.MaxPooling2D, L.AveragePooling2D),
)


def draw_windows(model: keras.Model, layer: str | None = None) -> Figure:
    """Draw what padding and stride do: what each convolution and pooling reads, and gives.

    Args:
        model: built; Sequential or Functional.
        layer: name of the one to draw; all of the model where None.

    Returns:
        A matplotlib Figure, a row a layer: the picture with its padding, three of its windows,
        what no window reaches, and the pixels that the windows become.

    Raises:
        ModelError: there is no such layer, or none that reads windows of known size.

    Example:
        >>> versus.draw_windows(versus.build("cnn-stride", (28, 28, 1), 10)).savefig("windows.svg")
    """
    return window_figure(windowed_layers(model, layer))


def windowed_layers(model: keras.Model, layer: str | None = None) -> list[WindowedLayer]:
    """Return the layers of a model that read windows, in its order; see `draw_windows`."""
    layers = list(flat_layers(model))
    names = [each.name for each in layers]
    if layer is not None and layer not in names:
        raise ModelError(
            f"model '{model.name}' has no layer '{layer}': expected one of {', '.join(names)}"
        )
    wanted = [each for each in layers if layer in (None, each.name)]
    found = [made for each in wanted if (made := _windowed(each)) is not None]
    if not found:
        what = f"layer '{layer}'" if layer else f"no layer of model '{model.name}'"
        verb = "does not read" if layer else "reads"
        raise ModelError(
            f"{what} {verb} windows of a picture of known size: expected a two-dimensional "
            "convolution or pooling"
        )
    return found


def _windowed(layer: Any) -> WindowedLayer | None:
    if not isinstance(layer, WINDOWED) or layer.data_format != "channels_last":
        return None
    read: Any = layer.input
    _, height, width, _ = read.shape
    if height is None or width is None:
        return None
    kernel = layer.pool_size if hasattr(layer, "pool_size") else layer.kernel_size
    dilation = getattr(layer, "dilation_rate", (1, 1))
    same = layer.padding == "same"
    rows, columns = (
        windows(size, kernel[n], layer.strides[n], dilation[n], same=same)
        for n, size in enumerate((height, width))
    )
    title = f"{layer.name}: {layer_title(layer)}{', same' if same else ''}"
    return WindowedLayer(title, rows, columns) if rows.starts and columns.starts else None
