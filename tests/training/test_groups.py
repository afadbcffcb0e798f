"""Layer groups: rates of their own, layers that begin later, in both ways of training."""

import json

import numpy as np
import pytest

from versus.backend import isolated, keras
from versus.errors import ConfigurationError, UnknownNameError
from versus.training import engine, reference
from versus.training.checkpoint import Checkpoint
from versus.training.features import Features
from versus.training.groups import in_groups
from versus.training.layer_group import LayerGroup
from versus.training.recipe import OPTIMIZERS, EarlyStopping, Recipe

L = keras.layers
FITS = {"engine": engine.fit, "keras": reference.fit}
both = pytest.mark.parametrize("fit", FITS.values(), ids=FITS)


def net():
    """A base of two blocks within a model, and a head."""
    with isolated(3):
        x = base_in = keras.Input((8, 8, 1))
        x = L.Conv2D(3, 3, activation="relu", name="block1_conv")(x)
        x = L.Conv2D(4, 3, use_bias=False, name="block2_conv")(x)
        x = L.BatchNormalization(name="block2_norm")(x)
        base = keras.Model(base_in, L.Flatten()(x), name="base")
        inputs = keras.Input((8, 8, 1))
        features = base(L.Rescaling(1 / 255)(inputs))
        return keras.Model(inputs, L.Dense(3, activation="softmax", name="head")(features))


def values(model):
    return {v.path: np.array(v.value.detach()) for v in model.variables}


def recipe(*groups, **changes):
    options = {"learning_rate": 0.01, "batch_size": 32, "epochs": 3, **changes}
    return Recipe(groups=groups or None, **options)


def steps_taken(fit, given, tiny, epochs=1):
    """Return by path how far each weight moved."""
    model = net()
    before = values(model)
    fit(model, given.model_copy(update={"epochs": epochs}), tiny.train, None, seed=0)
    return {path: after - before[path] for path, after in values(model).items()}


@both
def test_a_group_learns_at_its_share_of_the_rate(fit, tiny):
    """A single step of SGD is the gradient times the rate, so the shares are seen exactly."""
    one = Recipe(optimizer="sgd", learning_rate=0.1, batch_size=96)
    grouped = one.model_copy(
        update={"groups": (LayerGroup(layers="block2", rate=0.25), LayerGroup(layers="base"))}
    )
    whole, shared = steps_taken(fit, one, tiny), steps_taken(fit, grouped, tiny)
    for path, moved in whole.items():
        if "moving" in path:
            continue
        assert np.abs(moved).max() > 1e-6
        factor = 0.25 if path.startswith("block2") else 1.0
        np.testing.assert_allclose(shared[path], factor * moved, rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize("name", sorted(set(OPTIMIZERS) - {"nadam", "ftrl"}))
def test_every_optimizer_takes_rates_of_groups(name, tiny):
    """A rate a million times smaller leaves a group where it was; the others move as ever."""
    plain = Recipe(optimizer=name, learning_rate=0.01, batch_size=96)
    tiny_rate = LayerGroup(layers="block1", rate=1e-6)
    moved = steps_taken(engine.fit, plain.model_copy(update={"groups": (tiny_rate,)}), tiny)
    free = steps_taken(engine.fit, plain, tiny)
    assert np.abs(free["block1_conv/kernel"]).max() > 0
    np.testing.assert_allclose(moved["block1_conv/kernel"], 0, atol=2e-7)
    np.testing.assert_allclose(moved["head/kernel"], free["head/kernel"], rtol=2e-2, atol=1e-5)


@both
def test_weight_decay_goes_with_the_rate(fit, tiny):
    options = {"optimizer": "adamw", "optimizer_options": {"weight_decay": 0.5}}
    small = recipe(LayerGroup(layers="block1", rate=1e-6), **options)
    assert np.abs(steps_taken(fit, small, tiny)["block1_conv/kernel"]).max() < 1e-5


@both
def test_a_group_is_frozen_until_its_epoch(fit, tiny):
    seen = []

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(values(self.model))

    model = net()
    start = values(model)
    given = recipe(LayerGroup(layers="block2", rate=0.1, after=2), epochs=4)
    fit(model, given, tiny.train, tiny.test, seed=0, callbacks=[Look()])
    names = ["block2_conv/kernel", "block2_norm/gamma", "block2_norm/moving_mean"]
    for name in names:
        same = [bool((step[name] == start[name]).all()) for step in seen]
        assert same == [True, True, False, False], name
    assert all((step["block1_conv/kernel"] != start["block1_conv/kernel"]).any() for step in seen)
    assert all(layer.trainable for layer in model._flatten_layers())


def test_both_ways_of_training_agree(tiny):
    given = recipe(LayerGroup(layers="base", rate=0.1, after=1), LayerGroup(layers="head", rate=2))
    found = []
    for fit in FITS.values():
        model = net()
        history = fit(model, given, tiny.train, tiny.test, seed=4)
        found.append((history.frame()[["loss", "val_loss"]].to_numpy(), values(model)))
    (ours, mine), (theirs, keras_own) = found
    np.testing.assert_allclose(ours, theirs, rtol=2e-3)
    for path, value in keras_own.items():
        np.testing.assert_allclose(mine[path], value, rtol=1e-2, atol=2e-4, err_msg=path)


@both
@pytest.mark.parametrize("steps", [2, 4, 7])
def test_a_training_left_before_or_after_the_thaw_ends_with_the_same_bits(
    fit, steps, tiny, tmp_path
):
    given = recipe(LayerGroup(layers="base", rate=0.1, after=1), epochs=3)

    class Leave(keras.callbacks.Callback):
        left = steps

        def on_train_batch_end(self, batch, logs=None):
            self.left -= 1
            if self.left < 0:
                raise RuntimeError("crash")

    whole = net()
    wanted = fit(whole, given, tiny.train, tiny.test, seed=1)
    place = Checkpoint(tmp_path / "state", 0)
    with pytest.raises(RuntimeError, match="crash"):
        fit(net(), given, tiny.train, tiny.test, seed=1, checkpoint=place, callbacks=[Leave()])
    model = net()
    found = fit(model, given, tiny.train, tiny.test, seed=1, checkpoint=place)
    assert found.history == wanted.history
    for path, value in values(whole).items():
        np.testing.assert_array_equal(values(model)[path], value, err_msg=path)
    assert all(layer.trainable for layer in model._flatten_layers())


@both
def test_a_training_that_ends_early_leaves_the_model_as_it_was_built(fit, tiny):
    stop = EarlyStopping(monitor="val_loss", patience=0, min_delta=1e9)
    given = recipe(LayerGroup(layers="base", after=5), early_stopping=stop)
    model = net()
    model.get_layer("base").get_layer("block1_conv").trainable = False
    fit(model, given, tiny.train, tiny.test, seed=0)
    flags = {layer.name: layer.trainable for layer in model._flatten_layers()}
    assert not flags.pop("block1_conv")
    assert all(flags.values())


@both
def test_a_model_is_saved_with_keras_own_optimizer(fit, tiny, tmp_path):
    model = net()
    fit(model, recipe(LayerGroup(layers="base", rate=0.1)), tiny.train, None, seed=0)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert isinstance(again.optimizer, keras.optimizers.Adam)
    assert not in_groups(again.optimizer)


FAULTS = {
    "no such layer": ([LayerGroup(layers="block9")], UnknownNameError, "block9.*block1_conv"),
    "never trained": ([LayerGroup(layers="rescaling")], ConfigurationError, "no weights"),
    "nothing learns": (
        [LayerGroup(layers="base", after=1), LayerGroup(layers="head", after=2)],
        ConfigurationError,
        "nothing of .* would learn",
    ),
}


@both
@pytest.mark.parametrize("fault", FAULTS)
def test_groups_that_do_not_fit_the_model(fit, fault, tiny):
    groups, error, message = FAULTS[fault]
    model = net()
    model.layers[1].name = "rescaling"
    with pytest.raises(error, match=message):
        fit(model, recipe(*groups), tiny.train, None, seed=0)


def test_frozen_layers_are_no_group(tiny):
    model = net()
    model.get_layer("base").trainable = False
    with pytest.raises(ConfigurationError, match="unfreeze_from"):
        engine.fit(model, recipe(LayerGroup(layers="base")), tiny.train, None, seed=0)


@pytest.mark.parametrize("name", ["nadam", "ftrl"])
def test_two_optimizers_have_no_rates_of_groups_but_may_thaw(name, tiny):
    slow, later = LayerGroup(layers="base", rate=0.1), LayerGroup(layers="base", after=1)
    with pytest.raises(ConfigurationError, match=f"{name} cannot"):
        engine.fit(net(), recipe(slow, optimizer=name), tiny.train, None, seed=0)
    engine.fit(net(), recipe(later, optimizer=name), tiny.train, None, seed=0)


def test_a_study_refuses_groups_before_its_first_run(tiny, tmp_path):
    from versus.studies.study import Study, Variant

    study = Study("?", tiny, [Variant("fc", "fc", recipe(LayerGroup(layers="block5")))], seeds=1)
    with pytest.raises(UnknownNameError, match="block5"):
        study.run(tmp_path / "out", progress=False)
    assert not list((tmp_path / "out").glob("fc/*"))


def test_a_recipe_without_groups_is_written_as_before_there_were_any():
    """Or every finished run would differ from the same one of today."""
    assert "groups" not in Recipe().to_dict()
    assert "groups" not in json.loads(Recipe().model_dump_json())
    given = recipe(LayerGroup(layers="block5", rate=0.01, after=3))
    assert Recipe.from_dict(given.to_dict()) == given
    assert given.describe().endswith("block5* at 0.01 of the rate after 3 epochs")


@pytest.mark.parametrize("bad", [{"rate": 0}, {"after": -1}, {"layers": ""}, {"layer": "x"}])
def test_a_group_that_cannot_be(bad):
    with pytest.raises(ConfigurationError, match=r"LayerGroup\."):
        Recipe(groups=[{"layers": "block5", **bad}])


def test_a_base_gives_its_features_from_memory_until_it_is_thawed(tiny, monkeypatch):
    made = []
    make = Features._make
    monkeypatch.setattr(Features, "_make", lambda self, cut: (made.append(cut), make(self, cut))[1])
    later = recipe(LayerGroup(layers="base", after=2), epochs=4)
    model = net()
    start = values(model)
    engine.fit(model, later, tiny.train, None, seed=0)
    assert len(made) == 1  # in the first epoch, and none once the base is thawed
    assert any(layer.name == "block2_norm" for layer in made[0].layers)
    assert (values(model)["block1_conv/kernel"] != start["block1_conv/kernel"]).any()
