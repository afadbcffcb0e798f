"""Which engine trains what, and that it is said where it is not the one asked for."""

import logging

import pytest

from versus.backend import isolated, keras
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
