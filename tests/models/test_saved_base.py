"""Saved models as bases: nested ones, those that branch, and which of their layers are frozen."""

import numpy as np
import pytest

from versus.backend import keras
from versus.errors import ModelError, UnknownNameError
from versus.models.branches import two_inputs, two_outputs
from versus.models.build import build
from versus.models.cost import cost
from versus.models.cutting import cut
from versus.models.diagram import boxes
from versus.models.transfer import transfer

L = keras.layers
IMAGES = np.random.default_rng(0).integers(0, 256, (4, 12, 12, 1), dtype=np.uint8)


def saved(model, folder, name="base"):
    path = folder / f"{name}.keras"
    model.save(path)
    return path


def small_base(folder):
    return saved(build("cnn-stride", (12, 12, 1), 7, seed=4), folder)


def trained_layers(model):
    leaves = model._flatten_layers(include_self=False)
    return {x.name for x in leaves if x.trainable_weights and not hasattr(x, "layers")}


def test_a_transferred_run_is_a_base_again(tmp_path):
    first = build(transfer(small_base(tmp_path)), (12, 12, 1), 5, seed=1)
    path = saved(first, tmp_path, "again")
    second = build(transfer(path), (12, 12, 1), 3, seed=2)
    features = cut(first, -2).predict(IMAGES, verbose=0)
    (kernel, bias) = (np.array(weight) for weight in second.layers[-1].weights)
    logits = features @ kernel + bias
    wanted = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    np.testing.assert_allclose(second.predict(IMAGES, verbose=0), wanted, rtol=1e-4)
    third = build(transfer(saved(second, tmp_path, "thrice")), (12, 12, 1), 4)
    assert third.output_shape == (None, 4)
    assert len(boxes(third, expand=True)) > len(boxes(third))


def test_a_model_within_a_model_is_cut_at_its_call(tmp_path):
    path = small_base(tmp_path)
    model = build(transfer(path), (12, 12, 1), 5)
    part = cut(model, "cnn-stride-to-flatten")
    wanted = cut(keras.saving.load_model(path, compile=False), "flatten")
    np.testing.assert_allclose(
        part.predict(IMAGES, verbose=0), wanted.predict(IMAGES, verbose=0), rtol=1e-5
    )
    again = cut(cut(model, -2), "cnn-stride-to-flatten")
    assert again.output_shape == part.output_shape


@pytest.mark.parametrize("layer", [1.5, None, True, ("flatten",)])
def test_a_cut_wants_a_name_or_a_number(layer):
    with pytest.raises(ModelError, match="expected the name of a layer, or its number; got"):
        cut(build("fc", (8, 8, 1), 3), layer)


def test_what_cannot_be_cut_is_said():
    with pytest.raises(ModelError, match="'branch' is called 2 times in model 'two-inputs'"):
        cut(two_inputs((12, 12, 1), 3), "branch")
    with pytest.raises(ModelError, match=r"to cut; got 'fc': build it first, as versus.build\('fc"):
        cut("fc", "flatten")  # pyright: ignore
    with pytest.raises(ModelError, match="has no graph to cut: expected a built Sequential"):
        cut(keras.Sequential([L.Dense(2)], name="bare"), 0)
    assert cut(build("fc", (8, 8, 1), 3), np.int64(-2)).built  # pyright: ignore


def test_a_net_that_ends_in_several_branches_is_no_base(tmp_path):
    inputs = keras.Input((12, 12, 1))
    x = L.Flatten()(inputs)
    ends = [L.Dense(3, "softmax", name=name)(x) for name in "ab"]
    model = keras.Model(inputs, L.Average(name="mean")(ends), name="pair")
    path = saved(model, tmp_path)
    message = r"base.keras: the last layer of model 'pair', 'mean', reads 2 layers: expected one"
    with pytest.raises(ModelError, match=message):
        build(transfer(path), (12, 12, 1), 3)


@pytest.mark.parametrize(("make", "what"), [(two_outputs, "outputs"), (two_inputs, "inputs")])
def test_a_net_of_several_inputs_or_outputs_is_no_base(make, what, tmp_path):
    path = saved(make((12, 12, 1), 3), tmp_path)
    with pytest.raises(ModelError, match=f"base.keras: model .* has 2 {what}: expected one"):
        build(transfer(path), (12, 12, 1), 3)


def test_the_last_layer_is_the_one_that_answers(tmp_path):
    """Not the one that stands last in the list of layers."""
    inputs = keras.Input((12, 12, 1))
    x = L.Flatten(name="flat")(inputs)
    gate = L.Dense(8, "sigmoid", name="gate")(x)
    features = L.Multiply(name="features")([L.Dense(8, name="wide")(x), gate])
    model = keras.Model(inputs, L.Dense(3, "softmax")(features), name="gated")
    base = build(transfer(saved(model, tmp_path)), (12, 12, 1), 3).layers[-2]
    assert base.name == "gated-to-features"
    np.testing.assert_allclose(
        base.predict(IMAGES, verbose=0), cut(model, "features").predict(IMAGES, verbose=0)
    )


def test_a_base_has_learned_something(tmp_path):
    path = saved(
        keras.Sequential([L.Input((12, 12, 1)), L.Flatten(), L.Dense(3)], name="one"), tmp_path
    )
    with pytest.raises(ModelError, match="model 'one' has no weights before its last layer, 'dens"):
        build(transfer(path), (12, 12, 1), 3)


def test_unfreezing_reaches_into_a_model_within_the_base(tmp_path):
    first = build(transfer(small_base(tmp_path)), (12, 12, 1), 5)
    inner = next(layer for layer in first.layers if hasattr(layer, "layers"))
    convolutions = [layer.name for layer in inner.layers if layer.weights]
    path = saved(first, tmp_path, "again")
    head = build(transfer(path), (12, 12, 1), 3).layers[-1].name
    for n, name in enumerate(convolutions):
        model = build(transfer(path, unfreeze_from=name), (12, 12, 1), 3)
        assert trained_layers(model) == {*convolutions[n:], head}
    whole = build(transfer(path, unfreeze_from=inner.name), (12, 12, 1), 3)
    assert trained_layers(whole) == {*convolutions, head}
    frozen = build(transfer(path), (12, 12, 1), 3)
    assert trained_layers(frozen) == {head}
    # All of it, although it was saved frozen.
    thawed = build(transfer(path, freeze=False), (12, 12, 1), 3)
    assert cost(thawed).trainable == cost(thawed).parameters
    with pytest.raises(UnknownNameError, match=f"'nope': .*{convolutions[0]}"):
        build(transfer(path, unfreeze_from="nope"), (12, 12, 1), 3)


@pytest.mark.usefixtures("random_weights")
def test_a_block_of_a_saved_vgg16_is_trained_on(tmp_path):
    first = build(transfer("vgg16", unfreeze_from="block5"), (32, 32, 1), 3)
    path = saved(first, tmp_path)
    for block, count in (("block5", 3), ("block4", 6)):
        again = build(transfer(path, unfreeze_from=block), (32, 32, 1), 3)
        assert len(trained_layers(again)) == count + 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"freeze": False, "unfreeze_from": "nope"}, "freeze=False freezes none: give one of the"),
        ({"size": (32,)}, r"size: expected \(height, width\) in pixels, or one .* got \(32,\)"),
        ({"size": 0}, "got 0"),
        ({"size": True}, "got True"),
        ({"size": "big"}, "got 'big'"),
        ({"size": (32.0, 32.0)}, "got"),
        ({"size": 16}, "vgg16 takes pictures of 32x32 or more; got 16x16"),
    ],
)
def test_arguments_are_held_against_each_other_at_once(options, message):
    with pytest.raises(ModelError, match=message):
        transfer("vgg16", **options)


def test_a_base_is_a_name_or_a_path():
    with pytest.raises(ModelError, match=r"expected a network's name, .* got int"):
        transfer(3)  # pyright: ignore
    with pytest.raises(UnknownNameError, match=r"did you mean 'vgg1.*; a saved base is a run's"):
        transfer("VGG17")


@pytest.mark.usefixtures("random_weights")
def test_one_number_is_a_square(tmp_path):
    model = build(transfer("MobileNetV2", size=48), (28, 28, 1), 3)
    assert model.get_layer("resize").height == model.get_layer("resize").width == 48
    model = build(transfer(small_base(tmp_path), size=12), (28, 28, 1), 3)
    assert model.get_layer("resize").height == 12


def test_what_is_no_base_says_what_was_expected(tmp_path):
    (tmp_path / "study").mkdir()
    with pytest.raises(ModelError, match=r"study: expected a run's folder, DIR/VARIANT/SEED"):
        build(transfer(tmp_path / "study"), (12, 12, 1), 3)
    with pytest.raises(ModelError, match=r"nowhere.keras: no such file"):
        build(transfer(tmp_path / "nowhere.keras"), (12, 12, 1), 3)
    layers = [keras.Input((8, 8, 1)), L.Lambda(lambda x: x / 255), L.Flatten(), L.Dense(3)]
    path = saved(keras.Sequential(layers), tmp_path, "lambda")
    with pytest.raises(ModelError, match=r"lambda.keras: holds a Lambda layer"):
        build(transfer(path), (8, 8, 1), 3)
    (tmp_path / "damaged.keras").write_bytes(path.read_bytes()[:100])
    with pytest.raises(ModelError, match=r"expected a \.keras file, which is a zip archive"):
        build(transfer(tmp_path / "damaged.keras"), (8, 8, 1), 3)


@pytest.mark.parametrize("options", [{"base": ""}, {"base": "vgg16", "unfreeze_from": ""}])
def test_empty_names_are_refused(options):
    with pytest.raises(ModelError, match="expected a name; got ''"):
        transfer(**options)


def test_a_folder_called_as_a_network_hides_it_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mobilenetv2").mkdir()
    small_base(tmp_path).rename(tmp_path / "mobilenetv2" / "model.keras")
    monkeypatch.setenv("VERSUS_WEIGHTS", "random")
    assert "mobilenetv2" in build(transfer("MobileNetV2"), (12, 12, 1), 3).name
    for path in ("./mobilenetv2", tmp_path / "mobilenetv2"):
        assert "cnn-stride" in build(transfer(path), (12, 12, 1), 3).name
