import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from versus.backend import keras
from versus.errors import ConfigurationError, UnknownNameError
from versus.training.compilation import make_loss, make_optimizer, targets
from versus.training.recipe import LOSSES, OPTIMIZERS, EarlyStopping, Recipe, Schedule
from versus.training.schedules import SCHEDULES

recipes = st.builds(
    Recipe,
    optimizer=st.sampled_from(sorted(OPTIMIZERS)),
    learning_rate=st.none() | st.floats(0, 1),
    loss=st.sampled_from(sorted(LOSSES)),
    batch_size=st.integers(1, 1000),
    epochs=st.integers(1, 100),
    early_stopping=st.none() | st.builds(EarlyStopping, patience=st.integers(0, 9)),
)


@given(recipes)
def test_a_recipe_survives_a_round_trip(recipe):
    assert Recipe.from_dict(recipe.to_dict()) == recipe


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_is_made(name):
    optimizer = make_optimizer(Recipe(optimizer=name, learning_rate=0.25))
    assert type(optimizer).__name__ == OPTIMIZERS[name]
    assert float(optimizer.learning_rate) == 0.25


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_is_made_and_takes_its_targets(name):
    import numpy as np

    labels, rows = np.array([0, 1]), np.array([[0.9, 0.1], [0.2, 0.8]], dtype=np.float32)
    assert float(make_loss(Recipe(loss=name))(targets(labels, 2, name), rows)) < 1


def test_keras_default_learning_rate_stays():
    assert float(make_optimizer(Recipe(optimizer="sgd")).learning_rate) == pytest.approx(0.01)


def test_a_keras_optimizer_is_taken_apart_and_made_again():
    original = keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True)
    recipe = Recipe(optimizer=original, epochs=3)
    assert (recipe.optimizer, recipe.learning_rate) == ("sgd", pytest.approx(0.05))
    again = make_optimizer(recipe)
    assert (again.momentum, again.nesterov) == (0.9, True)
    assert again.get_config() == {**original.get_config(), "name": again.name}
    assert Recipe.from_dict(recipe.to_dict()) == recipe


def test_a_keras_schedule_is_taken_apart_and_made_again():
    original = keras.optimizers.schedules.CosineDecay(0.1, decay_steps=100)
    for recipe in (
        Recipe(learning_rate=original),
        Recipe(optimizer=keras.optimizers.Adam(original)),
        Recipe(learning_rate=Schedule(name="cosinedecay", options=original.get_config())),
    ):
        assert isinstance(recipe.learning_rate, Schedule)
        made = make_optimizer(recipe)._learning_rate
        assert float(made(50)) == pytest.approx(float(original(50)))
        assert Recipe.from_dict(recipe.to_dict()) == recipe


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_arguments_of_schedules_are_keras_own(name):
    given = inspect.signature(getattr(keras.optimizers.schedules, name)).parameters
    needed, possible = SCHEDULES[name]
    assert needed == tuple(n for n, p in given.items() if p.default is p.empty)
    assert set(possible) == set(given) - set(needed) - {"name"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"initial_learning_rate": 0.1, "decay_steps": 9, "warmup": 3},
            r"no option is called 'warmup': CosineDecay takes initial_learning_rate, decay_steps, "
            r"and if wanted alpha, warmup_target, warmup_steps",
        ),
        ({"decay_steps": 9}, "initial_learning_rate missing: CosineDecay takes"),
        ({"x": 1}, "no option is called 'x'; initial_learning_rate, decay_steps missing"),
    ],
)
def test_a_schedule_is_refused_when_it_is_made(options, message):
    with pytest.raises(ConfigurationError, match=message):
        Schedule(name="CosineDecay", options=options)


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"optimizer": "adma"}, UnknownNameError, "no optimizer is called 'adma': did you mean"),
        ({"loss": "crossentropy"}, UnknownNameError, "no loss is called 'crossentropy'"),
        ({"learning_rate": Schedule}, ConfigurationError, "Recipe.learning_rate"),
        ({"epochs": 0}, ConfigurationError, r"Recipe.epochs: .*greater than 0; got 0"),
        ({"batch_size": -1}, ConfigurationError, "Recipe.batch_size"),
        ({"learning_rate": -0.1}, ConfigurationError, "learning rate of 0 or more"),
        ({"learning_rate": float("nan")}, ConfigurationError, "Recipe.learning_rate"),
        ({"lr": 0.1}, ConfigurationError, "Recipe.lr: extra"),
        ({"from_logits": True, "loss": "mean_squared_error"}, ConfigurationError, "crossentropy"),
        (
            {"early_stopping": {"monitor": "f1"}},
            ConfigurationError,
            r"EarlyStopping.monitor: .*'f1'$",
        ),
    ],
)
def test_a_value_that_cannot_be(values, error, message):
    with pytest.raises(error, match=message):
        Recipe(**values)


def test_an_option_that_keras_refuses():
    with pytest.raises(ConfigurationError, match=r"Recipe.optimizer sgd: .*momentun"):
        make_optimizer(Recipe(optimizer="sgd", optimizer_options={"momentun": 0.9}))


def test_a_recipe_is_described_in_a_line():
    recipe = Recipe(
        optimizer="sgd", learning_rate=0.001, optimizer_options={"momentum": 0.9}, epochs=20
    )
    assert recipe.describe() == "sgd 0.001, momentum 0.9, batch 128, 20 epochs"
