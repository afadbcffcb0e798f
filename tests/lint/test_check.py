"""What `check` does around the rules: order, selection, suppression, places, nothing run."""

import json

import pytest

import versus
from versus.backend import keras
from versus.errors import ConfigurationError, ResultsError, StudyError
from versus.lint.check import check, check_subject
from versus.lint.collect import anything
from versus.lint.collect.results import collect_records
from versus.lint.kept import FINDINGS, check_records, keep_findings
from versus.lint.rule import Check, Found, Rule
from versus.lint.subject import Subject
from versus.lint.table import CODES, RULES
from versus.studies.result import read_result

SCRIPT = """import keras
raise SystemExit("this script was run")
model.compile(optimizer="adadelta", loss="categorical_crossentropy")
model.fit(x_train, y_train, validation_data=(x_test, y_test))
"""


@pytest.fixture(scope="module")
def result(tiny, tmp_path_factory):
    """Two equal variants of two seeds: trained for a moment."""
    recipe = versus.Recipe(learning_rate=0.01, batch_size=16, epochs=2)
    study = versus.Study(
        name="tiny",
        question="Does the lint see it?",
        data=tiny,
        variants=[versus.Variant(name, "fc", recipe) for name in ("one", "other")],
        seeds=2,
        suppress={"VS102": "two seeds are enough for this test"},
    )
    return study.run(tmp_path_factory.mktemp("lint") / "tiny", progress=False)


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    return path


def test_a_script_is_read_and_not_run(script):
    assert check(script).codes == ("VS101", "VS405", "VS504")


def test_the_gravest_comes_first(script):
    assert [f.severity for f in check(script).findings] == ["error", "warning", "note"]


def test_select_and_ignore_take_codes_and_their_beginnings(script):
    assert check(script, select=["VS4", "VS504"]).codes == ("VS405", "VS504")
    assert check(script, ignore=["VS1", "VS405"]).codes == ("VS504",)
    for wrong in ("XX", "VS9", "504", ""):
        with pytest.raises(ConfigurationError, match="expected codes such as VS101"):
            check(script, select=[wrong])


def test_records_say_what_the_study_said(result):
    found = check(result.folder)
    assert {"VS107", "VS111"} & set(found.codes) == {"VS107"}
    assert [each.finding.code for each in found.suppressed] == ["VS102"]
    assert found.suppressed[0].reason == "two seeds are enough for this test"
    # The data set was made in memory, so it is nowhere to be found again.
    assert "'tiny'" in found.unseen[0]
    assert check(read_result(result.folder)).codes == found.codes


def test_a_run_is_checked_by_itself(result):
    found = check(result.folder / "one" / "1")
    assert not set(found.codes) & {"VS102", "VS107"}
    assert found.name.endswith("one/1")


def test_a_saved_model_and_one_in_memory_give_the_same(result):
    saved = check(result.folder / "one" / "0" / "model.keras")
    assert saved.codes == check(versus.build("fc", (8, 8, 1), 3)).codes == ()


def test_units_of_every_run_are_looked_at(tmp_path, tiny, monkeypatch):
    """A layer that is dead in one seed only is found there; what is left out is said."""

    def lame(input_shape, classes):
        first = seeds.pop(0) if seeds else 0
        bias = keras.initializers.Constant(-1e6 if first == 1 else 0.0)
        return keras.Sequential(
            [
                keras.Input(input_shape),
                keras.layers.Rescaling(1 / 255),
                keras.layers.Flatten(),
                keras.layers.Dense(8, activation="relu", bias_initializer=bias, name="lame"),
                keras.layers.Dense(classes, activation="softmax"),
            ]
        )

    seeds = [0, 0, 1]  # the plan's, then those of the runs
    recipe = versus.Recipe(batch_size=48, epochs=1)
    study = versus.Study("Which?", tiny, [versus.Variant("one", lame, recipe)], seeds=2)
    result = study.run(tmp_path / "s", progress=False, jobs=1)
    monkeypatch.setattr(anything.catalogue, "load", lambda name, download: tiny)
    dead = [f.where for f in check(result).findings if f.code == "VS309"]
    assert dead == ["one/1, layer lame"]
    monkeypatch.setattr(anything, "MOST_RUNS", 1)
    found = check(result)
    assert "VS309" not in found.codes
    assert found.unseen == ("units of one: of the first 1 runs of 2 only",)


def test_what_cannot_be_checked_is_said(tmp_path):
    with pytest.raises(ResultsError, match="expected a folder of results"):
        check(tmp_path)
    with pytest.raises(StudyError, match="No such file"):
        check(tmp_path / "none.py")
    (tmp_path / "bad.py").write_text("def f(:\n")
    with pytest.raises(StudyError, match=r"bad\.py:1: not a Python file"):
        check(tmp_path / "bad.py")
    with pytest.raises(ConfigurationError, match="expected a Study"):
        check(7)


def test_what_needs_something_absent_is_not_asked():
    def fails(*parts):
        raise AssertionError(parts)

    rule = Rule("VS999", "t", "note", "w", "m", (Check(("design", "runs"), fails),))
    assert list(rule.findings(Subject("nothing"))) == []
    for each in RULES:
        assert list(each.findings(Subject("nothing"))) == []


def test_a_place_may_be_graver_than_its_rule():
    found = Check((), lambda: [Found("here", "this", severity="error", mend="so")])
    (finding,) = Rule("VS999", "t", "note", "w", "m", (found,)).findings(Subject("s"))
    assert (finding.severity, finding.mend, finding.why) == ("error", "so", "w")


def test_what_was_found_of_pictures_is_kept_for_the_report(tiny, result):
    doubled = versus.Dataset(tiny.name, tiny.classes, tiny.train, tiny.train)
    study = versus.Study("Which?", doubled, [versus.Variant("one", "fc")])
    before = check(study)
    assert "VS207" in before.codes
    assert "VS207" not in check_records(result).codes
    keep_findings(result.store, before)
    assert "VS207" in check_records(result).codes
    kept = json.loads((result.folder / FINDINGS).read_text())
    assert {f["code"] for f in kept} == {"VS207"}
    (result.folder / FINDINGS).write_text('[{"code": 3}]')
    assert "VS207" not in check_records(result).codes
    (result.folder / FINDINGS).unlink()


def test_checked_is_a_table_and_json(script):
    found = check(script)
    assert found.frame()["code"].tolist() == list(found.codes)
    assert json.loads(json.dumps(found.to_dict()))["counts"] == {
        "error": 1,
        "warning": 1,
        "note": 1,
    }
    assert found.summary() == "1 error (VS101), 1 warning (VS405), 1 note (VS504)"
    assert check_subject(Subject("s")).summary() == "no finding"


def test_a_record_of_another_version_is_looked_at_as_far_as_it_goes(result):
    study = result.study.model_copy(update={"protocol": {"test": "open", "new": 1}})
    subject = collect_records(type(result)(study, result.records, result.store))
    assert subject.design is not None
    assert subject.design.protocol is None
    check_subject(subject)


def test_titles_are_short_and_say_one_thing():
    for rule in CODES.values():
        assert len(rule.title) <= 60
        assert rule.title[0].islower() or rule.title.startswith("ResNet")
        for text in (rule.why, rule.mend):
            assert text[0].isupper()
            assert text.endswith((".", '"')), rule.code
