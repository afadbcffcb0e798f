"""Budgets: every variant gets the same amount, over interruptions and in both engines too."""

from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from versus.backend import keras
from versus.errors import ConfigurationError
from versus.models.cost import Cost
from versus.results.view import read_history
from versus.studies.budget import PASSES, allowance, used
from versus.studies.observer import Observer
from versus.studies.protocol import Protocol
from versus.studies.runner import run_study
from versus.studies.study import Study, Variant
from versus.studies.watching.status import RunStatus
from versus.studies.watching.time_left import seconds_left
from versus.training import engine as versus_engine
from versus.training import reference
from versus.training.beat import Beat
from versus.training.checkpoint import Checkpoint
from versus.training.recipe import Recipe, Schedule
from versus.training.spending import Spending

RECIPE = Recipe(learning_rate=0.01, batch_size=32, epochs=2)
COST = Cost(parameters=10, trainable=10, multiply_adds=7)


def dense(input_shape, classes):
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )


def study(tiny, protocol, recipe=RECIPE, seeds=1):
    return Study("?", tiny, [Variant("dense", dense, recipe)], seeds=seeds, protocol=protocol)


def budget(kind, amount, **more):
    return Protocol(budget=kind, budget_amount=amount, **more)


@given(
    pictures=st.integers(1, 500),
    batch=st.integers(1, 200),
    amount=st.floats(1, 1e6),
)
def test_as_many_whole_steps_as_the_multiply_adds_pay_for(pictures, batch, amount):
    recipe = Recipe(batch_size=batch)
    sizes = [min(batch, pictures - start) for start in range(0, pictures, batch)]
    paid = steps = 0
    while paid + PASSES * 7 * sizes[steps % len(sizes)] <= amount:
        paid += PASSES * 7 * sizes[steps % len(sizes)]
        steps += 1
    protocol = budget("multiply-adds", amount)
    if not steps:
        with pytest.raises(ConfigurationError, match="raise the budget"):
            allowance(protocol, recipe, COST, pictures, "a")
        return
    given_ = allowance(protocol, recipe, COST, pictures, "a")
    assert given_.steps == steps
    assert given_.epochs == given_.recipe.epochs == -(-steps // len(sizes))
    spent = Spending()
    spent.steps = steps
    found = used(COST, spent, recipe, epochs=9, pictures=pictures)
    assert found["multiply_adds"] == paid <= amount


def test_multiply_adds_end_within_an_epoch_and_are_recorded(tiny, tmp_path):
    """76 pictures to train on, so steps of 32, 32 and 12; the model has 192 multiply-adds."""
    given_ = PASSES * 192 * (76 + 32) + 1
    result = run_study(study(tiny, budget("multiply-adds", given_)), tmp_path)
    (record,) = result.records
    assert record.status == "finished"
    assert record.multiply_adds == 192
    assert record.used is not None
    assert record.used["steps"] == 4
    assert record.used["pictures"] == 108
    assert record.used["multiply_adds"] == PASSES * 192 * 108
    assert record.epochs == 2
    assert len(read_history(result.store, record)) == 2
    text = result.study.protocol_text
    assert "for 6.221e+04 multiply-adds, the same for every variant" in text
    assert "epochs" not in result.study.variants[0].recipe_text


@pytest.mark.parametrize("engine", ["versus", "keras"])
def test_both_engines_stop_at_the_same_step(engine, tiny, tmp_path):
    given_ = PASSES * 192 * (76 + 64)
    result = run_study(study(tiny, budget("multiply-adds", given_, engine=engine)), tmp_path)
    used_ = result.records[0].used
    assert used_ is not None
    assert (used_["steps"], used_["pictures"]) == (5, 140)


def test_seconds_end_a_training_that_would_go_on(tiny, tmp_path):
    result = run_study(study(tiny, budget("seconds", 0.2)), tmp_path)
    (record,) = result.records
    assert record.used is not None
    assert record.used["seconds"] >= 0.2
    assert record.used["steps"] >= 1
    assert "0.2 seconds of training" in result.study.protocol_text


def test_the_time_left_under_a_budget_of_seconds_is_known(tiny, tmp_path):
    class Listening(Observer):
        beats: ClassVar[list[Beat]] = []

        def progressed(self, run, beat):
            self.beats.append(beat)

    given_ = budget("seconds", 0.6)
    run_study(study(tiny, given_), tmp_path, observer=Listening())
    left = [beat.seconds_left for beat in Listening.beats]
    assert None not in left
    assert left[0] == 0.6, "before the first step"
    assert left == sorted(left, reverse=True)
    assert left[-1] == 0.0
    done = [beat.done for beat in Listening.beats]
    assert (done[0], done[-1]) == (0.0, 1.0)
    runs = [
        RunStatus(variant="a", seed=0, state="running", progress=Listening.beats[0]),
        *(RunStatus(variant=name, seed=1) for name in ("a", "b", "c")),
    ]
    # One after the other: what is left of the first, and a budget for each of the others.
    assert seconds_left(runs, {"a": 1.0, "b": 50.0}, {}) == pytest.approx(4 * 0.6)


def test_epochs_of_the_budget_take_the_place_of_the_recipes(tiny, tmp_path):
    result = run_study(study(tiny, budget("epochs", 3)), tmp_path)
    (record,) = result.records
    assert record.epochs == 3
    assert record.used == {"steps": 9, "pictures": 228, "multiply_adds": PASSES * 192 * 228}


class _Stop(Exception):
    """Stands for a crash."""


class _Crash(keras.callbacks.Callback):
    def __init__(self, at):
        super().__init__()
        self.left = at

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if not self.left:
            raise _Stop


@pytest.mark.parametrize("engine", ["versus", "keras"])
def test_what_was_spent_outlives_an_interruption(engine, tiny, tmp_path):
    fit_by = {"versus": versus_engine.fit, "keras": reference.fit}[engine]

    def fit(folder, spending, *crash):
        keras.utils.set_random_seed(1)
        model = dense((8, 8, 1), 3)
        kept = Checkpoint(folder, seconds=0)
        recipe = RECIPE.model_copy(update={"epochs": 5})
        fit_by(
            model, recipe, tiny.train, None, seed=0, callbacks=[spending, *crash], checkpoint=kept
        )
        return model

    straight = fit(tmp_path / "a", Spending(steps=8))
    with pytest.raises(_Stop):
        fit(tmp_path / "b", Spending(steps=8), _Crash(5))
    after = Spending(steps=8)
    resumed = fit(tmp_path / "b", after)
    assert after.steps == 8
    assert after.seconds > 0
    for one, other in zip(straight.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_seconds_go_on_where_they_were():
    first = Spending(seconds=10)
    first.seconds, first.steps = 7.5, 3
    second = Spending(seconds=10)
    second.load_state_dict(first.state_dict())
    second.on_epoch_begin(0)
    second.on_train_batch_end(0)
    assert second.seconds > 7.5
    assert second.steps == 4


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"budget": "seconds"}, "needs its budget_amount"),
        ({"budget": "multiply-adds"}, "needs its budget_amount"),
        ({"budget_amount": 2.5}, "whole number of epochs"),
        ({"budget_amount": 0}, "greater than 0"),
    ],
)
def test_an_impossible_budget_is_told(fields, message):
    with pytest.raises(ConfigurationError, match=message):
        Protocol(**fields)


def test_a_schedule_needs_to_know_its_steps(tiny):
    steps = Schedule(name="CosineDecay", options={"initial_learning_rate": 0.1, "decay_steps": 9})
    recipe = Recipe(learning_rate=steps)
    with pytest.raises(ConfigurationError, match="CosineDecay counts steps"):
        study(tiny, budget("seconds", 5), recipe)
    assert study(tiny, budget("multiply-adds", 1e9), recipe).variants


def test_a_model_without_multiply_adds_has_none_to_hold_equal():
    free = Cost(parameters=0, trainable=0, multiply_adds=0)
    with pytest.raises(ConfigurationError, match="no multiply-adds that are counted"):
        allowance(budget("multiply-adds", 1e6), RECIPE, free, 10, "a")


def test_a_protocol_from_before_there_were_amounts_is_still_the_same():
    assert "budget_amount" not in Protocol().to_dict()
    assert Protocol.from_dict(budget("seconds", 3).to_dict()) == budget("seconds", 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seconds", "expected epochs=, seconds= or multiply-adds="),
        ("seconds=soon", "expected epochs=, seconds= or multiply-adds="),
        ("days=3", "budget: input should be 'epochs'"),
        ("seconds=-1", "greater than 0"),
    ],
)
def test_a_budget_in_words_that_is_none(text, message):
    with pytest.raises(ConfigurationError, match=message):
        Protocol().with_budget(text)


def test_a_budget_in_words(tiny):
    given_ = study(tiny, Protocol(threads=2)).with_changes(budget="multiply-adds=1e9")
    assert given_.protocol == budget("multiply-adds", 1e9, threads=2)
