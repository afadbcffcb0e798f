"""Transfer: own preprocessing, frozen parts, saved bases, and weights that are not there."""

import hashlib
import sys

import numpy as np
import pytest

from versus.backend import keras
from versus.errors import ModelError, UnknownNameError
from versus.models.build import build
from versus.models.builder import find_builder
from versus.models.cost import cost
from versus.models.cutting import cut
from versus.models.preprocessing import MODES, scaled_as, to_colour
from versus.models.pretrained import find_network
from versus.models.transfer import transfer
from versus.models.zoo import ZOO
from versus.studies.study import Study, Variant
from versus.training.fit import fit
from versus.training.layer_group import LayerGroup
from versus.training.recipe import Recipe

NETWORKS = [name for name in dir(keras.applications) if name[0].isupper()]
VGG_FILE = "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
VGG_MD5 = "6d6bbae143d832006294945121d1f1fc"
FAMILY = {name: find_network(name).__module__.rpartition(".")[2] for name in NETWORKS}


@pytest.mark.parametrize("name", {family: name for name, family in FAMILY.items()}.values())
def test_every_family_is_scaled_as_its_own_preprocessing_does(name):
    module = sys.modules[find_network(name).__module__]
    images = np.random.default_rng(0).uniform(0, 255, (2, 4, 5, 3)).astype("float32")
    inputs = keras.Input((4, 5, 3))
    ours = keras.Model(inputs, scaled_as(inputs, MODES[FAMILY[name]], grey=False))
    wanted = module.preprocess_input(images.copy(), data_format="channels_last")
    np.testing.assert_allclose(ours.predict(images, verbose=0), wanted, rtol=1e-4, atol=1e-4)


def test_grey_pictures_become_colour_and_need_no_swap():
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28, 1)).astype("float32")
    inputs = keras.Input((28, 28, 1))
    colour = keras.Model(inputs, to_colour(inputs, (32, 32))).predict(images, verbose=0)
    assert colour.shape == (3, 32, 32, 3)
    assert (colour[..., 0] == colour[..., 2]).all()
    wanted = keras.ops.image.resize(images, (32, 32), interpolation="bilinear")
    np.testing.assert_allclose(colour[..., :1], np.asarray(wanted), atol=1e-3)
    x = keras.Input((32, 32, 3))
    swapped, plain = (keras.Model(x, scaled_as(x, "caffe", grey=g)) for g in (False, True))
    np.testing.assert_array_equal(
        swapped.predict(colour, verbose=0), plain.predict(colour, verbose=0)
    )


@pytest.mark.usefixtures("random_weights")
def test_a_frozen_base_keeps_its_weights_and_the_head_learns(tiny):
    model = build(transfer("MobileNetV2", name="moved"), tiny.input_shape, len(tiny.classes))
    base = next(layer for layer in model.layers if "mobilenet" in layer.name)
    before = [np.array(weight) for weight in base.weights]
    head = np.array(model.layers[-1].kernel)
    fit(model, tiny, Recipe(epochs=1, batch_size=32), verbose=0)
    for weight, old in zip(base.weights, before, strict=True):
        np.testing.assert_array_equal(weight, old)
    assert (np.array(model.layers[-1].kernel) != head).any()


@pytest.mark.usefixtures("random_weights")
def test_a_part_of_the_base_is_trained_after_all(tiny):
    build_model = transfer("vgg16", unfreeze_from="block5")
    model = build(build_model, tiny.input_shape, len(tiny.classes))
    base = next(layer for layer in model.layers if layer.name.startswith("vgg16"))
    trained = {layer.name for layer in base.layers if layer.trainable_weights}
    assert trained == {"block5_conv1", "block5_conv2", "block5_conv3"}
    with pytest.raises(UnknownNameError, match="layer of vgg16-random-weights is called 'block9'"):
        build(transfer("vgg16", unfreeze_from="block9"), tiny.input_shape, 3)


def test_a_saved_run_is_a_base(tiny, tmp_path):
    source = build("cnn-pool", (12, 12, 1), 7, seed=4)
    path = tmp_path / "model.keras"
    source.save(path)
    moved = build(transfer(path), tiny.input_shape, len(tiny.classes))
    assert moved.output_shape == (None, 3)
    assert cost(moved).trainable == 3 * 3 * 32 * 3 + 3
    resized = [layer for layer in moved.layers if isinstance(layer, keras.layers.Resizing)]
    assert [(layer.height, layer.width) for layer in resized] == [(12, 12)]
    base = next(layer for layer in moved.layers if layer.name == "cnn-pool-to-flatten")
    for ours, theirs in zip(base.weights, source.weights, strict=False):
        np.testing.assert_array_equal(ours, theirs)
    all_trained = build(transfer(path, freeze=False), tiny.input_shape, 3)
    assert cost(all_trained).trainable == cost(all_trained).parameters


def test_a_runs_folder_is_a_base(tmp_path):
    folder = tmp_path / "runs" / "cnn" / "0"
    folder.mkdir(parents=True)
    build("cnn-pool", (8, 8, 1), 7, seed=4).save(folder / "model.keras")
    for base in (folder, str(folder)):
        assert build(transfer(base), (8, 8, 1), 3).name == "cnn-pool-to-flatten-transferred"
    with pytest.raises(ModelError, match=r"runs/cnn/1: expected a run's folder"):
        build(transfer(folder.with_name("1")), (8, 8, 1), 3)


def test_another_base_in_the_same_place_is_another_model(tmp_path):
    """Or finished runs would be taken for those of a base that was trained anew."""
    path = tmp_path / "model.keras"
    build("cnn-pool", (8, 8, 1), 7, seed=4).save(path)
    first = transfer(path)
    before = find_builder(first).source_sha256
    assert find_builder(transfer(path)).source_sha256 == before
    build("cnn-pool", (8, 8, 1), 7, seed=5).save(path)
    assert find_builder(transfer(path)).source_sha256 != before
    with pytest.raises(ModelError, match="has changed since the study was read"):
        build(first, (8, 8, 1), 3)


def test_a_base_is_fine_tuned_once_its_head_has_settled(tiny, tmp_path):
    path = tmp_path / "model.keras"
    build("cnn-pool", tiny.input_shape, 3, seed=4).save(path)
    later = LayerGroup(layers="cnn-pool", rate=0.1, after=1)
    short = Recipe(epochs=2, batch_size=32)
    gentle = Recipe(epochs=2, batch_size=32, groups=[later])
    study = Study(
        "Does fine-tuning help?",
        tiny,
        [
            Variant("frozen", transfer(path), short),
            Variant("finetuned", transfer(path, freeze=False), gentle),
        ],
        seeds=1,
    )
    result = study.run(tmp_path / "out", progress=False)
    (frozen,), (tuned,) = (result.finished(name) for name in ("frozen", "finetuned"))
    assert (frozen.engine, tuned.engine) == ("versus", "versus")
    assert tuned.trainable > frozen.trainable
    curves = [result.histories(name)[0] for name in ("frozen", "finetuned")]
    # The first epoch is that of a frozen base, the second is not.
    frozen_loss, tuned_loss = (list(curve["loss"]) for curve in curves)
    assert tuned_loss[0] == pytest.approx(frozen_loss[0], rel=1e-6)
    assert abs(tuned_loss[1] - frozen_loss[1]) > 1e-4 * frozen_loss[1]


def test_a_grey_base_does_not_take_colour(tmp_path):
    path = tmp_path / "model.keras"
    build("cnn-pool", (12, 12, 1), 7).save(path)
    with pytest.raises(ModelError, match=r"takes 1 channel\(s\), but the pictures have 3"):
        build(transfer(path), (12, 12, 3), 3)
    with pytest.raises(ModelError, match="size asks for"):
        build(transfer(path, size=(9, 9)), (12, 12, 1), 3)
    (tmp_path / "broken.keras").write_bytes(b"not a model")
    with pytest.raises(ModelError, match="not a Keras model that can be read"):
        build(transfer(tmp_path / "broken.keras"), (12, 12, 1), 3)


def test_without_a_network_the_error_names_the_file_and_its_hash(offline):
    with pytest.raises(ModelError, match=f"{VGG_FILE}.*--weights FILE.*{VGG_MD5}"):
        build("vgg16-frozen", (28, 28, 1), 10)
    assert len(offline) == 1
    assert offline[0].endswith(VGG_FILE)


def test_another_file_than_the_expected_one_is_refused(offline, monkeypatch, tmp_path):
    path = tmp_path / "weights.h5"
    path.write_bytes(b"something else")
    monkeypatch.setenv("VERSUS_WEIGHTS", str(path))
    found = hashlib.md5(b"something else", usedforsecurity=False).hexdigest()
    with pytest.raises(ModelError, match=f"{VGG_FILE}, hash {VGG_MD5}; got hash {found}"):
        build("vgg16-frozen", (28, 28, 1), 10)
    monkeypatch.setenv("VERSUS_WEIGHTS", str(tmp_path / "nowhere.h5"))
    with pytest.raises(ModelError, match=f"No such file.*{VGG_FILE}"):
        build("vgg16-frozen", (28, 28, 1), 10)
    assert not offline


def test_the_given_file_is_what_the_network_holds_afterwards(offline, monkeypatch, tmp_path):
    # MobileNet is small; its file is made here, and its hash declared to be the expected one.
    make = find_network("MobileNet")
    path = tmp_path / "weights.weights.h5"
    trained = make(weights=None, include_top=False, input_shape=(128, 128, 3))
    trained.save_weights(path)
    loader = sys.modules[make.__module__].file_utils
    asked = []
    monkeypatch.setenv("VERSUS_WEIGHTS", str(path))
    monkeypatch.setattr("versus.models.pretrained._check_file", lambda *a: asked.append(a))
    before = loader.get_file
    moved = build(transfer("mobilenet", size=(128, 128)), (28, 28, 1), 10)
    base = next(layer for layer in moved.layers if layer.name == "mobilenet")
    for ours, theirs in zip(base.weights, trained.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert len(asked) == 1
    assert loader.get_file is before
    assert not offline


@pytest.mark.usefixtures("random_weights")
def test_random_weights_are_told_by_the_name_of_the_base():
    names = [layer.name for layer in build("vgg16-frozen", (28, 28, 1), 10).layers]
    assert "vgg16-random-weights" in names


def test_an_unknown_network_is_named_with_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'vgg1"):
        build(transfer("VGG17"), (28, 28, 1), 10)


@pytest.mark.parametrize("layer", [-2, "flatten", "max_pooling2d_1"])
def test_a_cut_model_gives_what_the_inner_layer_gives(layer):
    model = build("cnn-pool", (8, 8, 1), 3)
    images = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 1), dtype=np.uint8)
    features = cut(model, layer).predict(images, verbose=0)
    rows = features.reshape(4, -1)
    kernel, bias = (np.array(weight) for weight in model.layers[-1].weights)
    logits = rows @ kernel + bias
    expected = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    np.testing.assert_allclose(model.predict(images, verbose=0), expected, rtol=1e-4)


def test_a_cut_names_what_there_is():
    model = build("fc", (8, 8, 1), 3)
    with pytest.raises(UnknownNameError, match="no layer of fc is called 'dens_1'"):
        cut(model, "dens_1")
    with pytest.raises(ModelError, match="has 5 layers; there is no layer 9"):
        cut(model, 9)


def test_document_c_is_vgg16():
    assert [name for name in ZOO if "vgg" in name] == [
        "vgg16-frozen",
        "vgg16-frozen-preprocessed",
        "vgg16-finetuned",
    ]
