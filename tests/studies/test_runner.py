"""Running a study: paired, recorded at once, reused by rule, failures kept as records."""

import dataclasses
import json
import os

import numpy as np
import pytest

from versus.backend import keras, threads
from versus.cli.screen import print_failures
from versus.errors import MismatchError, ModelError, ResultsError
from versus.evaluation.predict import measure
from versus.reports.page import write_report
from versus.results.store import DirectoryStore
from versus.results.view import read_history, read_predictions
from versus.studies.observer import Observer
from versus.studies.protocol import Protocol
from versus.studies.result import read_result
from versus.studies.runner import run_study
from versus.studies.study import Study, Variant
from versus.training.recipe import Recipe

RECIPE = Recipe(learning_rate=0.01, batch_size=32, epochs=2)


def small(input_shape, classes):
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )


def diverges(input_shape, classes):
    head = keras.layers.Dense(classes, activation="softmax")
    return keras.Sequential([keras.Input(input_shape), keras.layers.Flatten(), Breaks(), head])


class Breaks(keras.layers.Layer):
    """Runs when the model is built, and raises once it is trained."""

    def call(self, inputs, training=False):
        if training and len(inputs) > 1:
            raise RuntimeError("broken on purpose")
        return inputs


class Counting(Observer):
    def __init__(self):
        self.runs, self.epochs = [], 0

    def run_ended(self, record):
        self.runs.append(f"{record.variant}/{record.seed}")

    def epoch_ended(self, run, epoch, values):
        self.epochs += 1


@pytest.fixture
def study(tiny) -> Study:
    return Study(
        "?",
        tiny,
        [Variant("small", small, RECIPE), Variant("fc", "fc", RECIPE)],
        seeds=2,
        name="pair",
    )


def run(study, out):
    counting = Counting()
    return run_study(study, out, observer=counting), counting


def test_runs_go_seed_by_seed(study, tmp_path):
    result, counting = run(study, tmp_path)
    assert counting.runs == ["small/0", "fc/0", "small/1", "fc/1"]
    assert counting.epochs == 8
    assert [r.status for r in result.records] == ["finished"] * 4


def test_finished_runs_are_reused(study, tmp_path):
    first, _ = run(study, tmp_path)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*/*") if p.is_file()}
    again, counting = run(study, tmp_path)
    assert counting.runs == []
    assert again.records == first.records
    assert before == {p: p.read_bytes() for p in tmp_path.rglob("*/*") if p.is_file()}


def test_more_seeds_add_to_what_is_there(study, tmp_path):
    run(study, tmp_path)
    result, counting = run(dataclasses.replace(study, seeds=3), tmp_path)
    assert counting.runs == ["small/2", "fc/2"]
    assert result.verdicts[0].n == 3
    fewer, counting = run(dataclasses.replace(study, seeds=1), tmp_path)
    assert counting.runs == []
    assert fewer.verdicts[0].n == 3, "no finished seed is dropped from sight"


def test_the_same_study_elsewhere_gives_the_same_bits(study, tmp_path):
    first, _ = run(study, tmp_path / "one")
    second, _ = run(study, tmp_path / "two")
    for a, b in zip(first.records, second.records, strict=True):
        assert a.metrics == b.metrics
        assert a.files["history.csv"] == b.files["history.csv"]
        assert a.files["predictions.npz"] == b.files["predictions.npz"]


def test_one_variant_alone_then_the_other(study, tmp_path):
    run(study.with_changes(variants=["fc"]), tmp_path)
    result, counting = run(study, tmp_path)
    assert counting.runs == ["small/0", "small/1"]
    assert {v.name for v in result.study.variants} == {"fc", "small"}
    assert len(result.verdicts) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"variants": ["epochs"]}, r"fc/0 holds a finished run made with recipe\.epochs: 2, now 5"),
        ({"protocol": Protocol(threads=2)}, r"protocol\.threads: 1, now 2"),
        ({"data": "other"}, "data_fingerprint"),
    ],
)
def test_a_run_made_in_another_way_is_not_reused(study, tmp_path, change, message):
    from bands import make_tiny

    run(study, tmp_path)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    if "variants" in change:
        change = {"variants": study.with_changes(epochs=5, variants=["fc"]).variants}
    if "data" in change:
        change = {"data": make_tiny(n_train=90)}
    with pytest.raises(MismatchError, match=message):
        run(dataclasses.replace(study, **change), tmp_path)
    assert before == {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}


def test_another_builder_under_the_same_name_is_not_reused(study, tmp_path):
    run(study, tmp_path)
    variants = [Variant("small", "cnn-pool", RECIPE), study.variants[1]]
    with pytest.raises(MismatchError, match="architecture_sha256"):
        run(dataclasses.replace(study, variants=variants), tmp_path)


def test_two_studies_do_not_mix_in_one_folder(study, tmp_path):
    run(study, tmp_path)
    other = dataclasses.replace(
        study, variants=[Variant("cnn-pool", "cnn-pool", RECIPE)], endpoint="nll"
    )
    with pytest.raises(MismatchError, match="holds a study with endpoint 'accuracy', now 'nll'"):
        run(other, tmp_path)


def test_a_failed_run_is_a_record_and_the_study_goes_on(study, tmp_path):
    variants = [Variant("broken", diverges, RECIPE), study.variants[1]]
    result, counting = run(dataclasses.replace(study, variants=variants), tmp_path)
    assert counting.runs == ["broken/0", "fc/0", "broken/1", "fc/1"]
    assert [f"{r.variant}/{r.seed}" for r in result.failed] == ["broken/0", "broken/1"]
    assert "broken on purpose" in result.failed[0].error
    assert "Traceback" in (tmp_path / "broken/0/log.txt").read_text()
    assert result.frame().loc["broken", ["n", "failed"]].tolist() == [0, 2]
    assert result.verdicts[0].word == "can't tell"
    _, counting = run(dataclasses.replace(study, variants=variants), tmp_path)
    assert counting.runs == ["broken/0", "broken/1"], "failed runs are tried again"


def test_everything_is_checked_before_the_first_run(study, tmp_path):
    def too_large(input_shape, classes):
        return small(input_shape, classes + 2)

    variants = [*study.variants, Variant("large", too_large, RECIPE)]
    with pytest.raises(ModelError, match="the data have 3 classes"):
        run(dataclasses.replace(study, variants=variants), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_logits_are_told_before_the_first_run(study, tmp_path):
    def logits(input_shape, classes):
        return keras.Sequential(
            [keras.Input(input_shape), keras.layers.Flatten(), keras.layers.Dense(classes)]
        )

    variants = [Variant("logits", logits, RECIPE), study.variants[1]]
    with pytest.raises(ModelError, match="from_logits=True"):
        run(dataclasses.replace(study, variants=variants), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    told = RECIPE.model_copy(update={"from_logits": True})
    variants = [Variant("logits", logits, told), study.variants[1]]
    result, _ = run(dataclasses.replace(study, variants=variants), tmp_path / "out")
    assert result.failed == []


@pytest.mark.parametrize("change", [{"margin": 0.2}, {"question": "??"}, {"name": "other"}])
def test_the_rule_cannot_be_changed_once_results_are_seen(study, tmp_path, change):
    run(study, tmp_path)
    with pytest.raises(MismatchError, match=f"holds a study with {next(iter(change))}"):
        run(dataclasses.replace(study, **change), tmp_path)


def test_the_rule_can_be_changed_while_nothing_is_finished(study, tmp_path):
    class Stopping(Observer):
        def run_started(self, run):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_study(study, tmp_path, observer=Stopping())
    assert (tmp_path / "study.json").exists()
    changed, _ = run(dataclasses.replace(study, margin=0.2), tmp_path)
    assert changed.study.margin == 0.2


def test_a_call_for_a_part_leaves_the_command_of_the_whole(study, tmp_path):
    run_study(study, tmp_path, command="versus run whole")
    part = run_study(study.with_changes(variants=["fc"], seeds=1), tmp_path, command="part")
    assert part.study.command == "versus run whole"
    more = run_study(dataclasses.replace(study, seeds=3), tmp_path, command="more")
    assert more.study.command == "more"


def test_nothing_is_left_of_the_locks(study, tmp_path):
    seen = []

    class Looking(Observer):
        def run_started(self, run_):
            place = tmp_path / run_.variant.name / f".{run_.seed}.lock"
            seen.append(place.read_text())

    run_study(study, tmp_path, observer=Looking())
    assert len(seen) == 4
    assert all(text.startswith(f"process {os.getpid()} on ") for text in seen)
    assert not [p for p in tmp_path.rglob(".*") if p.is_file()]


class Explodes(keras.layers.Layer):
    """Gives numbers when the model is built, and none once it is trained."""

    def call(self, inputs, training=False):
        return inputs * float("nan") if training and len(inputs) > 1 else inputs


def exploding(input_shape, classes):
    head = keras.layers.Dense(classes, activation="softmax")
    return keras.Sequential([keras.Input(input_shape), Explodes(), keras.layers.Flatten(), head])


def diverging(study):
    variants = [Variant("wild", exploding, RECIPE), study.variants[1]]
    return dataclasses.replace(study, variants=variants)


def test_a_diverged_run_is_a_record_of_its_own_kind(study, tmp_path):
    result, _ = run(diverging(study), tmp_path)
    wild = result.diverged
    assert [(r.variant, r.seed) for r in wild] == [("wild", 0), ("wild", 1)]
    assert result.failed == []
    for record in wild:
        found = record.divergence
        assert (found.epoch, found.step, found.loss, found.weights) == (1, 1, "nan", True)
        assert "in epoch 1, step 1" in record.error
        place = tmp_path / "wild" / str(record.seed)
        assert (place / "model.keras").exists()
        assert "the training loss became" in (place / "log.txt").read_text()
    assert result.frame().loc["wild", ["n", "failed", "diverged"]].tolist() == [0, 0, 2]
    (verdict,) = result.verdicts
    assert (verdict.word, verdict.n) == ("can't tell", 0)
    assert sorted(result.to_dict()["diverged"]) == ["wild/0", "wild/1"]
    json.dumps(result.to_dict(), allow_nan=False)
    assert result.store.survey(models=True).damaged == ()


def test_a_diverged_run_is_not_made_again_unless_its_recipe_has_changed(study, tmp_path):
    wild = dataclasses.replace(diverging(study), variants=diverging(study).variants[:1])
    run(wild, tmp_path)
    again, counting = run(wild, tmp_path)
    assert counting.runs == []
    assert len(again.diverged) == 2
    tame = dataclasses.replace(wild, variants=[Variant("wild", small, RECIPE)])
    result, counting = run(tame, tmp_path)
    assert counting.runs == ["wild/0", "wild/1"]
    assert result.diverged == []


def test_the_last_finite_weights_of_a_diverged_run_are_kept(study, tmp_path):
    """Steps that only just stay finite: the loss overflows before any weight does."""

    class Overflows(keras.layers.Layer):
        calls = 0

        def call(self, inputs, training=False):
            if training and len(inputs) > 1:
                type(self).calls += 1
            return inputs * (float("inf") if self.calls > 4 else 1.0)

    def overflowing(input_shape, classes):
        head = keras.layers.Dense(classes, activation="softmax")
        layers = [keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), Overflows(), head]
        return keras.Sequential([keras.Input(input_shape), *layers])

    variants = [Variant("overflowing", overflowing, RECIPE)]
    one = dataclasses.replace(study, variants=variants, seeds=1)
    result, _ = run(one, tmp_path)
    (record,) = result.diverged
    assert record.divergence.weights
    assert (record.epochs, record.divergence.epoch, record.divergence.step) == (1, 2, 2)
    assert "model.keras" in record.files
    assert read_history(result.store, record).index.tolist() == [1]


def test_the_report_and_the_exit_code_say_that_a_run_diverged(study, tmp_path, capsys):
    result, _ = run(diverging(study), tmp_path)
    assert print_failures(result) == 1
    err = capsys.readouterr().err
    assert "versus: wild, seed 0 diverged: the training loss became" in err
    page = write_report(result).read_text()
    assert "2 runs diverged: the loss was no number any more" in page
    assert "2 diverged" in page


def test_an_interrupted_study_keeps_its_runs_and_goes_on(study, tmp_path):
    class Interrupting(Observer):
        def run_started(self, run):
            if run.seed == 1:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_study(study, tmp_path, observer=Interrupting())
    assert [f"{r.variant}/{r.seed}" for r in DirectoryStore(tmp_path).records()] == [
        "fc/0",
        "small/0",
    ]
    _, counting = run(study, tmp_path)
    assert counting.runs == ["small/1", "fc/1"]


def test_an_open_test_is_recorded_and_a_sealed_one_is_not_touched(study, tmp_path, tiny):
    opened, _ = run(study, tmp_path / "open")
    assert opened.judged_on == "test"
    sealed_study = dataclasses.replace(study, protocol=Protocol(test="sealed"))
    sealed, _ = run(sealed_study, tmp_path / "sealed")
    assert sealed.judged_on == "validation"
    for record in sealed.records:
        assert set(record.metrics) == {"validation"}
        with pytest.raises(ResultsError, match="no predictions of test"):
            read_predictions(sealed.store, record, "test", tiny.classes)


def test_records_hold_what_the_report_needs(study, tmp_path, tiny):
    result, _ = run(study, tmp_path)
    record = result.finished("fc")[0]
    predictions = read_predictions(result.store, record, "test", tiny.classes)
    assert (predictions.labels == tiny.test.labels).all()
    assert predictions.correct.mean() == record.metrics["test"]["accuracy"]
    validation = read_predictions(result.store, record, "validation", tiny.classes)
    assert validation.indices.tolist() == list(range(76, 96))
    assert read_history(result.store, record).index.tolist() == [1, 2]
    with np.load(tmp_path / "pictures.npz") as kept:
        np.testing.assert_array_equal(kept["images"], tiny.test.images[kept["indices"]])
        wrong = set()
        for r in result.records:
            found = read_predictions(result.store, r, "test", tiny.classes)
            wrong |= set(found.indices[~found.correct].tolist())
        assert kept["indices"].tolist() == sorted(wrong)


def test_the_saved_model_is_the_one_that_was_measured(study, tmp_path, tiny):
    result, _ = run(study, tmp_path)
    model = keras.saving.load_model(tmp_path / "fc/1/model.keras")
    stored = read_predictions(result.store, result.finished("fc")[1], "test", tiny.classes)
    # By the same way, on as many threads, the very same bits; by Keras's own, up to rounding.
    with threads(study.protocol.threads):
        again = measure(model, tiny.test, tiny.classes, Recipe()).predictions
    np.testing.assert_array_equal(again.probabilities, stored.probabilities)
    assert stored.probabilities.dtype == np.float32
    theirs = model.predict(tiny.test.images, batch_size=500, verbose=0)
    np.testing.assert_allclose(stored.probabilities, theirs, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(stored.probabilities.argmax(axis=1), theirs.argmax(axis=1))


def test_a_result_is_read_back_as_it_was(study, tmp_path):
    result, _ = run(study, tmp_path)
    again = read_result(tmp_path)
    assert again.study == result.study
    assert again.records == result.records
    assert again.verdicts == result.verdicts
    stored = json.loads((tmp_path / "verdicts.json").read_text())
    assert stored == [verdict.to_dict() for verdict in result.verdicts]
    json.dumps(result.to_dict(), allow_nan=False)


def test_a_folder_without_a_study(tmp_path):
    with pytest.raises(ResultsError, match="no study here"):
        read_result(tmp_path)
