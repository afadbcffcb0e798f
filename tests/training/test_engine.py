"""The engine trains as Keras's own fit does: same numbers without dropout, same meaning with it."""

from typing import Any

import numpy as np
import pytest

from versus.backend import isolated, keras, torch
from versus.data.dataset import Dataset
from versus.errors import ConfigurationError, TrainingError
from versus.models.build import build
from versus.training import engine, losses, reference
from versus.training.losses import SoftmaxCrossentropy, loss_function
from versus.training.lowering.dropout import drop, keep_mask
from versus.training.lowering.graph import why_not
from versus.training.recipe import EarlyStopping, Recipe

L = keras.layers
SHORT = Recipe(learning_rate=0.01, batch_size=20, epochs=3)


def net(layers=tuple):
    """A small classifier with `layers()` in the middle, always from the same weights."""
    with isolated(1):
        head = [L.Flatten(), L.Dense(3, activation="softmax")]
        return keras.Sequential([keras.Input((8, 8, 1)), L.Rescaling(1 / 255), *layers(), *head])


def weights(model):
    return [np.array(v.value.detach()) for v in model.variables if "seed_gen" not in v.path]


def both(make, tiny, recipe=SHORT, **options):
    """Train the same model by both; 96 pictures and batches of 20: the last one is partial."""
    found = []
    for way in (reference, engine):
        model = make()
        history = way.fit(model, recipe, tiny.train, tiny.test, seed=3, **options)
        found.append((model, history))
    return found


def assert_same(pair, rtol=2e-3):
    (theirs, a), (ours, b) = pair
    assert list(a.history) == list(b.history)
    for key in a.history:
        np.testing.assert_allclose(b.history[key], a.history[key], rtol=rtol, atol=1e-5)
    for x, y in zip(weights(theirs), weights(ours), strict=True):
        np.testing.assert_allclose(y, x, rtol=rtol, atol=2e-3)


RECIPES = {
    "sgd": SHORT.model_copy(update={"optimizer": "sgd", "learning_rate": 0.05}),
    "nesterov": Recipe(
        optimizer="sgd",
        learning_rate=0.02,
        optimizer_options={"momentum": 0.9, "nesterov": True},
        batch_size=20,
        epochs=3,
    ),
    "adam": SHORT,
    "adamw": SHORT.model_copy(update={"optimizer": "adamw"}),
    "rmsprop": SHORT.model_copy(update={"optimizer": "rmsprop", "learning_rate": 0.001}),
    "adadelta": SHORT.model_copy(update={"optimizer": "adadelta", "learning_rate": 1.0}),
    "nadam": SHORT.model_copy(update={"optimizer": "nadam"}),
    "schedule": Recipe(
        learning_rate=keras.optimizers.schedules.CosineDecay(0.02, 15), batch_size=20, epochs=3
    ),
    "averaged weights": SHORT.model_copy(update={"optimizer_options": {"use_ema": True}}),
    "scaled loss": SHORT.model_copy(
        update={"optimizer": "sgd", "optimizer_options": {"loss_scale_factor": 64.0}}
    ),
    "sparse": SHORT.model_copy(update={"loss": "sparse_categorical_crossentropy"}),
    "squared error": SHORT.model_copy(update={"loss": "mean_squared_error"}),
    "binary crossentropy": SHORT.model_copy(update={"loss": "binary_crossentropy"}),
}


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_every_recipe(tiny, recipe):
    assert_same(both(net, tiny, recipe))


MODELS = {
    "convolutions": lambda: [L.Conv2D(4, 3, 2, padding="same", activation="relu")],
    "pooled": lambda: [L.Conv2D(4, 3, activation="relu"), L.MaxPooling2D(2)],
    # Without a bias: its gradient is rounding noise, which Adam blows up to full steps.
    "batch norm": lambda: [
        L.Conv2D(4, 3, use_bias=False),
        L.BatchNormalization(momentum=0.8),
        L.ReLU(),
    ],
    "frozen": lambda: [
        L.Conv2D(4, 3, trainable=False),
        L.BatchNormalization(trainable=False),
        L.ReLU(),
    ],
    "penalised": lambda: [L.Conv2D(4, 3, kernel_regularizer=keras.regularizers.L1L2(0.01, 0.1))],
    "constrained": lambda: [L.Conv2D(4, 3, kernel_constraint="non_neg")],
    "a Keras layer inside": lambda: [L.Conv2D(4, 3), L.UpSampling2D(2), L.MaxPooling2D(2)],
}


@pytest.mark.parametrize("layers", MODELS.values(), ids=MODELS)
def test_every_model(tiny, layers):
    assert_same(both(lambda: net(layers), tiny))


@pytest.mark.parametrize("name", ["fc", "cnn-pool", "cnn-stride"])
def test_the_systems_of_document_a(tiny, name):
    # Adam takes a whole step for the rounding of a gradient that is nearly zero.
    recipe = RECIPES["sgd"] if name == "cnn-pool" else SHORT
    assert_same(both(lambda: build(name, tiny.input_shape, 3), tiny, recipe))


def test_logits(tiny):
    def make():
        with isolated(1):
            return keras.Sequential(
                [keras.Input((8, 8, 1)), L.Rescaling(1 / 255), L.Flatten(), L.Dense(3)]
            )

    assert_same(both(make, tiny, SHORT.model_copy(update={"from_logits": True})))


def test_the_same_seed_gives_the_same_bits(tiny):
    runs = []
    for seed in (5, 5, 6):
        model = build("fc-dropout", tiny.input_shape, 3)
        history = engine.fit(model, SHORT, tiny.train, tiny.test, seed=seed)
        runs.append((history.history, weights(model)))
    assert runs[0][0] == runs[1][0] != runs[2][0]
    assert all((a == b).all() for a, b in zip(runs[0][1], runs[1][1], strict=True))


class Recorder(keras.callbacks.Callback):
    """Writes down which hooks are called and what it sees of the model."""

    def __init__(self):
        super().__init__()
        self.calls, self.seen = [], []

    def on_train_begin(self, logs=None):
        self.calls.append("train begin")

    def on_epoch_begin(self, epoch, logs=None):
        self.calls.append(f"epoch {epoch}")

    def on_train_batch_end(self, batch, logs=None):
        self.calls.append(f"batch {batch} {sorted(logs)}")
        self.seen.append(float(np.abs(weights(self.model)[0]).sum()))

    def on_test_begin(self, logs=None):
        self.calls.append("test begin")

    def on_test_end(self, logs=None):
        self.calls.append("test end")

    def on_epoch_end(self, epoch, logs=None):
        self.calls.append(f"epoch {epoch} end {sorted(logs)}")

    def on_train_end(self, logs=None):
        self.calls.append("train end")


def test_callbacks_are_called_as_keras_calls_them(tiny):
    recorders = []
    for way in (reference, engine):
        recorder = Recorder()
        way.fit(net(), SHORT, tiny.train, tiny.test, seed=0, callbacks=[recorder])
        recorders.append(recorder)
    assert recorders[0].calls == recorders[1].calls
    np.testing.assert_allclose(recorders[0].seen, recorders[1].seen, rtol=1e-4)
    assert len(set(recorders[1].seen)) == 15, "weights are the present ones at every batch"


def test_callbacks_change_the_training(tiny):
    class Meddler(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                self.model.optimizer.learning_rate = 0.0
            if epoch == 2:
                self.model.optimizer.learning_rate = 0.01
                self.model.layers[-1].trainable = False

        def on_epoch_end(self, epoch, logs=None):
            states.append(weights(self.model))
            if epoch == 3:
                self.model.stop_training = True

    states = []
    recipe = SHORT.model_copy(update={"epochs": 9})
    model = net(lambda: [L.Conv2D(2, 3)])
    history = engine.fit(model, recipe, tiny.train, None, seed=0, callbacks=[Meddler()])
    assert history.epoch == [0, 1, 2, 3]
    after_0, after_1, after_2, _ = states
    assert all((a == b).all() for a, b in zip(after_0, after_1, strict=True))
    assert (after_2[-1] == after_1[-1]).all(), "the frozen layer stays"
    assert (after_2[0] != after_1[0]).any(), "the others move on"


def test_restoring_the_best_weights(tiny):
    rule = EarlyStopping(monitor="val_loss", patience=1, min_delta=9, restore_best_weights=True)
    recipe = SHORT.model_copy(update={"early_stopping": rule, "epochs": 9})
    model = net()
    short = engine.fit(model, recipe, tiny.train, tiny.test, seed=0)
    assert short.epoch == [0, 1]
    one_epoch = net()
    engine.fit(one_epoch, SHORT.model_copy(update={"epochs": 1}), tiny.train, tiny.test, seed=0)
    assert all((a == b).all() for a, b in zip(weights(model), weights(one_epoch), strict=True))


def test_a_saved_model_can_go_on_with_its_optimizer(tiny, tmp_path):
    model = net()
    engine.fit(model, SHORT, tiny.train, None, seed=0)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert int(loaded.optimizer.iterations.value) == 15
    for a, b in zip(model.optimizer.variables, loaded.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a.value.detach(), b.value.detach())


def test_a_loss_that_is_no_number_ends_the_training_at_that_step(tiny):
    recipe = Recipe(optimizer="sgd", learning_rate=1e30, batch_size=20, epochs=5)
    model = build("fc", (8, 8, 1), 3)
    with pytest.raises(TrainingError, match=r"became (nan|inf) in epoch 1, step [2-5]: "):
        engine.fit(model, recipe, tiny.train, tiny.test, seed=0)


class Breaking(L.Layer):
    """Gives NaN from the fourth batch on."""

    def __init__(self):
        super().__init__()
        self.calls = 0

    def call(self, inputs, training=False):
        self.calls += bool(training)
        return inputs * float("nan") if self.calls > 3 else inputs


def test_a_batch_that_is_no_number_leaves_the_weights_as_they_were(tiny):
    states = []

    class Keeping(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            states.append(weights(self.model))

    model = net(lambda: [Breaking()])
    model.layers[1].calls = 0
    with pytest.raises(TrainingError, match="became nan in epoch 1, step 4"):
        engine.fit(model, SHORT, tiny.train, None, seed=0, callbacks=[Keeping()])
    assert len(states) == 3
    assert all((a == b).all() for a, b in zip(states[-1], weights(model), strict=True))
    assert all(np.isfinite(w).all() for w in weights(model))


def test_bfloat16_learns_as_well_and_leaves_everything_float32(tiny):
    recipe = SHORT.model_copy(update={"precision": "bfloat16", "epochs": 8})
    model = build("cnn-pool", tiny.input_shape, 3)
    history = engine.fit(model, recipe, tiny.train, tiny.test, seed=0)
    full = SHORT.model_copy(update={"epochs": 8})
    exact = engine.fit(build("cnn-pool", (8, 8, 1), 3), full, tiny.train, tiny.test, seed=0)
    assert history.history["val_accuracy"][-1] > 0.9
    assert history.history["loss"] != exact.history["loss"], "it did compute in another precision"
    assert history.history["loss"] == pytest.approx(exact.history["loss"], abs=0.1)
    assert {str(v.value.dtype) for v in model.variables} == {"torch.float32"}
    assert {str(v.value.dtype) for v in model.optimizer.variables[2:]} == {"torch.float32"}


def test_bfloat16_is_not_keras_fit(tiny):
    recipe = SHORT.model_copy(update={"precision": "bfloat16"})
    with pytest.raises(ConfigurationError, match="precision bfloat16 is for versus's engine"):
        reference.fit(net(), recipe, tiny.train, None, seed=0)


def test_dropout_trains_as_well_as_keras_does(tiny):
    """Masks differ, so the two agree over seeds: mean losses within 4 standard errors."""
    found = {}
    for way in (reference, engine):
        found[way] = []
        for seed in range(12):
            model = build("fc-dropout", tiny.input_shape, 3)
            history = way.fit(model, SHORT, tiny.train, tiny.test, seed=seed)
            found[way].append(history.history["loss"][1])
    a, b = found[reference], found[engine]
    error = np.sqrt((np.var(a, ddof=1) + np.var(b, ddof=1)) / 12)
    assert abs(np.mean(a) - np.mean(b)) < 4 * error
    plain = engine.fit(build("fc", (8, 8, 1), 3), SHORT, tiny.train, tiny.test, seed=0)
    assert np.mean(b) > plain.history["loss"][1], "something was dropped"


@pytest.mark.parametrize("rate", [0.1, 0.2, 0.25, 0.3, 0.5, 0.7, 0.75])
def test_masks_drop_every_lane_at_the_rate(rate):
    kept, probability = keep_mask(1_600_000, rate, torch.Generator().manual_seed(0))
    assert probability == pytest.approx(1 - rate, abs=1 / 65536)
    lanes = kept.reshape(-1, 8).double()
    error = (rate * (1 - rate) / len(lanes)) ** 0.5
    assert (lanes.mean(dim=0) - probability).abs().max() < 5 * error
    correlation = torch.corrcoef(lanes.T) - torch.eye(8)
    assert correlation.abs().max() < 5 / len(lanes) ** 0.5
    shifted = (lanes[1:] * lanes[:-1]).mean(dim=0) - probability**2
    assert shifted.abs().max() < 6 * error


@pytest.mark.parametrize("shape", [(7, 5), (2, 3, 5, 4), (3, 5), (1, 1)])
@pytest.mark.parametrize("rate", [0.25, 0.3, 1.0])
def test_what_is_kept_is_scaled_and_the_gradient_follows_the_mask(shape, rate):
    x = torch.rand(shape, dtype=torch.float64) + 1
    if len(shape) == 4:
        x = x.permute(0, 3, 1, 2)
    x.requires_grad_()
    y = drop(x, rate, torch.Generator().manual_seed(1))
    assert y.shape == x.shape
    (gradient,) = torch.autograd.grad(y.sum(), x)
    scale = y / x.detach()
    assert torch.allclose(gradient, scale)
    kept = scale[scale != 0]
    assert torch.allclose(kept, kept[:1].expand_as(kept))
    if rate < 1:
        assert torch.allclose(kept, torch.tensor(1 / (1 - rate), dtype=x.dtype), rtol=1e-4)
    else:
        assert kept.numel() == 0


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "sparse_categorical_crossentropy"])
@pytest.mark.parametrize("from_logits", [False, True])
def test_crossentropy_and_its_gradient_are_keras_own(loss, from_logits):
    """Also beyond Keras's clipping at 1e-7, where there is no gradient."""
    from versus.training.compilation import make_loss, targets

    recipe = Recipe(loss=loss, from_logits=from_logits)
    rows = np.array([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0], [1e-9, 1 - 2e-9, 1e-9], [0.5, 0.5, 0.5]])
    labels = np.array([1, 1, 1, 2])
    found = []
    for call in (
        lambda x: make_loss(recipe)(torch.tensor(targets(labels, 3, loss)), x),
        lambda x: loss_function(recipe)(torch.tensor(labels), x),
    ):
        x = torch.tensor(rows, dtype=torch.float32, requires_grad=True)
        value = call(x)
        found.append((value.item(), torch.autograd.grad(value, x)[0].numpy()))
    (a, grad_a), (b, grad_b) = found
    assert b == pytest.approx(a, rel=1e-6)
    np.testing.assert_allclose(grad_b, grad_a, rtol=1e-5, atol=1e-7)


def test_models_that_are_not_graphs_are_named():
    class Own(keras.Sequential):
        def train_step(self, *args, **kwargs):
            return super().train_step(*args, **kwargs)

    layers = [keras.Input((3,)), L.Dense(2)]
    assert why_not(keras.Sequential(layers)) == ""
    assert "train_step of its own" in why_not(Own(layers))
    active = [keras.Input((3,)), L.Dense(2, activity_regularizer="l2")]
    assert "activity regulariser" in why_not(keras.Sequential(active))


@pytest.mark.real_data
def test_engine_and_reference_agree_on_real_pictures(real_data):
    """No dropout, same order, same start: after one epoch on 6,000 pictures, within rounding."""
    from versus.data.catalogue import load

    mnist = load("mnist")
    rows = np.arange(6000)
    data = Dataset("part", mnist.classes, mnist.train.take(rows), mnist.test.take(rows[:2000]))
    recipe = Recipe(epochs=1)
    for name in ("fc", "cnn-stride"):
        accuracies = []
        for way in (reference, engine):
            model = build(name, data.input_shape, 10)
            history = way.fit(model, recipe, data.train, data.test, seed=1)
            accuracies.append(history.history["val_accuracy"][0])
        assert accuracies[1] == pytest.approx(accuracies[0], abs=0.005)


@pytest.mark.parametrize("at_most", [0, losses.MOST_AT_ONCE], ids=["by torch", "by a kernel"])
@pytest.mark.parametrize("spread", [1.0, 9.0, 40.0])
def test_the_fused_crossentropy_is_keras_own_of_a_softmax(spread, at_most, monkeypatch):
    """In float64 to 1e-12, with rows whose probability is clipped: they have no gradient."""
    monkeypatch.setattr(losses, "MOST_AT_ONCE", at_most)
    from versus.training.compilation import targets

    generator = torch.Generator().manual_seed(2)
    logits = spread * torch.randn((64, 5), generator=generator, dtype=torch.float64)
    labels = torch.arange(64) % 5
    wanted = torch.tensor(targets(labels.numpy(), 5, "categorical_crossentropy")).double()
    theirs, ours = logits.clone().requires_grad_(), logits.clone().requires_grad_()
    each: Any = keras.losses.categorical_crossentropy(wanted, torch.softmax(theirs, dim=1))
    expected = each.mean() * 3
    found, probabilities = SoftmaxCrossentropy.apply(labels, ours)
    found = found * 3
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=0)
    torch.testing.assert_close(probabilities, torch.softmax(logits, dim=1), rtol=1e-14, atol=0)
    (a,), (b,) = torch.autograd.grad(expected, theirs), torch.autograd.grad(found, ours)
    torch.testing.assert_close(b, a, rtol=1e-12, atol=1e-12)
    clipped = probabilities.gather(1, labels.unsqueeze(1)).squeeze(1) < 1e-7
    assert bool(clipped.any()) == (spread > 1)
    assert (b[clipped] == 0).all()
    assert (b[~clipped] != 0).any()


@pytest.mark.parametrize("at_most", [0, losses.MOST_AT_ONCE], ids=["by torch", "by a kernel"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_logit_that_is_no_number_shows_in_the_loss(bad, at_most, monkeypatch):
    monkeypatch.setattr(losses, "MOST_AT_ONCE", at_most)
    for place in (0, 2):
        logits = torch.zeros((3, 4), requires_grad=True)
        with torch.no_grad():
            logits[1, place] = bad
        found, probabilities = SoftmaxCrossentropy.apply(torch.tensor([0, 0, 1]), logits)
        assert not torch.isfinite(found)
        (gradient,) = torch.autograd.grad(found, logits)
        assert torch.isnan(probabilities[1]).any()
        assert torch.isnan(gradient[1]).any()
        assert torch.isfinite(gradient[[0, 2]]).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_the_fused_crossentropy_takes_half_a_float(dtype):
    logits = torch.tensor([[1.0, 3.0]], dtype=dtype, requires_grad=True)
    found, _ = SoftmaxCrossentropy.apply(torch.tensor([0]), logits)
    assert float(found.detach()) == pytest.approx(2.127, rel=0.02)


@pytest.mark.parametrize("label", [-1, 4])
def test_a_label_without_an_output_is_refused(label):
    with pytest.raises(IndexError, match="expected labels from 0"):
        SoftmaxCrossentropy.apply(torch.tensor([0, label]), torch.zeros((2, 4)))


def test_hooks_on_the_object_are_called_too(tiny):
    seen = []
    spy = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
    engine.fit(net(), SHORT, tiny.train, None, seed=0, callbacks=[spy])
    assert seen == [0, 1, 2, 3, 4] * 3


class Unused(L.Layer):
    """Has a weight that plays no part."""

    def build(self, shape):
        self.extra = self.add_weight(shape=(2,), initializer="ones")

    def call(self, inputs):
        return inputs


@pytest.mark.filterwarnings("ignore:Gradients do not exist")
def test_a_weight_that_plays_no_part_stays(tiny):
    pair = both(lambda: net(lambda: [Unused()]), tiny)
    assert_same(pair)
    assert (weights(pair[1][0])[0] == 1).all()


def test_a_last_batch_of_one_picture(tiny):
    """Batch normalisation of one value a channel: torch refuses it, Keras does not."""

    def make():
        with isolated(1):
            middle = [L.Flatten(), L.Dense(4), L.BatchNormalization(momentum=0.5)]
            head = L.Dense(3, activation="softmax")
            return keras.Sequential([keras.Input((8, 8, 1)), L.Rescaling(1 / 255), *middle, head])

    recipe = SHORT.model_copy(update={"batch_size": 19, "optimizer": "sgd"})
    assert len(tiny.train) % 19 == 1
    assert_same(both(make, tiny, recipe))
