"""Copies without models and predictions: whole, continued, and never taken for damage."""

import shutil
from pathlib import Path

import pytest
from bands import make_tiny
from by_hand import CONFIG, FILES, STUDY, record

from versus.backend import keras
from versus.cli.main import run_command
from versus.errors import DamagedError, LeftOutError, ResultsError
from versus.lint.check import check
from versus.reports.page import write_report
from versus.results.left_out import LEFT_OUT, left_out_bytes, read_left_out
from versus.results.memory import MemoryStore
from versus.results.numbers import copy_numbers
from versus.results.opening import (
    OPENINGS,
    TEST_PREDICTIONS,
    TEST_RECORD,
    read_opened,
    read_openings,
    write_opening,
)
from versus.results.store import DirectoryStore
from versus.results.study_record import VariantRecord
from versus.results.view import kept_predictions, read_history
from versus.studies.descriptions import LEFT_OUT as WHY
from versus.studies.observer import Observer
from versus.studies.opening import open_test
from versus.studies.protocol import Protocol
from versus.studies.result import read_result
from versus.studies.runner import run_study
from versus.studies.study import Study, Variant
from versus.training.recipe import Recipe

RECIPE = Recipe(learning_rate=0.01, batch_size=32, epochs=1)
LONGER = Recipe(learning_rate=0.01, batch_size=32, epochs=2)
KEPT = {"config.json", "environment.json", "data.json", "history.csv", "record.json", LEFT_OUT}


def line(input_shape, classes):
    head = keras.layers.Dense(classes, activation="softmax")
    scale = keras.layers.Rescaling(1 / 255)
    return keras.Sequential([keras.Input(input_shape), scale, keras.layers.Flatten(), head])


def make(seeds=2, **protocol) -> Study:
    variants = [Variant("a", line, RECIPE), Variant("b", line, LONGER)]
    return Study(
        "?", make_tiny(), variants, seeds=seeds, name="pair", protocol=Protocol(**protocol)
    )


class Watching(Observer):
    def __init__(self):
        self.made, self.aside = [], []

    def run_ended(self, record):
        self.made.append(f"{record.variant}/{record.seed}")

    def run_set_aside(self, damage, place):
        self.aside.append(place)


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def copied(source: Path, target: Path) -> tuple[int, int]:
    return copy_numbers(DirectoryStore(source), DirectoryStore(target))


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A finished study of two variants and two seeds; not to be changed."""
    folder = tmp_path_factory.mktemp("whole") / "study"
    run_study(make(), folder)
    return folder


@pytest.fixture(scope="module")
def opened(tmp_path_factory) -> Path:
    """The same with a sealed test set that was opened; not to be changed."""
    folder = tmp_path_factory.mktemp("opened") / "study"
    run_study(make(test="sealed"), folder)
    open_test(folder, make_tiny())
    return folder


@pytest.fixture
def copy(whole, tmp_path) -> Path:
    assert copied(whole, tmp_path / "copy") == (4, 0)
    return tmp_path / "copy"


def test_numbers_are_copied_byte_for_byte_and_nothing_else(whole, copy):
    before, after = files(whole), files(copy)
    assert {name.split("/")[-1] for name in after} == {*KEPT, "study.json"}
    assert len(after) == 4 * len(KEPT) + 1
    for name, data in after.items():
        assert name.endswith(LEFT_OUT) or data == before[name]
    store = DirectoryStore(copy)
    (first, *_) = store.records()
    left = {"metrics.json", "predictions.npz", "model.keras", "log.txt"}
    assert store.left_out(first) == left == first.files.keys() - KEPT


def test_a_copy_is_whole_and_says_the_same(whole, copy):
    one, other = read_result(whole), read_result(copy)
    assert other.damaged == ()
    assert DirectoryStore(copy).survey(models=True).damaged == ()
    assert other.records == one.records
    assert other.verdicts == one.verdicts
    assert other.histories("a")[0].equals(one.histories("a")[0])
    (beside,) = other.descriptions
    assert (beside.why_no_bootstrap, beside.models, beside.new_pictures) == (WHY, (), None)
    assert beside.nll == one.descriptions[0].nll


def test_what_is_left_out_is_told_apart_from_damage(copy):
    store = DirectoryStore(copy)
    run = store.read("a", 0)
    with pytest.raises(LeftOutError, match=r"a/0/model\.keras: left out of this copy") as caught:
        store.read_file(run, "model.keras")
    assert not isinstance(caught.value, DamagedError)
    assert kept_predictions(store, run, "test", ("x",)) is None
    assert store.faults(run) == []
    (copy / "a/0/history.csv").unlink()  # missing, and not listed
    with pytest.raises(DamagedError, match="No such file"):
        read_history(store, run)
    assert len(store.faults(run)) == 1
    path = copy / "a/1/config.json"
    path.write_bytes(path.read_bytes()[:-3])  # changed
    (fault,) = store.faults(store.read("a", 1))
    assert "its bytes are not those the run wrote" in fault
    # A file that was put back is held against its checksum, listed or not.
    (copy / "b/0/model.keras").write_bytes(b"another model")
    (fault,) = store.faults(store.read("b", 0))
    assert "b/0/model.keras: its bytes" in fault
    assert {(d.variant, d.seed) for d in store.survey(models=True).damaged} == {
        *(("a", 0), ("a", 1), ("b", 0)),
    }


@pytest.mark.parametrize("change", ["cut", "edited", "unsealed"])
def test_the_list_itself_can_be_damaged(copy, change):
    path = copy / "a/0" / LEFT_OUT
    text = path.read_text()
    texts = {
        "cut": text[:-9],
        "edited": text.replace("log.txt", "config.json"),
        "unsealed": '{"format": 1, "files": ["history.csv"]}',
    }
    path.write_text(texts[change])
    store = DirectoryStore(copy)
    (fault,) = store.faults(store.read("a", 0))
    assert fault.startswith(f"{path}: damaged: ")
    path.unlink()
    assert len(store.faults(store.read("a", 0))) == 4


def test_the_list_holds_names():
    assert read_left_out(left_out_bytes({"b", "a"}), "here") == {"a", "b"}
    assert read_left_out(None, "here") == frozenset()
    bad = left_out_bytes([]).replace(b"[]", b"[1]")
    with pytest.raises(DamagedError, match="here: damaged"):
        read_left_out(bad, "here")


def test_the_same_again_copies_nothing(whole, copy):
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in copy.rglob("*.*")}
    assert copied(whole, copy) == (0, 4)
    assert copied(copy, copy.parent / "copy of it") == (4, 0)
    after = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in copy.rglob("*.*")}
    assert after == before
    assert files(copy.parent / "copy of it") == files(copy)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_copy_is_continued_with_the_missing_runs_only(copy, jobs):
    before, watching = files(copy), Watching()
    result = run_study(make(3), copy, observer=watching, jobs=jobs)
    assert sorted(watching.made) == ["a/2", "b/2"]
    assert watching.aside == []
    after = files(copy)
    assert all(after[name] == data for name, data in before.items() if name.count("/") == 2)
    assert len(result.records) == 6
    assert result.verdicts[0].n == 3
    assert result.study.extended == [2]
    (beside,) = result.descriptions
    assert beside.why_no_bootstrap == WHY
    assert [pair.seed for pair in beside.models] == [2]
    assert (copy / "pictures.npz").is_file()  # of the new runs


def test_a_copy_that_lacks_nothing_keeps_no_pictures(copy):
    watching = Watching()
    run_study(make(), copy, observer=watching)
    assert watching.made == []
    assert not (copy / "pictures.npz").exists()


def test_reports_and_checks_of_a_copy(copy):
    result = read_result(copy)
    page = write_report(result).read_text()
    assert "Of 4 runs (a/0, a/1, b/0 and b/1) this folder keeps numbers only" in page
    assert check(result).frame() is not None
    run_study(make(3), copy)
    page = write_report(read_result(copy)).read_text()
    assert "Pictures that tell them apart" in page  # of seed 2
    assert "keeps numbers only" in page


def test_seeds_of_two_folders_become_one_study(copy, whole, tmp_path):
    run_study(make([4, 5]), tmp_path / "other")
    assert copied(tmp_path / "other", copy) == (4, 0)
    study = DirectoryStore(copy).read_study()
    assert (study.seeds, study.extended) == ([0, 1, 4, 5], [2])
    result = read_result(copy)
    assert len(result.records) == 8
    assert result.damaged == ()
    # More seeds in the study itself: its own study.json is taken, as it stands.
    grown = shutil.copytree(whole, tmp_path / "grown")
    run_study(make(3), grown)
    assert copied(grown, tmp_path / "second") == (6, 0)
    assert copied(whole, tmp_path / "second") == (0, 4)
    assert (tmp_path / "second/study.json").read_bytes() == (grown / "study.json").read_bytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "another"}, "name another, not pair"),
        ({"protocol": {"threads": 2}}, "protocol.threads 2, not 1"),
        ({"data": STUDY.data.model_copy(update={"fingerprint": "1"})}, "fingerprint 1, not 0"),
        ({"margin": 0.01}, r"margin 0\.01, not None"),
        ({"recipe": {"epochs": 3}}, "fc.epochs 3, not 20"),
    ],
)
def test_another_study_is_refused_and_nothing_written(change, message):
    def study(recipe, **values):
        variant = VariantRecord(name="fc", model="fc", recipe=recipe, recipe_text="")
        return STUDY.model_copy(
            update={"protocol": {"threads": 1}, "variants": [variant], **values}
        )

    source, target = MemoryStore("source"), MemoryStore("target")
    source.write_study(study({"epochs": 20}))
    source.write(record(), FILES)
    recipe = change.pop("recipe", {"epochs": 20})
    target.write_study(study(recipe, **change))
    before = dict(target.files)
    with pytest.raises(ResultsError, match=f"target holds another study than source: .*{message}"):
        copy_numbers(source, target)
    assert target.files == before


def test_another_run_in_its_place_is_named_and_nothing_written():
    source, target = MemoryStore("source"), MemoryStore("target")
    for store, started in ((source, "now"), (target, "then")):
        store.write_study(STUDY)
        store.write(record(seed=1, started=started), FILES)
    source.write(record(seed=0), FILES)
    before = dict(target.files)
    with pytest.raises(ResultsError, match="target/fc/1: holds another run than source/fc/1"):
        copy_numbers(source, target)
    assert target.files == before
    for key in [key for key in target.files if key.startswith("fc/1")]:
        del target.files[key]
    config = CONFIG.model_copy(update={"architecture_sha256": "c" * 64})
    target.write(record(seed=2).model_copy(update={"config": config}), FILES)
    with pytest.raises(ResultsError, match="target/fc/0: is a run of another model than the fc"):
        copy_numbers(source, target)


def test_failed_runs_are_not_copied_and_give_way():
    source, target = MemoryStore("source"), MemoryStore("target")
    for store in (source, target):
        store.write_study(STUDY)
        store.write(record("failed", seed=3, error="it broke"), {})
    source.write(record(seed=0), FILES)
    source.write(record("diverged", seed=1, error="nan"), {"log.txt": b"why"})
    target.write(record("failed", seed=0, error="it broke"), {"log.txt": b"why"})
    assert copy_numbers(source, target) == (2, 0)
    found = {r.seed: r.status for r in target.records()}
    assert found == {0: "finished", 1: "diverged", 3: "failed"}
    assert target.left_out(target.read("fc", 1)) == {"log.txt"}
    assert sorted(n for n in target.files if n.startswith("fc/0/")) == [
        *("fc/0/history.csv", "fc/0/left-out.json", "fc/0/record.json"),
    ]


def test_what_is_damaged_is_not_copied(whole, tmp_path):
    source = shutil.copytree(whole, tmp_path / "source")
    (source / "a/0/history.csv").write_bytes(b"")
    assert copied(source, tmp_path / "copy") == (3, 0)
    assert not (tmp_path / "copy/a/0").exists()


def test_nobody_may_run_the_study_meanwhile(whole, tmp_path):
    with pytest.raises(ResultsError, match="no study here"):
        copied(tmp_path / "nothing", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    copied(whole, tmp_path / "copy")
    store = DirectoryStore(tmp_path / "copy")
    with store.at_work(), pytest.raises(ResultsError, match="another versus runs this study"):
        copied(whole, tmp_path / "copy")


def test_an_opened_test_set_stays_opened(opened, tmp_path):
    copy = tmp_path / "copy"
    assert copied(opened, copy) == (4, 0)
    one, other = read_result(opened), read_result(copy)
    assert other.judged_on == "test"
    assert (other.records, other.openings) == (one.records, one.openings)
    assert other.damaged == ()
    assert other.verdicts == one.verdicts
    assert other.descriptions[0].why_no_bootstrap == WHY
    store, run = DirectoryStore(copy), DirectoryStore(copy).read("a", 0)
    assert TEST_PREDICTIONS in store.left_out(run)
    (copy / "a/0" / LEFT_OUT).write_bytes(left_out_bytes(store.left_out(run) - {TEST_PREDICTIONS}))
    with pytest.raises(DamagedError, match="the test predictions are missing"):
        read_opened(store, run)


def test_a_test_set_opened_after_the_copy_is_added_to_it(opened, tmp_path):
    source, copy = shutil.copytree(opened, tmp_path / "source"), tmp_path / "copy"
    for name in [OPENINGS, *(f"{run}/test" for run in ("a/0", "a/1", "b/0", "b/1"))]:
        path = source / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert copied(source, copy) == (4, 0)
    assert read_result(copy).judged_on == "validation"
    assert copied(opened, copy) == (0, 4)
    assert read_result(copy).records == read_result(opened).records
    assert (copy / "b/1" / TEST_RECORD).is_file()
    assert copied(source, copy) == (0, 4)  # an older state takes nothing away
    assert read_result(copy).judged_on == "test"
    other = DirectoryStore(shutil.copytree(opened, tmp_path / "other"))
    (told,) = read_openings(other)
    write_opening(other, told.model_copy(update={"started": "2020-01-01T00:00:00+00:00"}))
    with pytest.raises(ResultsError, match=r"tells of an opening of .* of one of 2020-01-01"):
        copy_numbers(other, DirectoryStore(copy))


@pytest.mark.parametrize(
    "command",
    [
        ["report", "copy/a/0"],
        ["explain", "copy/a/0"],
        ["pictures", "copy/a/0"],
        ["export", "copy", "--out", "bundle"],
        ["export", "copy/a/0", "--out", "bundle"],
        ["open-test", "copy"],
    ],
    ids=" ".join,
)
def test_what_needs_a_model_is_refused_in_a_line(command, opened, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "versus.studies.saved_model.catalogue.load_recorded", lambda *_: make_tiny()
    )
    copied(opened, Path("copy"))
    if command[0] == "open-test":
        shutil.rmtree("copy/a/0/test")
    assert run_command(command) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("versus:")]
    assert "left out of this copy of the run, which keeps numbers only" in line
    assert not Path("bundle").exists()


def test_a_study_is_not_compared_again(opened, capsys):
    assert run_command(["compare", str(opened)]) == 2
    assert "found is told by `versus report DIR --text`" in capsys.readouterr().err


def test_every_other_command_reads_a_copy(whole, copy, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for command in (
        ["report", "copy"],
        ["report", "copy", "--text"],
        ["report", "copy", "--markdown"],
        ["report", "copy", "--json"],
        ["figures", "copy", "--out", "figures"],
        ["status", "copy"],
        ["check", "copy"],
        ["runs", "list", "copy"],
    ):
        assert run_command(command) == 0, capsys.readouterr().err
    assert "Traceback" not in capsys.readouterr().err
