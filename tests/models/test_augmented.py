"""Pictures are shifted and turned while a net trains, by its seed, and never otherwise."""

import numpy as np

from versus.models.build import build
from versus.models.cost import cost
from versus.training.fit import fit
from versus.training.recipe import Recipe

NAME = "cnn-pool-augmented"


def losses(tiny, seed, engine="versus"):
    model = build(NAME, tiny.input_shape, len(tiny.classes), seed)
    recipe = Recipe(epochs=2, batch_size=16)
    return fit(model, tiny, recipe, seed=seed, verbose=0, engine=engine).history["loss"]


def test_the_seed_decides_how_pictures_are_changed(tiny):
    assert losses(tiny, 1) == losses(tiny, 1)
    assert losses(tiny, 1) != losses(tiny, 2)


def test_the_engine_changes_them_as_keras_does(tiny):
    np.testing.assert_allclose(losses(tiny, 1), losses(tiny, 1, "keras"), rtol=1e-5)


def test_only_training_changes_pictures(tiny):
    model = build(NAME, tiny.input_shape, len(tiny.classes))
    plain = build("cnn-pool", tiny.input_shape, len(tiny.classes))
    plain.set_weights([np.array(weight) for weight in model.trainable_weights])
    images = tiny.test.images.astype("float32")
    expected = np.array(plain(images, training=False).detach())
    np.testing.assert_array_equal(np.array(model(images, training=False).detach()), expected)
    assert (np.array(model(images, training=True).detach()) != expected).any()
    assert cost(model) == cost(plain)
