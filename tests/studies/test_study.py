import numpy as np
import pytest

from versus.data.splits import drawn
from versus.errors import ConfigurationError, StudyError, UnknownNameError
from versus.library.catalogue import STUDIES, find_study
from versus.studies.comparison import compare_models, short_name
from versus.studies.loading import load_study_file
from versus.studies.observer import Observer
from versus.studies.protocol import Protocol
from versus.studies.study import Study, Variant
from versus.studies.watching.several import STEPS, Several
from versus.training.recipe import Recipe

A, B = Variant("a", "fc"), Variant("b", "fc")


def test_a_number_of_seeds_means_the_first_ones():
    assert Study("?", "digits", [A, B], seeds=3).seed_list == (0, 1, 2)
    assert Study("?", "digits", [A, B], seeds=[5, 2]).seed_list == (5, 2)


def test_a_name_is_a_variant_too():
    assert Study("?", "digits", ["fc", A]).variants == (Variant("fc"), A)


def test_a_variant_is_its_model_where_none_is_named():
    assert Variant("fc").model == "fc"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"seeds": 0}, "seeds: expected at least 1; got 0"),
        ({"seeds": -3}, "seeds: expected at least 1; got -3"),
        ({"seeds": [1, -1]}, "a seed is a whole number from 0"),
        ({"seeds": [1, 1]}, "different seeds"),
        ({"seeds": []}, "at least one"),
        ({"seeds": "3"}, "a number or a list"),
        ({"variants": []}, "there is none"),
        ({"variants": [A, A]}, "two are called 'a'"),
        ({"variants": [A, Variant("A", "fc")]}, "two are called"),
        ({"endpoint": "f1"}, "Study.endpoint"),
        ({"margin": -0.1}, "Study.margin"),
        ({"margin": 5}, "expected a fraction below 1, as 0.01 for one percentage point"),
        ({"margin": "x"}, "expected a number above 0"),
        ({"suppress": {"VS104": " "}}, "expected the reason why VS104 is suppressed"),
        ({"suppress": {"E501": "so"}}, "expected a code such as VS104"),
        ({"suppress": ["VS104"]}, "expected reasons by code"),
        ({"question": None}, "Study.question: got NoneType"),
        ({"data": 3}, "Study.data: got int 3"),
        ({"protocol": "open"}, "Study.protocol: got str"),
        ({"variants": [A, 3]}, "expected Variants or model names; got 3"),
        ({"name": "a/b"}, "Study.name"),
    ],
)
def test_a_study_that_cannot_be(values, message):
    with pytest.raises(ConfigurationError, match=message):
        Study(**{"question": "?", "data": "digits", "variants": [A, B], **values})


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "x" * 81, "a\nb", 3])
def test_a_variant_names_a_folder(name):
    with pytest.raises(ConfigurationError, match="as it names a folder"):
        Variant(name, "fc")


def test_a_recipe_is_a_recipe():
    with pytest.raises(ConfigurationError, match="expected a Recipe; got dict"):
        Variant("a", "fc", {"epochs": 3})  # pyright: ignore[reportArgumentType]


def test_changes_leave_the_study_alone():
    study = Study("?", "digits", [A, B])
    changed = study.with_changes(data="mnist", seeds=2, epochs=7, variants=["b"])
    assert (changed.data, changed.seed_list) == ("mnist", (0, 1))
    assert [v.name for v in changed.variants] == ["b"]
    assert changed.variants[0].recipe.epochs == 7
    assert study == Study("?", "digits", [A, B])
    assert study.with_changes() == study


def test_changes_that_cannot_be():
    study = Study("?", "digits", [A, B])
    with pytest.raises(UnknownNameError, match="no variant is called 'c'"):
        study.with_changes(variants=["c"])
    with pytest.raises(ConfigurationError, match=r"Recipe\.epochs"):
        study.with_changes(epochs=0)


def test_the_protocol_splits_alike_for_every_variant(tiny):
    tail = Protocol(validation_fraction=0.25).split(tiny, seed=0)
    assert tail.validation_indices.tolist() == list(range(72, 96))
    drawn = [Protocol(validation="stratified").split(tiny, seed=s) for s in (0, 0, 1)]
    first, again, other = (part.validation_indices.tolist() for part in drawn)
    assert first == again != other
    assert len(drawn[0].train) + len(drawn[0].validation) == 96
    assert (drawn[0].validation.labels == tiny.train.labels[first]).all()


def test_given_validation_pictures_are_kept(tiny):
    from versus.data.dataset import Dataset

    given = Dataset("given", tiny.classes, tiny.train, tiny.test, validation=tiny.test)
    part = Protocol().split(given, seed=0)
    assert part.train is tiny.train
    assert part.validation is tiny.test
    assert "the data set brings" in Protocol().describe(given)


def test_validation_is_drawn_as_scikit_learn_draws_it_alike_for_every_run(tiny):
    protocol = Protocol(validation="drawn", validation_seed=13)
    one, other = (protocol.split(tiny, seed=seed) for seed in (0, 1))
    np.testing.assert_array_equal(one.validation_indices, other.validation_indices)
    np.testing.assert_array_equal(one.validation_indices, drawn(len(tiny.train), 0.2, 13)[1])
    assert "train_test_split does with random_state 13" in protocol.describe(tiny)
    with pytest.raises(ConfigurationError, match='validation_seed is for validation="drawn"'):
        Protocol(validation_seed=13)
    # A study recorded before there was such a field is the same study.
    assert "validation_seed" not in Protocol().to_dict()


@pytest.mark.parametrize("name", STUDIES)
def test_every_built_in_study_is_found_under_its_name(name):
    study = find_study(name)
    assert study.name == name
    assert len(study.variants) >= 2


def test_fc_vs_cnn_is_as_document_a_prints_it():
    study = find_study("fc-vs-cnn")
    fc, cnn = study.variants
    assert (fc.model, cnn.model) == ("fc", "cnn-stride")
    assert fc.recipe == Recipe(optimizer="sgd", learning_rate=0.001, batch_size=128, epochs=20)
    assert cnn.recipe == Recipe(optimizer="adam", learning_rate=0.001, batch_size=128, epochs=20)
    assert study.protocol == Protocol(validation="tail", validation_fraction=0.2, test="open")


def test_an_unknown_study():
    with pytest.raises(UnknownNameError, match="did you mean 'quickstart'"):
        find_study("quikstart")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\ny = x / 0\n", r"s\.py:2: ZeroDivisionError: division by zero"),
        ("def (:\n", r"s\.py:1: SyntaxError"),
        ("import no_such_module\n", r"s\.py:1: ModuleNotFoundError"),
        ("studdy = 1\n", "expected a variable `study` holding a versus.Study; got none"),
        ("study = 'fc'\n", "got str"),
        (
            "import versus\nversus.Recipe(epochs=0)\n",
            r"s\.py:2: ConfigurationError: Recipe\.epochs",
        ),
        (None, r"s\.py: no such file"),
    ],
)
def test_a_study_file_that_cannot_be_read(tmp_path, text, message):
    path = tmp_path / "s.py"
    if text is not None:
        path.write_text(text)
    with pytest.raises(StudyError, match=message):
        load_study_file(path)


def test_a_study_from_a_file(tmp_path):
    path = tmp_path / "s.py"
    path.write_text(
        "import versus\n"
        "variants = [versus.Variant('fc'), versus.Variant('cnn-pool')]\n"
        "study = versus.Study('Which?', 'digits', variants)"
    )
    assert find_study(str(path)).question == "Which?"


def test_models_are_compared_under_their_names():
    study = compare_models(["fc", "nets.py:my_net", "other.py:my_net"], "digits", Recipe(), 3)
    assert [v.name for v in study.variants] == ["fc", "my-net", "my-net.2"]
    assert study.question == "Which is better on digits: fc, my-net or my-net.2?"
    assert study.name == "compare-fc-my-net-my-net.2-digits"
    on_own = compare_models(["fc", "cnn-pool"], "sets/My_pics 2", Recipe(), 3)
    assert on_own.question == "Which is better on My_pics 2: fc or cnn-pool?"
    assert on_own.name == "compare-fc-cnn-pool-My-pics-2"


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("fc", "fc"),
        ("a/b/nets.py:my_net", "my-net"),
        ("runs/fc/0/model.keras", "model"),
        ("my model.keras", "my-model"),
        ("../data/my set/", "my-set"),
        ("été", "t"),
        ("??", "model"),
    ],
)
def test_short_names_fit_a_folder(reference, name):
    assert short_name(reference) == name
    Variant(short_name(reference), "fc")


def test_several_observers_are_told_of_every_step():
    told: list[tuple[str, str, tuple]] = []

    class Notes(Observer):
        def __init__(self, name: str) -> None:
            for step in STEPS:
                setattr(self, step, lambda *given, step=step: told.append((name, step, given)))

    assert {"study_started", "epoch_ended", "study_ended"} < set(STEPS)
    for step in STEPS:
        getattr(Several(Notes("a"), Notes("b")), step)(step, 1)
    assert told == [(name, step, (step, 1)) for step in STEPS for name in "ab"]
