"""The power goes at any moment: what was reported as finished is there, nothing is half there."""

import random
import shutil

import pytest
from disks import Logging
from power import Log, Machine, lay_out

from versus.backend import keras
from versus.filesystem import leftovers
from versus.filesystem.operations import Disk
from versus.results.store import DirectoryStore
from versus.studies.observer import Observer
from versus.studies.runner import run_study
from versus.studies.study import Study, Variant
from versus.training.recipe import Recipe


def line(input_shape, classes):
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Rescaling(1 / 255),
            keras.layers.AveragePooling2D(4),
            keras.layers.Flatten(),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )


class Telling(Observer):
    """Puts into the log at which point a run was reported."""

    def __init__(self, log: Log) -> None:
        self.log = log

    def run_ended(self, record):
        self.log.append(("told", record))


class Unsynced(Disk):
    """Syncs take long, and the folders of these tests need not outlive the power."""

    def sync(self, descriptor):
        pass


@pytest.fixture(scope="module")
def logged(tmp_path_factory):
    """A real study on real digits: the log of its operations, and its folder."""
    base, disk = tmp_path_factory.mktemp("real"), Logging()
    recipes = [Recipe(learning_rate=0.01, batch_size=256, epochs=epochs) for epochs in (1, 2)]
    variants = [Variant(f"line-{r.epochs}", line, r) for r in recipes]
    study = Study("Do two epochs help?", "digits", variants, seeds=2, name="power")
    # The second command writes over the files of the first.
    for seeds in (1, 2):
        store = DirectoryStore(base / "deep" / "study", disk)
        result = run_study(study.with_changes(seeds=seeds), store, observer=Telling(disk.log))
    assert [record.status for record in result.records] == ["finished"] * 4
    return disk.log, base


def crashes(log: Log, base, kinds=("least", "names", "any", "any", "any")):
    """Every state that differs from those before it: what was told by then, and what is left."""
    rng, machine, told, seen = random.Random(0), Machine(base), [], set()
    for name, arguments in [*log, ("end", ())]:
        for kind in kinds:
            tree = machine.crash(kind, rng)
            state = (len(told), hash(frozenset(tree.items())))
            if state not in seen:
                seen.add(state)
                yield list(told), tree
        if name == "told":
            told.append(arguments)
        elif name != "end":
            machine.replay(name, arguments)


def faults(told, tree, folder, final) -> list[str]:
    """What is wrong with a state: a run that was told and is lost, or anything half there."""
    store = DirectoryStore(lay_out(tree, folder) / "deep" / "study", Unsynced())
    survey = store.survey(models=True)
    there = {(r.variant, r.seed): r for r in survey.records}
    found = [f"damaged: {damage.reason}" for damage in survey.damaged]
    found += [f"lost: {r.variant}/{r.seed}" for r in told if (r.variant, r.seed) not in there]
    found += [f"wrong: {key}" for key, record in there.items() if record != final[key]]
    study = store.read_study()
    if there and study is None:
        found.append("lost: what the study is")
    for name in ("plan.json", "verdicts.json"):
        store.read_study_file(name)
    return found


def records_of(base):
    store = DirectoryStore(base / "deep" / "study")
    return {(r.variant, r.seed): r for r in store.records()}


def test_nothing_that_was_reported_is_lost_and_nothing_is_half_there(logged, tmp_path, monkeypatch):
    log, base = logged
    final, original = records_of(base), DirectoryStore(base / "deep" / "study")
    monkeypatch.setattr(leftovers, "_boot", lambda: "0ff0ff00")  # the machine has started anew
    states, unfinished = 0, 0
    for told, tree in crashes(log, base):
        folder = tmp_path / "disk"
        assert faults(told, tree, folder, final) == []
        # The same command again goes on from there.
        store = DirectoryStore(folder / "deep" / "study", Unsynced())
        with store.locked():
            unfinished += bool(store.leftovers())
            store.settle()
            for key, record in final.items():
                if store.read(*key) is None:
                    store.write(record, {f: original.read_file(record, f) for f in record.files})
        assert {(r.variant, r.seed): r for r in store.survey(models=True).records} == final
        assert not [p for p in folder.rglob("*") if p.name.endswith((".tmp", ".old"))]
        shutil.rmtree(folder)
        states += 1
    assert states > 200
    assert unfinished > 50, "leftovers must have been there to be removed"


def without(log: Log, base, folders: bool) -> Log:
    """The log, with the syncs of folders, or else of files, left out."""
    paths, kept = {}, []
    for name, arguments in log:
        if name in ("create", "open_existing"):
            paths[arguments[1]] = name == "open_existing"
        if not (name == "sync" and paths[arguments[0]] is folders):
            kept.append((name, arguments))
    assert len(kept) < len(log)
    return kept


@pytest.mark.parametrize("folders", [True, False])
def test_the_check_finds_what_is_not_synced(logged, tmp_path, folders):
    """The same log without its syncs must fail, else the test above could not."""
    log, base = logged
    final, found = records_of(base), []
    for number, (told, tree) in enumerate(crashes(without(log, base, folders), base)):
        try:
            found += faults(told, tree, tmp_path / str(number), final)
        except Exception as error:
            found.append(str(error))
        if len(found) > 3:
            break
    kinds = {text.split(":")[0] for text in found}
    assert "lost" in kinds if folders else found
