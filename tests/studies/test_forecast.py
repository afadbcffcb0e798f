"""Before any training: what a study costs, and what it can find."""

import json
from dataclasses import replace

import pytest

from versus.errors import ConfigurationError, TrainingError
from versus.results.store import DirectoryStore
from versus.studies import forecast as forecasts
from versus.studies.budget import Allowance
from versus.studies.forecast import forecast
from versus.studies.probe import Timing
from versus.studies.runner import run_study
from versus.studies.study import Study, Variant
from versus.training.recipe import Recipe


def line(input_shape, classes):
    from versus.backend import keras

    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )


@pytest.fixture
def study(tiny, monkeypatch) -> Study:
    monkeypatch.setattr("versus.studies.probe.SECONDS", 0.05)
    recipe = Recipe(batch_size=32, epochs=2, learning_rate=0.01)
    variants = [Variant("line", line, recipe), Variant("slow", line, recipe)]
    return Study(question="?", data=tiny, variants=variants, seeds=6)


def test_a_run_is_the_sum_of_its_parts():
    timing = Timing(start=0.9, step=0.1, picture=0.01, end=0.1, frozen=False)
    # 2 epochs of 3 steps and 10 pictures, then 10 and 20 pictures once more.
    given = Allowance(Recipe(batch_size=32, epochs=2), 2)
    assert timing.run(given, 96, 10, 20) == pytest.approx(1 + 2 * (0.3 + 0.1) + 0.3)
    assert timing.run(given, 97, 10, 20) == pytest.approx(1 + 2 * (0.4 + 0.1) + 0.3)
    frozen = timing.model_copy(update={"frozen": True})
    assert frozen.run(given, 96, 10, 20) == pytest.approx(2.1 + 1.06)
    # Four steps are an epoch and a part; it is measured after both.
    steps = Allowance(Recipe(batch_size=32, epochs=2), 2, steps=4)
    assert timing.run(steps, 96, 10, 20) == pytest.approx(1 + 0.4 + 2 * 0.1 + 0.3)
    # A second of training is three epochs and a part: three validations, and those in the end.
    seconds = Allowance(Recipe(batch_size=32), None, seconds=1.0)
    assert timing.run(seconds, 96, 10, 20) == pytest.approx(1 + 1 + 3 * 0.1 + 0.3)


def test_a_plan(study, tmp_path):
    found = forecast(study, DirectoryStore(tmp_path / "s"))
    assert (found.runs, found.finished, found.pairs, found.seeds_needed) == (12, 0, 1, 6)
    assert found.enough
    assert found.effect == pytest.approx(1.81, abs=0.05)
    assert found.seconds == pytest.approx(6 * sum(v.seconds for v in found.variants))
    assert all(v.timing.step > 0 and v.seconds > 0 for v in found.variants)
    assert found.until_decided is not None
    assert found.until_decided.looks.seeds == (8, 13, 20, 30)
    assert [d.sd for d in found.detectable] == pytest.approx(
        [((1 - share) / 48) ** 0.5 for share in (0.9, 0.98, 0.995)]
    )
    assert not (tmp_path / "s").exists(), "nothing is written"
    json.dumps(found.to_dict(), allow_nan=False)


def test_too_few_seeds_are_said_and_jobs_share_the_time(study, tmp_path):
    found = forecast(replace(study, seeds=5), DirectoryStore(tmp_path / "s"), jobs=2)
    assert not found.enough
    assert found.effect is None
    assert all(d.difference is None for d in found.detectable)
    assert found.seconds < 10 * max(v.seconds for v in found.variants)


def test_runs_that_are_there_count_and_give_the_spread(study, tmp_path):
    result = run_study(replace(study, seeds=3), tmp_path / "s")
    found = forecast(study, DirectoryStore(tmp_path / "s"))
    assert found.finished == 6
    assert [v.missing for v in found.variants] == [3, 3]
    sd = result.verdicts[0].sd_difference
    assert [d.sd for d in found.detectable] == (
        [sd] if sd else pytest.approx([0.046, 0.02, 0.01], abs=0.01)
    )


def test_only_what_is_missing_is_measured(study, tmp_path, monkeypatch):
    run_study(replace(study, seeds=2).with_changes(variants=["line"]), tmp_path / "s")
    measured = []
    real = forecasts.measure_timings

    def spied(runs, data, jobs):
        measured.append([run.variant.name for run in runs])
        return real(runs, data, jobs)

    monkeypatch.setattr(forecasts, "measure_timings", spied)
    two = replace(study, seeds=2)
    found = forecast(two, DirectoryStore(tmp_path / "s"))
    assert measured == [["slow"]]
    line_, slow = found.variants
    assert (line_.missing, line_.seconds, line_.timing) == (0, None, None)
    assert slow.seconds is not None
    assert found.seconds == pytest.approx(2 * slow.seconds)
    assert found.until_decided is not None
    assert found.until_decided.longest is None, "nobody knows how long `line` takes"
    run_study(two, tmp_path / "s")
    assert forecast(two, DirectoryStore(tmp_path / "s")).seconds == 0
    assert len(measured) == 1


def test_until_decided_up_to_as_many_seeds_as_asked_for(study, tmp_path):
    run_study(replace(study, seeds=1), tmp_path / "s")
    found = forecast(study, DirectoryStore(tmp_path / "s"), max_seeds=12)
    assert found.until_decided is not None
    assert found.until_decided.looks.seeds == (8, 12)
    seconds = sum(v.seconds or 0 for v in found.variants)
    assert found.until_decided.longest == pytest.approx(11 * seconds), "one seed is there"
    with pytest.raises(ConfigurationError, match="at most 5 seeds can never decide 1 pair"):
        forecast(study, DirectoryStore(tmp_path / "s"), max_seeds=5)


def test_a_variant_alone_has_no_verdict(study, tmp_path):
    found = forecast(study.with_changes(variants=["line"]), DirectoryStore(tmp_path / "s"))
    assert (found.pairs, found.seeds_needed, found.until_decided) == (0, None, None)


def test_a_variant_that_cannot_be_trained_is_named(study, tmp_path, monkeypatch):
    def too_large(*arguments):
        raise MemoryError("no room for 8 GiB")

    monkeypatch.setattr("versus.studies.probe.build", too_large)
    words = "line: a trial of a few steps: MemoryError: no room for 8 GiB"
    with pytest.raises(TrainingError, match=words):
        forecast(study, DirectoryStore(tmp_path / "s"))
