"""Which engine trains what, and that it is said where it is not the one asked for."""

import logging

import pytest

from versus.backend import isolated, keras
from versus.errors import ConfigurationError
from versus.training import engine
from versus.training.engines import choose_engine
from versus.training.fit import fit
from versus.training.recipe import Recipe

L = keras.layers


class OwnStep(keras.Sequential):
    def train_step(self, *args, **kwargs):
        return super().train_step(*args, **kwargs)


def net(kind=keras.Sequential):
    with isolated(0):
        layers = [L.Flatten(), L.Rescaling(1 / 255), L.Dense(3, activation="softmax")]
        return kind([keras.Input((8, 8, 1)), *layers])


def test_the_engine_asked_for_is_taken_where_it_can_be():
    assert choose_engine(net()) == ("versus", "")
    assert choose_engine(net(), "keras") == ("keras", "")
    assert choose_engine(net(OwnStep)) == ("keras", "it has a train_step of its own")


class OwnValidation(keras.Sequential):
    def test_step(self, *args, **kwargs):
        return super().test_step(*args, **kwargs)


class OwnLoss(keras.Sequential):
    def compute_loss(self, *args, **kwargs):
        return super().compute_loss(*args, **kwargs)


class OwnCall(keras.Sequential):
    def call(self, inputs, training=None, mask=None):
        return super().call(inputs, training=training, mask=mask)


class AddsLoss(L.Layer):
    def call(self, inputs):
        self.add_loss(keras.ops.mean(inputs) * 1e-3)
        return inputs


class Penalised(L.Layer):
    """A layer with the loss in a part of it."""

    def __init__(self):
        super().__init__()
        self.part = AddsLoss()

    def call(self, inputs):
        return self.part(inputs)


def with_layer(kind, *arguments, **options):
    with isolated(0):
        middle = [L.Rescaling(1 / 255), kind(*arguments, **options), L.Flatten()]
        return keras.Sequential([keras.Input((8, 8, 1)), *middle, L.Dense(3, activation="softmax")])


KEPT_BY_KERAS = {
    "its own validation": (lambda: net(OwnValidation), "it has a test_step of its own"),
    "its own loss": (lambda: net(OwnLoss), "it has a compute_loss of its own"),
    "a call of its own": (lambda: net(OwnCall), "it is a subclass with a call of its own"),
    "an added loss": (lambda: with_layer(AddsLoss, name="extra"), "layer extra adds a loss"),
    "an added loss deeper": (lambda: with_layer(Penalised), "adds a loss of its own"),
    "an activity regulariser": (
        lambda: with_layer(L.Conv2D, 2, 3, activity_regularizer="l2"),
        "a layer has an activity regulariser",
    ),
    "a layer that regularises": (
        lambda: with_layer(L.ActivityRegularization, 0.1),
        "a layer has an activity regulariser",
    ),
}


@pytest.mark.parametrize(("make", "reason"), KEPT_BY_KERAS.values(), ids=KEPT_BY_KERAS)
def test_what_only_keras_trains_is_trained_by_it_and_said(make, reason, tiny, caplog):
    with caplog.at_level(logging.WARNING, logger="versus"):
        history = fit(make(), tiny, Recipe(epochs=1), verbose=0)
    (message,) = caplog.messages
    assert "is trained by Keras's own fit: " in message
    assert reason in message
    theirs = fit(make(), tiny, Recipe(epochs=1), verbose=0, engine="keras")
    assert history.history == theirs.history


def test_class_weights_are_trained_by_keras_and_change_the_training(tiny, caplog):
    recipe = Recipe(learning_rate=0.05, batch_size=20, epochs=3)
    weighted = recipe.model_copy(update={"class_weight": {0: 30.0, 2: 0.0}})
    with caplog.at_level(logging.WARNING, logger="versus"):
        model = net()
        history = fit(model, tiny, weighted, verbose=0)
    assert caplog.messages == [
        f"{model.name} is trained by Keras's own fit: the recipe has class weights"
    ]
    plain = fit(net(), tiny, recipe, verbose=0)
    assert history.history["loss"][0] > 3 * plain.history["loss"][0]
    rows = model.predict(tiny.train.images, verbose=0).argmax(axis=1)
    assert (rows != 2).all(), "a class that counts nothing is never learnt"
    # Weights of 1, said or not, are no weights: the same numbers as the plain training's.
    ones = recipe.model_copy(update={"class_weight": {1: 1.0}})
    same = fit(net(), tiny, ones, verbose=0)
    keras_plain = fit(net(), tiny, recipe, verbose=0, engine="keras")
    assert same.history["loss"] == pytest.approx(keras_plain.history["loss"], rel=1e-6)


def test_class_weights_that_cannot_be(tiny):
    for wrong in ({}, {0: -1.0}, {-1: 1.0}):
        with pytest.raises(ConfigurationError, match=r"Recipe.class_weight: expected weights of 0"):
            Recipe(class_weight=wrong)
    recipe = Recipe(class_weight={3: 2.0})
    with pytest.raises(ConfigurationError, match="expected classes 0 to 2; got 3"):
        fit(net(), tiny, recipe, verbose=0)
    with pytest.raises(ConfigurationError, match="is for Keras's own fit"):
        engine.fit(net(), recipe, tiny.train, None, seed=0)
    assert Recipe.from_dict(recipe.to_dict()) == recipe
    assert recipe.describe().endswith(", class weights")


def test_bfloat16_is_refused_where_keras_trains(tiny):
    recipe = Recipe(precision="bfloat16", epochs=1)
    for model, asked in ((net(), "keras"), (net(OwnStep), "versus")):
        with pytest.raises(ConfigurationError, match="bfloat16 is for versus's engine"):
            fit(model, tiny, recipe, verbose=0, engine=asked)


def test_keras_own_fit_is_said_aloud(tiny, caplog):
    with caplog.at_level(logging.WARNING, logger="versus"):
        fit(net(), tiny, Recipe(epochs=1), verbose=0)
        assert caplog.messages == []
        fit(net(OwnStep), tiny, Recipe(epochs=1), verbose=0)
    (message,) = caplog.messages
    assert message.endswith("is trained by Keras's own fit: it has a train_step of its own")


def test_both_engines_give_the_same_numbers(tiny):
    recipe = Recipe(learning_rate=0.01, batch_size=20, epochs=2)
    ours, theirs = (fit(net(), tiny, recipe, engine=e, verbose=0) for e in ("versus", "keras"))
    assert ours.history["val_loss"] == pytest.approx(theirs.history["val_loss"], rel=1e-4)


def test_a_run_says_what_trained_it(tiny, tmp_path):
    import versus

    recipe = Recipe(epochs=1)

    def own_step(input_shape, classes):
        return net(OwnStep)

    variants = [versus.Variant("graph", lambda *_: net(), recipe)]
    variants += [versus.Variant("own-step", own_step, recipe)]
    study = versus.Study("?", tiny, variants, seeds=1)
    result = study.run(tmp_path, progress=False)
    engines = {record.variant: record.engine for record in result.records}
    assert engines == {"graph": "versus", "own-step": "keras: it has a train_step of its own"}
    assert "trained by Keras's own fit" in (tmp_path / "own-step/0/log.txt").read_text()


def test_the_engine_is_explained_layer_by_layer():
    from versus.training.lowering.explanation import explain

    with isolated(0):
        layers = [L.Conv2D(2, 3, activation="relu"), L.UpSampling2D(2), L.Flatten()]
        model = keras.Sequential([keras.Input((8, 8, 1)), *layers, L.Dense(3)])
    reason, rows = explain(model)
    assert reason == ""
    assert [(row["type"], row["runs_as"]) for row in rows] == [
        ("Conv2D", "native"),
        ("activation", "native"),
        ("UpSampling2D", "Keras: UpSampling2D has no rule"),
        ("Flatten", "native"),
        ("Dense", "native"),
    ]
    assert explain(net(OwnStep)) == ("it has a train_step of its own", [])
