"""What is inside a model: its first filters, what its layers make of a picture, and Grad-CAM."""

from typing import Any

import numpy as np
import numpy.typing as npt

from versus.backend import keras, torch
from versus.models.flat import flat_layers
from versus.models.graph import call_that_made, calls, graph_of

MOST_FILTERS = 64
MOST_CHANNELS = 16
MOST_LAYERS = 12

Array = npt.NDArray[np.float32]


def first_filters(model: keras.Model, shape: tuple[int, int, int]) -> tuple[str, Array] | None:
    """Return name and weights `[h, w, c, n]` of the first layer over pictures; None without.

    A dense layer that reads whole pictures has filters of the size of a picture. A layer inside a
    model within the model counts.

    Args:
        model: built.
        shape: (height, width, channels) of a picture.
    """
    for layer in flat_layers(model):
        kernel = getattr(layer, "kernel", None)
        if kernel is None:
            continue
        weights: Any = keras.ops.convert_to_numpy(kernel)
        if weights.ndim == 4:
            return layer.name, weights[..., :MOST_FILTERS].astype(np.float32)
        if weights.ndim == 2 and weights.shape[0] == np.prod(shape):
            kept = weights[:, :MOST_FILTERS].reshape(*shape, -1)
            return layer.name, kept.astype(np.float32)
        return None
    return None


def feature_maps(model: keras.Model, image: npt.NDArray[np.uint8]) -> dict[str, tuple[Array, int]]:
    """Return by layer what it makes of a picture, `[h, w, channels]`, and all its channels' number.

    Of many channels the strongest are kept, by their mean absolute value, in their own order; of
    many layers the last, the first of each size, and others in their order.

    Args:
        model: Sequential or Functional.
        image: uint8 `[h, w, c]`.
    """
    layers = _shown(_spatial(model))
    if not layers:
        return {}
    probe: Any = keras.Model(
        graph_of(model, "explain").inputs, [node.outputs[0] for node in layers]
    )
    with torch.no_grad():
        made: Any = probe(_batch(image), training=False)
    made = made if isinstance(made, list) else [made]
    found = {}
    for node, output in zip(layers, made, strict=True):
        layer, whole = node.operation, np.asarray(keras.ops.convert_to_numpy(output))
        array = whole[0].astype(np.float32)
        strongest = np.argsort(-np.abs(array).mean(axis=(0, 1)), kind="stable")[:MOST_CHANNELS]
        found[layer.name] = (array[..., np.sort(strongest)], array.shape[-1])
    return found


def gradcam(
    model: keras.Model, images: npt.NDArray[np.uint8], answers: npt.NDArray[np.int64]
) -> tuple[str, Array] | None:
    """Return a layer's name and where it speaks for each answer, `[n, h, w]`, 0 to 1 by picture.

    Taken at the last layer with a map of more than one place after a convolution, from the score
    before the softmax.
    Source: R. R. Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks via
    Gradient-based Localization".

    Args:
        model: Sequential or Functional; its last activation is taken off, so give a copy.
        images: uint8 `[n, h, w, c]`.
        answers: int64 `[n]`, the class to be explained of each.
    """
    nodes = _spatial(model)
    nodes = [node for node in nodes if max(node.outputs[0].shape[1:3]) > 1] or nodes
    layers = [node.operation for node in nodes]
    if not any("Conv" in type(layer).__name__ or _is_model(layer) for layer in layers):
        return None
    seen_at, scores = nodes[-1].outputs[0], _scores(model)
    probe: Any = keras.Model(graph_of(model, "explain").inputs, [seen_at, scores])
    found = []
    for image, answer in zip(images, answers.tolist(), strict=True):
        with torch.enable_grad():
            # Of the pictures too: where all layers below are frozen nothing else asks for any.
            made, scores = probe(_batch(image).requires_grad_(), training=False)
            (slope,) = torch.autograd.grad(scores[0, answer], made)
        weights = slope.mean(dim=(1, 2), keepdim=True)
        seen = torch.relu((weights * made).sum(dim=-1))[0].detach()
        found.append(keras.ops.convert_to_numpy(seen / seen.max().clamp_min(1e-12)))
    return layers[-1].name, np.stack(found).astype(np.float32)


def _scores(model: keras.Model) -> Any:
    """Return the tensor of the scores before the softmax, taking that off the last layer."""
    graph = graph_of(model, "explain")
    output = graph.outputs[0]
    node = call_that_made(graph, output)
    last: Any = node.operation
    if isinstance(last, keras.layers.Softmax):
        return node.input_tensors[0]
    if getattr(last, "activation", None) is keras.activations.softmax:
        if isinstance(last, keras.layers.Activation):
            return node.input_tensors[0]
        last.activation = keras.activations.linear
    return output


def _spatial(model: keras.Model) -> list[Any]:
    """Return the graph's nodes whose outputs are maps, after the input and what only scales it."""
    found, names = [], set[str]()
    for node in calls(graph_of(model, "explain")):
        layer = node.operation
        maps = len(node.outputs[0].shape) == 4 and layer.name not in names
        if maps and (found or (isinstance(layer, keras.Layer) and layer.count_params())):
            found.append(node)
            names.add(layer.name)
    return found


def _shown(nodes: list[Any]) -> list[Any]:
    """Return of many nodes the last, the first of each size, and as many of the others as fit."""
    sizes = [node.outputs[0].shape[1:3] for node in nodes]
    order = sorted(range(len(nodes)), key=lambda n: (n != len(nodes) - 1, sizes[n] in sizes[:n], n))
    return [nodes[n] for n in sorted(order[:MOST_LAYERS])]


def _is_model(layer: Any) -> bool:
    return isinstance(layer, keras.Model)


def _batch(image: npt.NDArray[np.uint8]) -> Any:
    return keras.ops.convert_to_tensor(image[None].astype(np.float32))
