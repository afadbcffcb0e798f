"""Learning in one go: the same call, Run and record as a Keras model, and what is refused."""

import json

import numpy as np
import pytest

from versus.backend import keras
from versus.cli.main import run_command
from versus.errors import ConfigurationError
from versus.evaluation.predict import evaluate, predict
from versus.models.build import build
from versus.results.store import DirectoryStore
from versus.studies.forecast import forecast
from versus.studies.opening import open_test
from versus.studies.protocol import Protocol
from versus.studies.result import read_result
from versus.studies.study import Study, Variant
from versus.training.fit import fit
from versus.training.recipe import ESTIMATOR, Recipe

LEARNS = Recipe(optimizer=ESTIMATOR)


def study(tiny, **changes):
    variants = [Variant("svm", "svm", LEARNS), Variant("fc", "fc", Recipe(epochs=2))]
    return Study("Which?", tiny, variants, seeds=2, **changes)


def test_a_fit_gives_a_history_of_one_epoch_and_a_model_that_predicts(tiny):
    model = build("svm", tiny.input_shape, 3)
    seen = []

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append((epoch, sorted(logs)))

    history = fit(model, tiny, LEARNS, seed=0, callbacks=[Look()])
    assert seen == [(0, ["accuracy", "loss", "val_accuracy", "val_loss"])]
    assert len(history) == 1
    found = predict(model, tiny)
    assert evaluate(model, tiny)["accuracy"] == found["correct"].mean() > 0.9


def test_the_seed_decides_only_the_order(tiny):
    scores = []
    for seed in (0, 0, 1):
        model = build("svm", tiny.input_shape, 3, seed)
        fit(model, tiny, LEARNS, seed=seed)
        scores.append(predict(model, tiny)[list(tiny.classes)].to_numpy())
    np.testing.assert_array_equal(scores[0], scores[1])
    np.testing.assert_allclose(scores[0], scores[2], atol=0.02)


def test_a_study_compares_it_with_a_keras_model_by_the_same_records(tiny, tmp_path):
    result = study(tiny).run(tmp_path / "out", progress=False)
    assert not result.failed
    runs = {name: result.finished(name) for name in ("svm", "fc")}
    for svm, fc in zip(*runs.values(), strict=True):
        assert (svm.engine, svm.epochs) == ("scikit-learn", 1)
        assert set(svm.files) == set(fc.files)
        assert set(svm.metrics["test"]) == set(fc.metrics["test"])
        # Its parameters were not known before it had learned.
        assert svm.parameters > 100
        assert svm.multiply_adds > 100
        assert svm.trainable == 0
    (verdict,) = result.verdicts
    assert (verdict.a, verdict.b, verdict.n) == ("svm", "fc", 2)
    kept = tmp_path / "out" / "svm" / "1" / "model.keras"
    again = keras.saving.load_model(kept)
    with np.load(kept.with_name("predictions.npz")) as saved:
        found = predict(again, tiny)[list(tiny.classes)].to_numpy()
        np.testing.assert_array_equal(found, saved["test_probabilities"])
    # Nothing is done twice.
    before = {r.started for r in result.records}
    assert {r.started for r in study(tiny).run(tmp_path / "out", progress=False).records} == before


def test_a_sealed_test_set_is_opened_for_it_too(tiny, tmp_path):
    study(tiny, protocol=Protocol(test="sealed")).run(tmp_path / "out", progress=False)
    open_test(tmp_path / "out", tiny)
    opened = read_result(tmp_path / "out").finished("svm")
    assert all(run.metrics["test"]["n"] == 48 for run in opened)


def test_what_it_will_cost_is_told_from_fewer_pictures(tiny, tmp_path):
    told = forecast(study(tiny), DirectoryStore(tmp_path / "out"))
    svm = next(variant for variant in told.variants if variant.variant == "svm")
    assert svm.seconds > 0


@pytest.mark.parametrize(
    ("model", "recipe", "said"),
    [
        ("svm", Recipe(), r"needs Recipe\(optimizer='scikit-learn'\); got adam, batch 128"),
        ("fc", LEARNS, "'fc' is a Keras model: name a Keras optimizer"),
    ],
)
def test_a_recipe_of_the_other_kind_is_refused(model, recipe, said, tiny, tmp_path):
    with pytest.raises(ConfigurationError, match=said):
        fit(build(model, tiny.input_shape, 3), tiny, recipe)
    with pytest.raises(ConfigurationError, match=said):
        Study("?", tiny, [Variant("v", model, recipe)], seeds=1).run(tmp_path, progress=False)


@pytest.mark.parametrize("budget", ["epochs=3", "seconds=1", "multiply-adds=1e6"])
def test_it_cannot_be_held_to_a_budget(budget, tiny):
    with pytest.raises(ConfigurationError, match="Variant 'svm': scikit-learn learns in one go"):
        study(tiny).with_changes(budget=budget)


def test_its_recipe_says_what_there_is_to_say():
    assert LEARNS.describe() == "scikit-learn, in one go"
    assert Recipe(optimizer=ESTIMATOR, epochs=7).epochs == 1
    assert Recipe.from_dict(LEARNS.to_dict()) == LEARNS


def test_the_command_line_shows_and_compares_it(tmp_path, capsys):
    assert run_command(["model", "show", "svm"]) == 0
    assert "svm: SVC C=10, rbf, scikit-learn" in capsys.readouterr().out
    for option in (["--engine"], ["--graph", str(tmp_path / "x.svg")]):
        assert run_command(["model", "show", "svm", *option]) == 2
        assert "learned by scikit-learn and has no layers" in capsys.readouterr().err
    out = str(tmp_path / "out")
    arguments = ["--data", "digits", "--seeds", "1", "--epochs", "1", "--out", out, "--json"]
    assert run_command(["compare", "svm", "cnn-stride", *arguments]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [row["variant"] for row in said["runs"]] == ["cnn-stride", "svm"]
    assert said["table"][0]["accuracy_mean"] > 0.9
    # What a run keeps of it is a Keras model, with layers.
    assert run_command(["model", "show", f"{out}/svm/0/model.keras", "--engine"]) == 0
    assert "vectors" in capsys.readouterr().out
