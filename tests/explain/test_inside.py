"""What is looked at inside a model, held against models whose answer is known."""

import numpy as np
import pytest

from versus.backend import keras
from versus.evaluation.predictions import Predictions
from versus.explain.chosen import chosen_rows
from versus.explain.flat import flattened
from versus.explain.inside import MOST_CHANNELS, feature_maps, first_filters, gradcam
from versus.explain.occlusion import occlusion, patch_grid

layers = keras.layers


def one_pixel_net() -> keras.Model:
    """Its first map is the picture, its second the picture's negative; class n reads map n."""
    inputs = keras.Input((4, 4, 1))
    maps = layers.Conv2D(2, 1, use_bias=False, name="maps")(inputs)
    mean = layers.GlobalAveragePooling2D()(maps)
    outputs = layers.Dense(2, activation="softmax", use_bias=False, name="out")(mean)
    model = keras.Model(inputs, outputs)
    model.get_layer("maps").set_weights([np.array([[[[1.0, -1.0]]]], dtype=np.float32)])
    model.get_layer("out").set_weights([np.eye(2, dtype=np.float32)])
    return model


def spot(row: int, column: int) -> np.ndarray:
    image = np.zeros((4, 4, 1), dtype=np.uint8)
    image[row, column] = 200
    return image


def test_gradcam_is_the_map_that_speaks_for_the_answer():
    images = np.stack([spot(1, 2), spot(3, 0), spot(0, 0)])
    found = gradcam(one_pixel_net(), images, np.array([0, 0, 1]))
    assert found is not None
    name, maps = found
    assert name == "maps"
    for place, image in enumerate(images[:2]):
        assert np.array_equal(maps[place], image[..., 0] / 200)
    assert not maps[2].any()  # class 1 reads what is below 0 everywhere: nothing speaks for it


@pytest.mark.parametrize("frozen", ["maps", "out", "all of it"])
def test_gradcam_of_frozen_layers_is_the_same(frozen):
    images = np.stack([spot(1, 2), spot(3, 0)])
    model = one_pixel_net()
    (model if frozen == "all of it" else model.get_layer(frozen)).trainable = False
    found = gradcam(model, images, np.array([0, 0]))
    assert found is not None
    assert np.array_equal(found[1], images[..., 0] / 200)


def with_base(*, depth=1) -> keras.Model:
    """`one_pixel_net` whose convolution is in a frozen base, so many models deep."""
    whole = one_pixel_net()
    base = keras.Model(whole.inputs, whole.get_layer("maps").output, name="base")
    base.trainable = False
    for _ in range(depth - 1):
        base = keras.Sequential([keras.Input((4, 4, 1)), base])
    inputs = keras.Input((4, 4, 1))
    mean = layers.GlobalAveragePooling2D()(base(inputs, training=False))
    return keras.Model(inputs, whole.get_layer("out")(mean))


def test_gradcam_of_a_frozen_base_is_taken_at_its_output():
    found = gradcam(with_base(), spot(1, 2)[None], np.array([0]))
    assert found is not None
    assert found[0] == "base"
    assert np.array_equal(found[1][0], spot(1, 2)[..., 0] / 200)


@pytest.mark.parametrize("depth", [1, 2])
def test_a_flattened_model_shows_what_is_inside_its_base(depth):
    model = with_base(depth=depth)
    flat = flattened(model)
    image = spot(1, 2)
    given = image[None].astype(np.float32)
    assert np.array_equal(
        flat(given, training=False).detach(), model(given, training=False).detach()
    )
    assert not any(isinstance(layer, keras.Model) for layer in flat.layers)
    assert list(feature_maps(flat, image)) == ["maps"]
    found = gradcam(flat, image[None], np.array([0]))
    assert found is not None
    assert found[0] == "maps"
    assert np.array_equal(found[1][0], image[..., 0] / 200)


def test_branches_and_shared_models_are_flattened_too():
    inner_input = keras.Input((6, 6, 1))
    left = layers.Conv2D(2, 3, name="left")(inner_input)
    inner = keras.Model(
        inner_input, layers.Add()([left, layers.Conv2D(2, 3, name="right")(inner_input)])
    )
    inputs = keras.Input((6, 6, 1))
    twice = layers.Concatenate()([inner(inputs), inner(layers.Rescaling(-1.0)(inputs))])
    model = keras.Model(inputs, layers.Dense(2)(layers.Flatten()(twice)))
    rows = np.random.default_rng(0).normal(size=(3, 6, 6, 1)).astype(np.float32)
    flat = flattened(model)
    assert flat is not model
    np.testing.assert_allclose(flat(rows).detach(), model(rows).detach(), rtol=1e-6)


def test_a_model_that_cannot_be_flattened_stays_as_it_is():
    plain = one_pixel_net()
    assert flattened(plain) is plain
    inputs = keras.Input((4, 4, 1))
    base = keras.Model(inputs, layers.Conv2D(2, 1, name="same")(inputs), name="base")
    head = layers.Conv2D(2, 1, name="same")(base(inputs))
    twice = keras.Model(inputs, layers.Dense(2)(layers.Flatten()(head)))
    assert flattened(twice) is twice


def test_gradcam_wants_a_map_of_more_than_one_place():
    model = keras.Sequential([
        keras.Input((4, 4, 1)), layers.Conv2D(2, 1, name="wide"),
        layers.MaxPooling2D(4, name="one"), layers.Flatten(), layers.Dense(2),
    ])  # fmt: skip
    found = gradcam(model, spot(1, 2)[None], np.array([0]))
    assert found is not None
    assert found[0] == "wide"


def test_of_many_layers_every_size_is_shown_and_the_last():
    model = keras.Sequential([keras.Input((8, 8, 1))])
    for n in range(12):
        model.add(layers.Conv2D(1, 1, name=f"large{n}"))
    model.add(layers.MaxPooling2D(2, name="half"))
    model.add(layers.MaxPooling2D(2, name="quarter"))
    for n in range(3):
        model.add(layers.Conv2D(1, 1, name=f"small{n}"))
    names = list(feature_maps(model, np.zeros((8, 8, 1), np.uint8)))
    assert names == [*(f"large{n}" for n in range(9)), "half", "quarter", "small2"]


@pytest.mark.parametrize("ending", ["softmax in the layer", "Activation", "Softmax", "logits"])
def test_gradcam_explains_the_score_before_any_softmax(ending):
    inputs = keras.Input((4, 4, 1))
    maps = layers.Conv2D(3, 2, activation="relu", name="conv")(inputs)
    flat = layers.Flatten()(maps)
    inside = ending == "softmax in the layer"
    scores = layers.Dense(2, activation="softmax" if inside else None, name="out")(flat)
    ends = {"Activation": layers.Activation("softmax"), "Softmax": layers.Softmax()}
    model = keras.Model(inputs, ends[ending](scores) if ending in ends else scores)
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (4, 4, 1), dtype=np.uint8)
    probe = keras.Model(inputs, maps)
    made = keras.ops.convert_to_numpy(probe(image[None].astype(np.float32)))[0]
    slope = model.get_layer("out").get_weights()[0][:, 1].reshape(made.shape)
    wanted = np.maximum((slope.mean(axis=(0, 1)) * made).sum(axis=-1), 0)
    found = gradcam(model, image[None], np.array([1]))
    assert found is not None
    assert found[1][0] == pytest.approx(wanted / max(wanted.max(), 1e-12), abs=1e-5)


def test_a_net_without_convolution_has_no_gradcam_and_no_maps():
    model = keras.Sequential([keras.Input((4, 4, 1)), layers.Flatten(), layers.Dense(3)])
    assert gradcam(model, np.zeros((1, 4, 4, 1), np.uint8), np.array([0])) is None
    assert feature_maps(model, np.zeros((4, 4, 1), np.uint8)) == {}


def test_filters_of_a_dense_layer_have_the_size_of_a_picture():
    model = keras.Sequential([keras.Input((4, 5, 1)), layers.Flatten(), layers.Dense(3, name="d")])
    found = first_filters(model, (4, 5, 1))
    assert found is not None
    name, weights = found
    assert (name, weights.shape) == ("d", (4, 5, 1, 3))
    own = model.get_layer("d").get_weights()[0]
    assert np.array_equal(weights[..., 2].ravel(), own[:, 2])


def test_filters_are_those_of_the_first_convolution_even_inside_a_model():
    inner = keras.Sequential([keras.Input((4, 4, 1)), layers.Conv2D(2, 3, name="deep")])
    model = keras.Sequential([keras.Input((4, 4, 1)), inner, layers.Flatten(), layers.Dense(2)])
    found = first_filters(model, (4, 4, 1))
    assert found is not None
    assert (found[0], found[1].shape) == ("deep", (3, 3, 1, 2))
    pooled = [keras.Input((4, 4, 1)), layers.MaxPooling2D(), layers.Flatten(), layers.Dense(2)]
    assert first_filters(keras.Sequential(pooled), (4, 4, 1)) is None


def test_maps_are_what_the_layers_make_the_strongest_channels_first_kept():
    model = keras.Sequential(
        [keras.Input((4, 4, 1)), layers.Rescaling(1 / 255), layers.Conv2D(20, 1, name="c"),
         layers.MaxPooling2D(name="p"), layers.Flatten(), layers.Dense(2)]
    )  # fmt: skip
    weights = np.linspace(0.05, 1.0, 20, dtype=np.float32).reshape(1, 1, 1, 20)
    model.get_layer("c").set_weights([weights, np.zeros(20, np.float32)])
    maps = feature_maps(model, spot(0, 1))
    assert list(maps) == ["c", "p"]  # not the scaling, which only repeats the picture
    kept, channels = maps["c"]
    assert (kept.shape, channels) == ((4, 4, MOST_CHANNELS), 20)
    assert kept[0, 1] == pytest.approx(200 / 255 * weights.ravel()[-MOST_CHANNELS:])
    assert maps["p"][0].shape == (2, 2, MOST_CHANNELS)


def test_occlusion_is_what_a_patch_takes():
    image = np.zeros((12, 14, 1), dtype=np.uint8)
    image[2:4, 6:8] = 255

    def predict(images: np.ndarray) -> np.ndarray:
        seen = images[:, 2:4, 6:8].mean(axis=(1, 2, 3)) / 255
        return np.stack([seen, 1 - seen], axis=1).astype(np.float32)

    side, tops, lefts = patch_grid(12, 14)
    assert side == 2
    found = occlusion(image, 0, predict, np.zeros(1, np.uint8))
    assert found.shape == (len(tops), len(lefts))
    assert found[tops.index(2), lefts.index(6)] == 1.0
    assert found[tops.index(2), lefts.index(7)] == pytest.approx(0.5)
    assert found.sum() == pytest.approx(4.0)  # a full patch and its neighbours of half and quarter
    assert np.allclose(occlusion(image, 1, predict, np.zeros(1, np.uint8)), -found)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (5, 3), (28, 28), (64, 31)])
def test_patches_cover_every_pixel(height, width):
    side, tops, lefts = patch_grid(height, width)
    seen = np.zeros((height, width), dtype=bool)
    for top in tops:
        for left in lefts:
            seen[top : top + side, left : left + side] = True
    assert seen.all()
    assert max(tops) + side == height
    assert max(lefts) + side == width


def test_the_surest_errors_then_right_answers_of_different_classes():
    labels = np.array([0, 0, 0, 1, 1, 2, 2])
    said = np.array([0, 0, 0, 1, 0, 2, 0])
    sure = np.array([0.99, 0.98, 0.97, 0.9, 0.6, 0.5, 0.8], dtype=np.float32)
    rows = np.repeat(((1 - sure) / 2)[:, None], 3, axis=1)
    rows[np.arange(7), said] = sure
    found = Predictions(rows, labels, np.arange(7) + 100, ("a", "b", "c"))
    assert chosen_rows(found, 3).tolist() == [6, 4, 0, 3, 5]
    assert chosen_rows(found, 1).tolist() == [6, 0]


def test_a_sequential_that_grew_layer_by_layer_is_explained_as_it_runs():
    model = keras.Sequential([keras.Input((4, 4, 1))])
    for layer in (
        layers.Conv2D(2, 2, name="c"),
        layers.Flatten(),
        layers.Dense(2),
        layers.Softmax(),
    ):
        model.add(layer)
    image = np.random.default_rng(0).integers(0, 256, (4, 4, 1), dtype=np.uint8)
    found = gradcam(model, image[None], np.array([0]))
    assert found is not None
    assert found[0] == "c"
    assert feature_maps(model, image)["c"][0].shape == (3, 3, 2)
