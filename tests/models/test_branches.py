"""The examples of the functional API train, those with two inputs or outputs by Keras itself."""

import numpy as np
import pytest

from versus.models.branches import two_inputs, two_outputs
from versus.models.build import build
from versus.training.fit import fit
from versus.training.recipe import Recipe


@pytest.mark.parametrize("name", ["inception-small", "unet-small", "cnn-pool-gap"])
def test_the_examples_learn(name, tiny):
    model = build(name, tiny.input_shape, len(tiny.classes), seed=1)
    history = fit(model, tiny, Recipe(learning_rate=0.01, batch_size=16, epochs=8), verbose=0)
    assert history.history["loss"][-1] < 0.8 * history.history["loss"][0]


def test_the_branches_of_an_inception_block_are_joined(tiny):
    model = build("inception-small", tiny.input_shape, 3)
    joined = [layer for layer in model.layers if layer.name.endswith("_inception")]
    assert [len(layer.input) for layer in joined] == [4, 4]
    assert [layer.output.shape[-1] for layer in joined] == [32, 64]


def test_skips_join_maps_of_equal_size_even_of_odd_pictures():
    model = build("unet-small", (31, 29, 1), 3)
    joined = [layer for layer in model.layers if "concatenate" in layer.name]
    assert [[t.shape[1:3] for t in layer.input] for layer in joined] == [
        [(15, 14), (15, 14)],
        [(31, 29), (31, 29)],
    ]


def test_two_outputs_train_together(tiny):
    model = two_outputs(tiny.input_shape, 3)
    images, labels = tiny.train.images, tiny.train.labels
    model.compile("adam", {"label": "sparse_categorical_crossentropy", "picture": "mse"})
    targets = {"label": labels, "picture": images / np.float32(255)}
    losses = model.fit(images, targets, epochs=15, verbose=0).history
    assert {"label_loss", "picture_loss"} <= losses.keys()
    assert losses["label_loss"][-1] < losses["label_loss"][0]
    assert losses["picture_loss"][-1] < losses["picture_loss"][0]
    given = model.predict(images[:2], verbose=0)
    assert given["label"].shape == (2, 3)
    assert given["picture"].shape == images[:2].shape


def test_two_inputs_share_one_branch(tiny):
    model = two_inputs(tiny.input_shape, 3)
    images, labels = tiny.train.images, tiny.train.labels
    right = np.roll(np.arange(len(images)), 1)
    same = (labels == labels[right]).astype("float32")
    model.compile("adam", "binary_crossentropy")
    losses = model.fit(
        {"left": images, "right": images[right]}, same, epochs=15, verbose=0
    ).history["loss"]
    assert losses[-1] < losses[0]
    assert len(model.weights) == 2 * len(("convolution", "code", "joined", "same"))
