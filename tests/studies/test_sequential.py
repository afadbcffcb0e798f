"""A study that goes on until it is decided: its looks are kept, and nothing else moves them."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from versus.errors import ConfigurationError, MismatchError
from versus.results.store import DirectoryStore
from versus.studies.observer import Observer
from versus.studies.result import read_result
from versus.studies.runner import run_study
from versus.studies.sequential import run_until_decided
from versus.studies.study import Study, Variant
from versus.studies.watching.live import LiveProgress
from versus.studies.watching.several import Several
from versus.training.recipe import Recipe

FAST = Recipe(batch_size=48, epochs=1, learning_rate=0.01)
NONE = Recipe(batch_size=48, epochs=1, learning_rate=1e-7)


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
def study(tiny) -> Study:
    """One that learns, and two that hardly move: the same net under two names."""
    return Study(
        question="Which one learns?",
        data=tiny,
        variants=[
            Variant("learns", line, replace_epochs(FAST, 6)),
            Variant("sits", line, NONE),
        ],
    )


def replace_epochs(recipe, epochs):
    return Recipe.from_dict({**recipe.to_dict(), "epochs": epochs})


class Listening(Observer):
    def __init__(self):
        self.looks, self.runs = [], []

    def run_ended(self, record):
        self.runs.append((record.variant, record.seed))

    def look_taken(self, looks, number, verdicts):
        self.looks.append((looks.seeds[number], [v.word for v in verdicts]))


def test_it_stops_at_the_look_that_decides(study, tmp_path):
    heard = Listening()
    result = run_until_decided(study, tmp_path / "s", max_seeds=12, observer=heard)
    assert heard.looks == [(8, ["worse"])]
    assert len(heard.runs) == 16
    (verdict,) = result.verdicts
    assert (verdict.word, verdict.method, verdict.look, verdict.n) == ("worse", "sequential", 1, 8)
    kept = DirectoryStore(tmp_path / "s").read_study()
    assert kept is not None
    assert kept.looks is not None
    assert kept.looks.seeds == (8, 12)
    assert (tmp_path / "s/descriptions.json").exists()
    again = Listening()
    repeated = run_until_decided(study, tmp_path / "s", observer=again)
    assert (again.runs, again.looks) == ([], [])
    assert repeated.verdicts == result.verdicts


def test_a_study_runs_itself_until_it_is_decided(study, tmp_path):
    result = study.run(tmp_path / "s", progress=False, jobs=1, until_decided=True, max_seeds=12)
    assert [(v.word, v.method, v.n) for v in result.verdicts] == [("worse", "sequential", 8)]
    assert result.study.looks is not None
    assert result.study.looks.seeds == (8, 12)
    with pytest.raises(ConfigurationError, match="max_minutes: expected a number above 0"):
        study.run(tmp_path / "t", progress=False, until_decided=True, max_minutes=-1)
    for more in ({"max_seeds": 12}, {"max_minutes": 3.0}):
        with pytest.raises(ConfigurationError, match="go with until_decided=True"):
            study.run(tmp_path / "t", progress=False, **more)
    assert not (tmp_path / "t").exists()


def test_the_looks_never_change(study, tmp_path):
    run_until_decided(study, tmp_path / "s", max_seeds=12)
    with pytest.raises(MismatchError, match="looks, at 8, 12 seeds, were fixed before its first"):
        run_until_decided(study, tmp_path / "s", max_seeds=20)
    # A call for a fixed number of seeds leaves them, and the verdict, as they are.
    result = run_study(replace(study, seeds=9), tmp_path / "s")
    assert result.study.looks is not None
    assert result.verdicts[0].look == 1
    assert result.verdicts[0].n == 8


def test_a_study_of_fixed_seeds_cannot_go_on_in_looks(study, tmp_path):
    run_study(replace(study, seeds=2), tmp_path / "s")
    before = read_result(tmp_path / "s").study
    with pytest.raises(MismatchError, match="at a fixed number of seeds, now at looks of"):
        run_until_decided(study, tmp_path / "s")
    assert read_result(tmp_path / "s").study == before


def test_it_goes_on_where_it_was_stopped(study, tmp_path):
    """Ctrl-C after five runs, then the same call: the same runs, looks and verdict."""

    class Stops(Listening):
        def run_ended(self, record):
            super().run_ended(record)
            if len(self.runs) == 5:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_until_decided(study, tmp_path / "s", max_seeds=12, observer=Stops())
    half = read_result(tmp_path / "s")
    assert half.verdicts[0].look is None
    assert half.verdicts[0].word == "can't tell"
    heard = Listening()
    result = run_until_decided(study, tmp_path / "s", observer=heard)
    assert len(heard.runs) == 11
    assert result.verdicts == run_until_decided(study, tmp_path / "t", max_seeds=12).verdicts


def test_time_ends_it_between_two_runs(study, tmp_path):
    heard = Listening()
    result = run_until_decided(study, tmp_path / "s", max_minutes=1e-9, observer=heard)
    assert len(heard.runs) == 1
    assert result.verdicts[0].word == "can't tell"
    assert "the first look is at 8" in result.verdicts[0].reason
    with pytest.raises(ConfigurationError, match="max_minutes: expected a number above 0"):
        run_until_decided(study, tmp_path / "t", max_minutes=0)


def test_the_live_table_judges_by_all_seeds_also_of_an_earlier_call(study, tmp_path):
    """At a later look only new seeds of undecided variants are asked for."""
    study = replace(study, variants=[Variant("sits", line, NONE), Variant("sits-too", line, NONE)])

    class Stops(Listening):
        def look_taken(self, looks, number, verdicts):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_until_decided(study, tmp_path / "s", max_seeds=14, observer=Stops())
    console = Console(file=io.StringIO(), force_terminal=True, width=100, height=24)
    table = LiveProgress(console)
    said = []

    class Looks(Observer):
        def run_ended(self, record):
            (verdict,) = table.status().verdicts
            said.append((verdict.n, verdict.look))

    run_until_decided(study, tmp_path / "s", observer=Several(table, Looks()))
    assert said
    assert all(look and n >= 8 for n, look in said), said


def test_a_decided_variant_is_not_trained_any_further(study, tmp_path):
    """Two that cannot be told apart go on to the last look; the third stops at the first one."""
    three = replace(study, variants=[*study.variants, Variant("sits-too", line, NONE)])
    heard = Listening()
    result = run_until_decided(three, tmp_path / "s", max_seeds=14, observer=heard)
    words = {(v.a, v.b): v.word for v in result.verdicts}
    assert words == {
        ("learns", "sits"): "worse",
        ("learns", "sits-too"): "worse",
        ("sits", "sits-too"): "can't tell",
    }
    assert [seeds for seeds, _ in heard.looks] == [9, 14]
    counts = {name: len(result.finished(name)) for name in ("learns", "sits", "sits-too")}
    assert counts == {"learns": 9, "sits": 14, "sits-too": 14}
    from versus.reports.notes import notes

    assert any("learns was trained on 9" in note for note in notes(result))
    assert not any("missing" in note for note in notes(result))


def test_seeds_added_after_a_word_was_possible_are_marked(study, tmp_path):
    run_study(replace(study, seeds=2), tmp_path / "s")
    first = run_study(replace(study, seeds=6), tmp_path / "s")
    assert first.study.extended == [2]
    assert first.verdicts[0].method == "fixed", "two seeds could not have given a word"
    grown = run_study(replace(study, seeds=7), tmp_path / "s")
    assert grown.study.extended == [2, 6]
    assert grown.verdicts[0].method == "extended"
    assert "Seeds were added after results had been seen" in grown.verdicts[0].reason
    fewer = run_study(replace(study, seeds=6), tmp_path / "s")
    assert fewer.study.extended == [2, 6]
