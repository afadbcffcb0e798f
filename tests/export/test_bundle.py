"""A run becomes a bundle that is proved, or nothing is written."""

import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import onnx
import pytest
from bands import make_tiny
from google.protobuf import text_format
from hypothesis import given
from hypothesis import strategies as st
from shipping import RECIPE, make_study

from versus.backend import keras
from versus.bundles import manifest as names
from versus.bundles.reading import read_bundle
from versus.data.preparation import Preparation
from versus.errors import BundleError, MismatchError, ResultsError
from versus.evaluation.predictions import Predictions
from versus.export import bundle as exporting
from versus.export import parity
from versus.export.bundle import export
from versus.export.card import card
from versus.export.choice import choose
from versus.export.compared import Compared
from versus.export.preparing import KNOWN, preparation_of
from versus.export.rounding import rounding
from versus.models.build import build
from versus.results.study_record import DataRecord
from versus.studies.opening import open_test
from versus.studies.protocol import Protocol
from versus.studies.result import read_result
from versus.studies.runner import run_study
from versus.studies.study import Study, Variant
from versus.training.inference import outputs
from versus.training.recipe import Recipe


def test_of_a_study_the_lowest_validation_nll_is_taken(shipped_study):
    choice = choose(shipped_study)
    values = {
        (r.variant, r.seed): r.metrics["validation"]["nll"]
        for r in read_result(shipped_study).records
    }
    assert (choice.record.variant, choice.record.seed) == min(values, key=values.__getitem__)
    assert choice.reason == f"validation NLL {min(values.values()):.4f}, the lowest of 4 runs"


def test_of_a_named_run_that_one_is_taken(shipped_study):
    choice = choose(shipped_study / "fc" / "1")
    assert (choice.record.variant, choice.record.seed) == ("fc", 1)
    with pytest.raises(BundleError, match="knows no run fc/7"):
        choose(shipped_study / "fc" / "7")
    with pytest.raises(ResultsError, match="no study here"):
        choose(shipped_study / "nothing")


def test_a_study_validated_on_test_does_not_choose(tmp_path, tiny):
    study = make_study(tmp_path / "s", protocol=Protocol(validation="test"), seeds=1)
    with pytest.raises(BundleError, match="chosen on the pictures that judge it: name one"):
        export(study, tmp_path / "b", data=tiny)
    assert not (tmp_path / "b").exists()
    done = export(study / "cnn" / "0", tmp_path / "b", data=tiny)
    assert "numbers are optimistic" in (done.folder / names.CARD).read_text()


def test_what_a_bundle_holds(bundle, shipped_study):
    manifest = read_bundle(bundle).manifest
    assert sorted(str(p.relative_to(bundle)) for p in bundle.rglob("*") if p.is_file()) == sorted(
        [names.MANIFEST, *manifest.files]
    )
    run = shipped_study / "cnn" / "0"
    assert (bundle / names.KERAS_MODEL).read_bytes() == (run / "model.keras").read_bytes()
    assert (bundle / names.LABELS).read_text() == "band 0\nband 1\nband 2\n"
    assert manifest.parity.splits == {"test": 48, "validation": 20, "train": 76}
    assert (manifest.parity.pictures, manifest.parity.recorded) == (144, 68)
    assert manifest.parity.largest_difference <= 1e-5
    assert manifest.origin.recipe == RECIPE.to_dict()
    record = json.loads((run / "record.json").read_text())
    assert manifest.metrics == record["metrics"]


def test_triton_reads_the_folder(bundle):
    """By its own message type, which its client's package carries."""
    spec = importlib.util.find_spec("tritonclient")
    place = f"{spec.submodule_search_locations[0]}/grpc/model_config_pb2.py"
    spec = importlib.util.spec_from_file_location("model_config_pb2", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    config = text_format.Parse((bundle / names.TRITON).read_text(), module.ModelConfig())
    assert (config.platform, config.max_batch_size) == ("onnxruntime_onnx", 256)
    assert [(i.name, i.data_type, list(i.dims)) for i in config.input] == [
        ("images", module.TYPE_UINT8, [8, 8, 1])
    ]
    assert [(o.name, o.data_type, list(o.dims)) for o in config.output] == [
        ("probabilities", module.TYPE_FP32, [3])
    ]
    labels = (bundle / config.output[0].label_filename).read_text().splitlines()
    assert labels == ["band 0", "band 1", "band 2"]


def test_the_folder_is_laid_out_as_triton_asks(bundle):
    """Its documentation, "Model Repository" and "Model Configuration".

    Folders of versions are numbers without a leading zero, and hold `model.onnx`; others would be
    left out. The configuration may have no name, or the folder's. Where `max_batch_size` is not 0,
    the model's first size is open and the configuration leaves it out.
    """
    assert [path.name for path in bundle.iterdir() if path.is_dir()] == ["1"]
    assert [path.name for path in (bundle / "1").iterdir()] == ["model.onnx"]
    assert "name:" not in (bundle / names.TRITON).read_text().partition("input")[0]
    graph = onnx.load(bundle / "1" / "model.onnx").graph
    sizes = [
        [size.dim_value for size in value.type.tensor_type.shape.dim]
        for value in (graph.input[0], graph.output[0])
    ]
    assert sizes == [[0, 8, 8, 1], [0, 3]]


def test_the_card_says_what_it_is(bundle):
    front, page = (bundle / names.CARD).read_text().split("---\n", 2)[1:]
    assert "pipeline_tag: image-classification\n" in front
    assert 'datasets: ["tiny"]\n' in front
    assert "0, 1, 2" not in page
    assert "band 0, band 1, band 2" in page
    assert "144 pictures (48 test, 20 validation, 76 train; there are no more)" in page


def test_names_in_a_card_stay_names(tmp_path):
    from versus.export.card import _line, _text

    assert _line("<script>\n| [x](y)") == "&lt;script&gt; \\| \\[x\\](y)"
    assert _text('a"b\nc') == '"a\\"b c"'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("image folders in /home/me/my own/pets", "image folders in pets"),
        ("/home/me/nets.py:mine", "nets.py:mine"),
        ("nets.py:mine", "nets.py:mine"),
        ("digits: 1,797 handwritten digits in 10 classes", None),
    ],
)
def test_a_bundle_names_no_folder_of_the_machine_it_was_made_on(text, said):
    assert exporting._without_folders(text) == (said or text)


@pytest.mark.parametrize(("pictures", "said"), [(640, "; there are no more)"), (1000, "test) in")])
def test_a_card_says_where_fewer_than_1000_pictures_are_all_there_are(bundle, pictures, said):
    manifest = read_bundle(bundle).manifest
    proof = manifest.parity.model_copy(update={"pictures": pictures, "splits": {"test": pictures}})
    assert said in card(manifest.model_copy(update={"parity": proof}), [])


def test_what_is_there_is_not_overwritten(shipped_study, tmp_path, tiny):
    (tmp_path / "b").mkdir()
    with pytest.raises(BundleError, match="something already"):
        export(shipped_study, tmp_path / "b", data=tiny)


def test_other_data_are_refused(shipped_study, tmp_path):
    with pytest.raises(MismatchError, match="not the study's"):
        export(shipped_study, tmp_path / "b", data=make_tiny(n_train=90))


@pytest.mark.parametrize("name", ["my bundle", "a/b", "../x", "", ".hidden", "ä", "x" * 65, "a\n"])
def test_a_name_must_fit_an_address(name, shipped_study, tmp_path, tiny):
    with pytest.raises(BundleError, match="cannot name a served model"):
        export(shipped_study, tmp_path / "b", name=name, data=tiny)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("my bundle", "my-bundle"),
        ("Fotos für Jürg (2)", "Fotos-fur-Jurg-2"),
        (".net_1.5", "net_1.5"),
        ("x" * 80, "x" * 64),
        ("日本語", "model"),
        ("--", "model"),
    ],
)
def test_a_folder_of_any_name_gives_a_name_that_fits(folder, name, tmp_path):
    assert exporting._name(None, tmp_path / folder) == name
    assert re.fullmatch(names.NAME, name)


@given(st.text(min_size=1, max_size=90).filter(lambda text: text not in (".", "..")))
def test_whatever_a_folder_is_called_its_model_has_a_name(text):
    found = exporting._name(None, Path("/folder") / text.replace("/", " ").replace("\0", " "))
    assert re.fullmatch(names.NAME, found)


def test_a_run_that_did_not_finish_is_not_shipped(tmp_path, tiny):
    recipe = Recipe(optimizer="sgd", learning_rate=1e30, batch_size=16, epochs=1)
    run_study(Study("?", tiny, [Variant("v", "fc", recipe)], seeds=1), tmp_path / "s")
    with pytest.raises(BundleError, match="the run diverged"):
        export(tmp_path / "s" / "v" / "0", tmp_path / "b", data=tiny)
    with pytest.raises(BundleError, match="nothing to ship"):
        export(tmp_path / "s", tmp_path / "b", data=tiny)


def test_a_model_that_answers_otherwise_is_not_written(shipped_study, tmp_path, tiny, monkeypatch):
    honest = exporting.to_onnx

    def altered(model, **values):
        weights = model.get_weights()
        weights[0] = weights[0] + 1e-3
        model.set_weights(weights)
        return honest(model, **values)

    monkeypatch.setattr(exporting, "to_onnx", altered)
    with pytest.raises(BundleError, match=r"not answer as measured: test picture \d+, in batches"):
        export(shipped_study / "cnn" / "0", tmp_path / "b", data=tiny)
    assert list(tmp_path.iterdir()) == []


def test_a_sealed_test_set_stays_shut(tmp_path, tiny):
    study = make_study(tmp_path / "s", protocol=Protocol(test="sealed"), seeds=1)
    sealed = export(study / "cnn" / "0", tmp_path / "sealed", data=tiny).manifest
    assert sealed.parity.splits == {"validation": 20, "train": 76}
    assert sealed.hardest_split == "validation"
    open_test(study, tiny)
    opened = export(study / "cnn" / "0", tmp_path / "opened", data=tiny).manifest
    assert opened.parity.splits == {"test": 48, "validation": 20, "train": 76}
    assert opened.hardest_split == "test"


def test_the_hardest_are_those_with_the_least_probability_of_their_own_class(bundle, tiny):
    found = read_bundle(bundle)
    for hard, pixels in zip(found.manifest.hardest, found.hardest, strict=True):
        assert (tiny.test.images[hard.index] == pixels).all()
        assert tiny.test.labels[hard.index] == hard.label


class Fixed:
    """An answer that is the expected one but for what `change` does to it."""

    def __init__(self, rows, change):
        self.rows, self.change = rows, change

    def __call__(self, images):
        found = self.rows[images[:, 0, 0, 0]].copy()
        self.change(found, images[:, 0, 0, 0])
        return found


def prove(rows, change, monkeypatch, rounding=lambda: 0.0):
    images = np.zeros((len(rows), 1, 1, 1), np.uint8)
    images[:, 0, 0, 0] = np.arange(len(rows))
    indices = 100 + np.arange(len(rows))
    expected = Predictions(rows, np.zeros(len(rows), int), indices, ("a", "b"))
    monkeypatch.setattr(parity, "Session", lambda *args: Fixed(rows.astype(np.float32), change))
    compared = [Compared("test", images, expected, recorded=True)]
    return parity.prove(b"", compared, 1, rounding)


ROWS = np.array([[0.9, 0.1], [0.500002, 0.499998], [0.2, 0.8]])


def test_a_near_tie_may_come_out_the_other_way(monkeypatch):
    def swap(found, numbers):
        found[numbers == 1] = [0.499998, 0.500002]

    proof = prove(ROWS, swap, monkeypatch)
    assert proof.near_ties == 1
    assert proof.largest_difference == pytest.approx(4e-6, rel=0.05)


def test_the_place_of_a_difference_is_named(monkeypatch):
    def shift(found, numbers):
        found[numbers == 2] += [[1e-6, -2e-5]]

    with pytest.raises(BundleError, match=r"test picture 102, in batches of 256: class 'b' has"):
        prove(ROWS, shift, monkeypatch)


def test_no_number_is_no_answer(monkeypatch):
    def spoil(found, numbers):
        found[numbers == 0] = np.nan

    with pytest.raises(BundleError, match="test picture 100"):
        prove(ROWS, spoil, monkeypatch)


def test_a_difference_in_single_pictures_only_is_seen(monkeypatch):
    def shift(found, numbers):
        if len(numbers) == 1 and numbers[0] == 1:
            found += 1e-3

    with pytest.raises(BundleError, match="test picture 101, in batches of 1:"):
        prove(ROWS, shift, monkeypatch)


def shifted(by):
    def shift(found, numbers):
        found[numbers == 2] += [[by, -by]]

    return shift


def test_what_the_model_itself_rounds_is_measured_only_where_it_matters(monkeypatch):
    asked = []

    def rounding():
        asked.append(1)
        return 2e-5

    assert prove(ROWS, shifted(9e-6), monkeypatch, rounding).tolerance == 1e-5
    assert not asked
    proof = prove(ROWS, shifted(3.5e-5), monkeypatch, rounding)
    assert proof.tolerance == pytest.approx(4e-5)
    assert proof.largest_difference == pytest.approx(3.5e-5, rel=0.01)
    assert len(asked) == 1, "it takes seconds, and is the same for all batches"
    with pytest.raises(BundleError, match=r"at most 4e-05 apart is allowed"):
        prove(ROWS, shifted(4.5e-5), monkeypatch, rounding)


def test_no_rounding_excuses_more_than_a_ten_thousandth(monkeypatch):
    assert prove(ROWS, shifted(9e-5), monkeypatch, lambda: 1.0).tolerance == parity.WIDEST
    with pytest.raises(BundleError, match=r"at most 0\.0001 apart is allowed"):
        prove(ROWS, shifted(1.1e-4), monkeypatch, lambda: 1.0)


def test_the_measured_rounding_is_of_what_was_recorded(tiny):
    model = build("cnn-stride", tiny.input_shape, 3)
    images = tiny.test.images
    rows = outputs(model, images)
    moved = np.add(rows, [[3e-5, -3e-5, 0]], dtype=np.float64)
    of = {"near": rows, "moved": moved}
    found = {
        name: rounding(model, [compared_with(images, each)], from_logits=False)
        for name, each in of.items()
    }
    assert found["near"] < 2e-6
    assert found["moved"] == pytest.approx(3e-5, rel=0.1)


def test_the_rounding_of_a_net_that_ends_in_logits_is_that_of_its_probabilities(tiny):
    inputs = keras.Input(tiny.input_shape)
    model = keras.Model(inputs, keras.layers.Dense(3)(keras.layers.Flatten()(inputs)))
    logits = outputs(model, tiny.test.images).astype(np.float64)
    rows = np.exp(logits - logits.max(axis=1, keepdims=True))
    given = compared_with(tiny.test.images, rows / rows.sum(axis=1, keepdims=True))
    assert rounding(model, [given], from_logits=True) < 1e-4
    assert rounding(model, [given], from_logits=False) > 1


def compared_with(images, rows):
    names = ("a", "b", "c")
    count = len(images)
    expected = Predictions(rows, np.zeros(count, int), np.arange(count), names)
    return Compared("test", images, expected, recorded=True)


def record(name="digits", shape=(28, 28, 1)):
    return DataRecord(
        name=name, fingerprint="", classes=["a", "b"], shape=shape, counts={}, source=""
    )


def test_preparations():
    assert preparation_of(record("mnist")) == KNOWN["mnist"]
    assert preparation_of(record("mnist", (14, 14, 1))).box == 0
    assert preparation_of(record("own", (9, 8, 3))).shape == (9, 8, 3)
    read = Preparation(height=9, width=8, channels=3, invert="always", fit="crop")
    own = record("mnist", (9, 8, 3)).model_copy(update={"preparation": read})
    assert preparation_of(own) == read
    with pytest.raises(BundleError, match="4 channels"):
        preparation_of(record("own", (9, 8, 4)))
