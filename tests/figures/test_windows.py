"""Where windows stand, and what is drawn of them: against Keras's own sizes and values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import versus
from versus.backend import keras, torch
from versus.errors import ModelError
from versus.figures.windows import WindowedLayer, described, window_figure, windows
from versus.models.windowed import windowed_layers

L = keras.layers


@given(st.integers(1, 20), st.integers(1, 5), st.integers(1, 4), st.integers(1, 3), st.booleans())
def test_each_window_reads_the_pixels_that_keras_reads(size, kernel, stride, dilation, same):
    """By the gradient: which pixels of the side the first and the last output hang on."""
    if stride > 1 and dilation > 1:
        stride = 1  # Keras has no such layer
    found = windows(size, kernel, stride, dilation, same=same)
    if not found.starts:
        assert not same
        assert (kernel - 1) * dilation + 1 > size
        return
    layer = L.Conv1D(
        1, kernel, stride, "same" if same else "valid", dilation_rate=dilation, use_bias=False,
        kernel_initializer="ones",
    )  # fmt: skip
    x = torch.ones(1, size, 1, requires_grad=True)
    out = layer(x)
    assert out.shape[1] == len(found.starts)
    for place in {0, out.shape[1] - 1}:
        (gradient,) = torch.autograd.grad(out[0, place, 0], x, retain_graph=True)
        read = np.flatnonzero(gradient[0, :, 0].numpy())
        start = found.starts[place]
        wanted = [start + n * dilation for n in range(kernel)]
        assert read.tolist() == [at for at in wanted if 0 <= at < size]
    assert found.unread == max(0, size - found.starts[-1] - found.width)


def test_a_stride_pads_at_the_end():
    found = windows(28, 3, 2, same=True)
    assert (found.before, found.after, found.starts[0], len(found.starts)) == (0, 1, 0, 14)


def test_in_words():
    same, odd = windows(28, 3, 1, same=True), windows(9, 2, 2)
    assert described(WindowedLayer("", same, same)) == "28 x 28 becomes 28 x 28; padded by 1"
    strided = windows(28, 3, 2, same=True)
    assert described(WindowedLayer("", strided, strided)) == (
        "28 x 28 becomes 14 x 14; padded by 0 above, 1 below, 0 left, 1 right"
    )
    assert described(WindowedLayer("", odd, windows(8, 2, 2))) == (
        "9 x 8 becomes 4 x 4; last row not read"
    )


def test_a_model_s_layers():
    layers = windowed_layers(versus.build("cnn-pool", (28, 28, 1), 10))
    assert [len(layer.rows.starts) for layer in layers] == [28, 14, 14, 7]
    assert layers[0].title.endswith("Conv2D 16, 3x3, relu, same")


@pytest.mark.parametrize(
    ("model", "layer", "said"),
    [
        ("fc", None, "no layer of model 'fc' reads windows"),
        ("cnn-pool", "flatten", "layer 'flatten' does not read windows"),
        ("cnn-pool", "nowhere", "has no layer 'nowhere': expected one of"),
    ],
)
def test_what_cannot_be_drawn_is_said(model, layer, said):
    with pytest.raises(ModelError, match=said):
        versus.draw_windows(versus.build(model, (28, 28, 1), 10), layer)


def test_the_drawing_holds_every_layer_and_both_sides():
    figure = versus.draw_windows(versus.build("cnn-stride", (28, 28, 1), 10))
    assert len(figure.axes) == 4
    texts = [text.get_text() for text in figure.texts]
    assert sum("14 x 14 becomes 7 x 7" in text for text in texts) == 1


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 4), st.integers(1, 4), st.booleans())
def test_anything_can_be_drawn(height, width, kernel, stride, same):
    rows, columns = (windows(size, kernel, stride, same=same) for size in (height, width))
    if rows.starts and columns.starts:
        window_figure([WindowedLayer("$x$ <b>", rows, columns)]).canvas.draw()
