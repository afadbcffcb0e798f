"""The reference training: Keras's own meaning, paired order, nothing global."""

from dataclasses import replace

import numpy as np
import pytest

from versus.backend import isolated, keras, torch
from versus.data.dataset import Dataset
from versus.errors import ConfigurationError, DataError, ModelError, TrainingError
from versus.evaluation.predict import evaluate, predict
from versus.models.build import build
from versus.training.batches import Batches
from versus.training.fit import fit
from versus.training.layer_group import LayerGroup
from versus.training.recipe import EarlyStopping, Recipe

SHORT = Recipe(learning_rate=0.01, batch_size=16, epochs=3)


def weights(model):
    return [weight.value.detach().numpy().copy() for weight in model.weights]


def trained(tiny, name="fc-dropout", seed=0, recipe=SHORT, **options):
    model = build(name, tiny.input_shape, len(tiny.classes), 0)
    return model, fit(model, tiny, recipe, seed=seed, verbose=0, **options)


def test_history_has_keras_keys(tiny):
    _, history = trained(tiny)
    assert list(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert history.epoch == [0, 1, 2]
    assert len(history.epoch_seconds) == 3
    assert 0 < sum(history.epoch_seconds) <= history.seconds
    frame = history.frame()
    assert frame.index.tolist() == [1, 2, 3]
    assert frame["val_loss"].tolist() == history.history["val_loss"]


def test_the_model_learns(tiny):
    model, history = trained(tiny, "cnn-pool", recipe=SHORT.model_copy(update={"epochs": 12}))
    assert history.history["loss"][-1] < history.history["loss"][0] / 2
    assert evaluate(model, tiny)["accuracy"] > 0.9


def test_same_seed_same_bits_other_seed_other_bits(tiny):
    (first, a), (again, b), (other, c) = (trained(tiny, seed=s) for s in (1, 1, 2))
    assert a.history == b.history != c.history
    assert all((x == y).all() for x, y in zip(weights(first), weights(again), strict=True))
    assert any((x != y).any() for x, y in zip(weights(first), weights(other), strict=True))


def test_dropout_follows_the_seed_not_global_state(tiny):
    keras.utils.set_random_seed(1)
    _, a = trained(tiny)
    keras.utils.set_random_seed(2)
    _, b = trained(tiny)
    assert a.history == b.history


def test_training_leaves_global_state_alone(tiny):
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    trained(tiny)
    assert (torch.rand(2) == expected).all()


def test_every_epoch_sees_every_picture_once_in_its_own_order(tiny):
    def epochs(seed):
        batches = Batches(tiny.train, np.arange(len(tiny.train)), 20, seed)
        for epoch in range(3):
            batches.start_epoch(epoch)
            yield np.concatenate([batches[i][1] for i in range(len(batches))]).tolist()

    orders = [*epochs(0)]
    assert all(sorted(order) == list(range(96)) for order in orders)
    assert orders == [*epochs(0)]
    assert len({tuple(order) for order in [*orders, *epochs(1)]}) == 6


@pytest.mark.parametrize("engine", ["versus", "keras"])
def test_models_of_a_seed_see_the_same_batches(tiny, engine):
    """Pairing: what a model draws for itself must not shift the order of the pictures."""
    seen = {}

    class Recording(keras.layers.Layer):
        def call(self, inputs):
            if self.name in seen:
                seen[self.name].append(inputs.detach().numpy().sum())
            return inputs

    for name, rate in (("plain", 0.0), ("dropping", 0.5)):
        layers = [Recording(name=name), keras.layers.Flatten(), keras.layers.Dropout(rate)]
        model = keras.Sequential(
            [keras.Input((8, 8, 1)), *layers, keras.layers.Dense(3, activation="softmax")]
        )
        seen[name] = []
        fit(model, tiny, SHORT, seed=4, validation_split=0, engine=engine, verbose=0)
    # Keras runs the model once on ones, to build its metrics, before the 3 epochs of 6 batches.
    assert len(seen["plain"]) == 3 * 6 + (engine == "keras")
    assert seen["plain"] == seen["dropping"]


def test_it_is_keras_own_training(tiny):
    """The same steps written out with train_on_batch give the same bits."""
    ours, history = trained(tiny, "cnn-stride", validation_split=0, engine="keras")
    model = build("cnn-stride", tiny.input_shape, 3, 0)
    model.compile(keras.optimizers.Adam(0.01), "categorical_crossentropy")
    batches = Batches(tiny.train, np.eye(3, dtype=np.float32)[tiny.train.labels], 16, 0)
    for epoch in range(3):
        batches.start_epoch(epoch)
        losses = [float(model.train_on_batch(*batches[i])) for i in range(len(batches))]
        model.reset_metrics()
    for a, b in zip(weights(ours), weights(model), strict=True):
        np.testing.assert_array_equal(a, b)
    assert losses[-1] == pytest.approx(history.history["loss"][-1], abs=0.2)


def test_validation_is_the_unshuffled_tail(tiny):
    model, history = trained(tiny, validation_split=0.25)
    tail = tiny.train.take(np.arange(72, 96))
    as_test = Dataset(name="tail", classes=tiny.classes, train=tiny.train, test=tail)
    found = evaluate(model, as_test)
    assert found["loss"] == pytest.approx(history.history["val_loss"][-1], rel=1e-5, abs=1e-7)
    assert found["accuracy"] == pytest.approx(history.history["val_accuracy"][-1])


def test_validation_data_is_used_instead(tiny):
    model, history = trained(tiny, validation_data=(tiny.test.images, tiny.test.labels))
    found = evaluate(model, tiny)
    assert found["loss"] == pytest.approx(history.history["val_loss"][-1], rel=1e-5, abs=1e-7)


def test_no_validation(tiny):
    _, history = trained(tiny, validation_split=0)
    assert list(history.history) == ["accuracy", "loss"]


def test_callbacks_are_keras_callbacks(tiny):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 1

    _, history = trained(tiny, callbacks=[Stop()])
    assert history.epoch == [0, 1]


def test_what_would_never_act_is_refused(tiny):
    model = build("fc", tiny.input_shape, len(tiny.classes))
    watching = Recipe(epochs=2, early_stopping=EarlyStopping(monitor="val_loss"))
    with pytest.raises(ConfigurationError, match="watches val_loss, but no validation pictures"):
        fit(model, replace(tiny, validation=None), watching, validation_split=0, verbose=0)
    later = Recipe(epochs=1, groups=(LayerGroup(layers="dense", after=5),))
    with pytest.raises(ConfigurationError, match=r"'dense' would never train: .* 5 epochs, and "):
        fit(model, tiny, later, verbose=0)
    by_loss = Recipe(epochs=1, early_stopping=EarlyStopping(monitor="loss"))
    assert len(fit(model, tiny, by_loss, validation_split=0, verbose=0)) == 1


def test_early_stopping_of_the_recipe(tiny):
    rule = EarlyStopping(monitor="val_loss", patience=0, min_delta=100)
    _, history = trained(tiny, recipe=SHORT.model_copy(update={"early_stopping": rule}))
    assert history.epoch == [0, 1]


def test_losses_agree_on_sparse_and_one_hot_labels(tiny):
    _, dense = trained(tiny)
    sparse = SHORT.model_copy(update={"loss": "sparse_categorical_crossentropy"})
    _, other = trained(tiny, recipe=sparse)
    assert other.history["loss"] == pytest.approx(dense.history["loss"], rel=1e-4)


def test_logits_are_told_by_the_recipe(tiny):
    layers = [keras.layers.Flatten(), keras.layers.Rescaling(1 / 255), keras.layers.Dense(3)]
    with isolated(0):
        model = keras.Sequential([keras.Input((8, 8, 1)), *layers])
    recipe = SHORT.model_copy(update={"from_logits": True})
    fit(model, tiny, recipe, verbose=0)
    assert 0 < evaluate(model, tiny, recipe)["loss"] < 1.5
    assert (
        predict(model, tiny, from_logits=True)[list(tiny.classes)].sum(axis=1).round(4).eq(1).all()
    )
    with pytest.raises(ModelError, match="from_logits"):
        predict(model, tiny)


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_the_loss_of_logits_is_the_one_keras_reports(tiny, loss):
    """Far beyond where probabilities are clipped: pixels are not scaled here."""
    with isolated(0):
        model = keras.Sequential(
            [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(3)]
        )
    recipe = SHORT.model_copy(update={"loss": loss, "from_logits": True})
    fit(model, tiny, recipe, verbose=0)
    model.layers[-1].kernel.assign(-model.layers[-1].kernel)  # wrong, and sure of it
    labels = tiny.test.labels if "sparse" in loss else np.eye(3)[tiny.test.labels]
    theirs = model.evaluate(tiny.test.images, labels, verbose=0, return_dict=True)
    ours = evaluate(model, tiny, recipe)
    assert theirs["loss"] > 17
    assert ours["loss"] == pytest.approx(theirs["loss"], rel=1e-5)
    assert ours["accuracy"] == pytest.approx(theirs["accuracy"])


def test_the_loss_counts_weight_penalties(tiny):
    penalty = keras.regularizers.L2(0.1)
    dense = keras.layers.Dense(3, activation="softmax", kernel_regularizer=penalty)
    with isolated(0):
        model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), dense])
    recipe = SHORT.model_copy(update={"learning_rate": 1e-5})
    history = fit(model, tiny, recipe, verbose=0)
    kept = tiny.train.take(np.arange(76, 96))
    as_test = Dataset(name="tail", classes=tiny.classes, train=tiny.train, test=kept)
    assert evaluate(model, as_test)["loss"] == pytest.approx(
        history.history["val_loss"][-1], rel=1e-4
    )


def test_predict_gives_a_table_with_the_argmax(tiny):
    model, _ = trained(tiny)
    table = predict(model, tiny)
    assert len(table) == len(tiny.test)
    rows = table[list(tiny.classes)].to_numpy()
    assert (table["predicted"].to_numpy() == rows.argmax(axis=1)).all()
    assert (table["label"].to_numpy() == tiny.test.labels).all()


def test_a_loss_that_is_no_number_ends_the_training(tiny):
    recipe = Recipe(optimizer="sgd", learning_rate=1e30, epochs=5)
    with pytest.raises(TrainingError, match=r"the training loss became .* in epoch"):
        trained(tiny, recipe=recipe)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"seed": -1}, ConfigurationError, "a seed is a whole number"),
        ({"validation_split": 1.5}, ConfigurationError, "validation_split"),
        (
            {"validation_data": (np.zeros((2, 4, 4), np.uint8), [0, 9])},
            DataError,
            "label 9 at row 1",
        ),
        (
            {"validation_data": (np.zeros((2, 4, 4), np.uint8), [0, 1])},
            DataError,
            "validation_data: expected pictures of 8x8x1, as tiny has; got 4x4x1",
        ),
    ],
)
def test_what_cannot_be_trained(tiny, options, error, message):
    model = build("fc", tiny.input_shape, 3)
    with pytest.raises(error, match=message):
        fit(model, tiny, SHORT, verbose=0, **options)


def test_a_model_of_another_size_is_told_before_training(tiny):
    model = build("fc", tiny.input_shape, 4)
    with pytest.raises(ModelError, match="the data have 3 classes"):
        fit(model, tiny, SHORT)
    for call in (evaluate, predict):
        with pytest.raises(DataError, match="expected a Dataset"):
            call(model, None)
        with pytest.raises(ModelError, match=r"expected a keras\.Model; got str"):
            call("fc", tiny)
    with pytest.raises(DataError, match="expected a Dataset"):
        fit(model, (np.zeros((2, 4, 4)), [0, 1]))  # pyright: ignore[reportArgumentType]
