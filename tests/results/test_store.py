"""One contract for every store: whole or absent, never overwritten, damage named and alone."""

import json

import pytest
from by_hand import CONFIG, FILES, STUDY, record, session

from versus.errors import DamagedError, NewerFormatError, ResultsError
from versus.results.memory import MemoryStore
from versus.results.seal import FORMAT
from versus.results.store import DirectoryStore


class InFolder(DirectoryStore):
    """With a way to damage it."""

    def put(self, name, data):
        path = self.root / name
        if data is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def all(self):
        files = [p for p in self.root.rglob("*") if p.is_file()]
        return {p.relative_to(self.root).as_posix(): p.read_bytes() for p in files}


class InMemory(MemoryStore):
    def put(self, name, data):
        if data is None:
            del self.files[name]
        else:
            self.files[name] = data

    def all(self):
        return dict(self.files)


@pytest.fixture(params=["folder", "memory"])
def store(request, tmp_path):
    return InFolder(tmp_path / "study") if request.param == "folder" else InMemory()


def test_what_is_written_is_read(store):
    written = store.write(record(metrics={"test": {"accuracy": 0.1 + 0.2}}), {"a.txt": b"hello"})
    assert store.read("fc", 0) == written
    assert store.read_file(written, "a.txt") == b"hello"
    assert [*store.records()] == [written]
    assert store.faults(written) == []
    assert sorted(store.all()) == ["fc/0/a.txt", "fc/0/record.json"]
    assert store.run_folder("fc", 0) == store.root / "fc" / "0"


def test_an_empty_store(store):
    assert store.read("fc", 0) is None
    assert store.survey().records == store.survey().damaged == ()
    assert store.read_study() is None
    assert store.read_study_file("plan.json") is None
    assert store.read_study_bytes("pictures.npz") is None
    assert store.set_asides() == store.leftovers() == []
    store.check_writable()
    assert store.all() == {}


def test_runs_are_listed_by_variant_and_seed(store):
    for variant, seed in (("b", 2), ("b", 10), ("a", 0), ("b", 1)):
        store.write(record(seed=seed, variant=variant), {})
    assert [(r.variant, r.seed) for r in store.records()] == [
        ("a", 0),
        ("b", 1),
        ("b", 2),
        ("b", 10),
    ]


def test_study_files(store):
    store.write_study(STUDY)
    assert store.read_study() == STUDY
    for content in ({"a": 1}, {"a": 2}):
        path = store.write_study_file("plan.json", content)
        assert path == store.root / "plan.json"
        assert store.read_study_file("plan.json") == content
    store.write_study_file("report.html", "<p>é")
    assert store.read_study_bytes("report.html") == "<p>é".encode()
    store.write_study_file("pictures.npz", b"\0")
    assert store.read_study_bytes("pictures.npz") == b"\0"


def test_a_finished_run_is_never_overwritten(store):
    store.write(record(), {"a.txt": b"first"})
    before = store.all()
    for status in ("finished", "failed"):
        with pytest.raises(ResultsError, match="never overwritten"):
            store.write(record(status), {"a.txt": b"second"})
    assert store.all() == before


def test_a_failed_run_is_replaced(store):
    store.write(record("failed", error="it broke"), {"log.txt": b"why"})
    store.write(record(), {"a.txt": b"good"})
    assert store.read("fc", 0).status == "finished"
    assert sorted(store.all()) == ["fc/0/a.txt", "fc/0/record.json"]


def test_a_file_that_was_changed_is_named(store):
    written = store.write(record(), FILES)
    store.put("fc/0/history.csv", b"epoch,loss\n1,0.4\n")
    with pytest.raises(DamagedError, match=r"fc/0/history\.csv: its bytes are not those"):
        store.read_file(written, "history.csv")
    store.put("fc/0/model.keras", None)
    with pytest.raises(DamagedError, match=r"fc/0/model\.keras: .*No such file"):
        store.read_file(written, "model.keras")
    assert len(store.faults(written)) == 2
    assert len(store.faults(written, models=False)) == 1


NO_RECORD = ["", "{", "[]", "1", '{"format": 1}', "\x00", "[" * 100_000, '{"format": "2"}']
NO_RECORD += ['{"format": true}', '{"format": 0}', "\ufeff{}"]


@pytest.mark.parametrize("damage", NO_RECORD, ids=lambda text: text[:20])
def test_a_damaged_record_is_named(store, damage):
    store.write(record(), {})
    store.put("fc/0/record.json", damage.encode())
    with pytest.raises(DamagedError, match=r"record\.json: damaged") as caught:
        store.read("fc", 0)
    assert "\n" not in str(caught.value)


def test_no_flipped_bit_or_cut_of_a_record_opens_as_another(store):
    """Every byte with one bit flipped, and every length: the same values, or an error."""
    written = store.write(record(metrics={"test": {"accuracy": 0.875}}), FILES)
    data, errors = store.all()["fc/0/record.json"], 0
    changed = [
        data[:k] + bytes([data[k] ^ (1 << bit)]) + data[k + 1 :]
        for k in range(len(data))
        for bit in (0, 4)
    ]
    for bad in [*changed, *(data[:k] for k in range(len(data)))]:
        store.put("fc/0/record.json", bad)
        try:
            assert store.read("fc", 0) == written
        except (DamagedError, NewerFormatError):
            errors += 1
    assert errors > 2 * len(data)


def test_a_record_of_another_run_is_damage(store):
    store.write(record(), {})
    store.put("fc/1/record.json", store.all()["fc/0/record.json"])
    with pytest.raises(DamagedError, match=r"fc/1/record\.json: damaged: it is the record of fc/0"):
        store.read("fc", 1)


def test_a_run_without_its_record_is_damage(store):
    store.write(record(), FILES)
    store.put("fc/0/record.json", None)
    with pytest.raises(DamagedError, match="the run's folder is here, its record is not"):
        store.read("fc", 0)
    with pytest.raises(DamagedError):
        store.write(record(), {})
    assert sorted(store.all()) == ["fc/0/history.csv", "fc/0/model.keras"]


def test_a_run_that_appears_while_it_is_looked_for_is_no_damage(store, monkeypatch):
    """Another process puts the folder there between the look for its record and that for it."""
    found, looked = store._read, []

    def read(name):
        data = found(name)
        looked.append(data)
        if len(looked) == 1:
            store.write(record(), {"a.txt": b"hello"})
        return data

    monkeypatch.setattr(store, "_read", read)
    there = store.read("fc", 0)
    assert looked[0] is None
    assert there is not None
    assert there.status == "finished"


def test_a_newer_format_is_refused_and_left(store):
    store.write(record(), {})
    content = json.loads(store.all()["fc/0/record.json"])
    store.put("fc/0/record.json", json.dumps({**content, "format": FORMAT + 1, "new": 1}).encode())
    before = store.all()
    with pytest.raises(NewerFormatError, match=f"newer versus in format {FORMAT + 1}; .* install"):
        store.read("fc", 0)
    with pytest.raises(NewerFormatError):
        store.write(record(), {})
    assert len(store.survey().damaged) == 1
    assert store.all() == before


def test_a_newer_or_damaged_study_is_refused(store):
    store.write_study(STUDY)
    content = json.loads(store.all()["study.json"])
    store.put("study.json", json.dumps({**content, "format": FORMAT + 1}).encode())
    with pytest.raises(NewerFormatError, match="newer versus"):
        store.read_study()
    store.put("study.json", json.dumps({**content, "margin": 0.5}).encode())
    with pytest.raises(DamagedError, match=r"study\.json: damaged: .*put a copy of it back"):
        store.read_study()


def test_each_damaged_file_hides_no_other_run(store):
    for seed in range(3):
        store.write(record(seed=seed), FILES)
    before = store.all()
    for name, data in before.items():
        store.put(name, data[: len(data) // 2])
        survey = store.survey(models=True)
        assert len(survey.records) == 2
        assert [f"fc/{d.seed}/" in name for d in survey.damaged] == [True]
        assert name in survey.damaged[0].reason
        store.put(name, data)
    assert len(store.survey(models=True).records) == 3
    assert store.all() == before


def test_what_is_set_aside_makes_room_and_is_kept_until_removed(store):
    for _ in range(2):
        store.write(record(), FILES)
        store.put("fc/0/record.json", b"{")
        assert store.set_aside("fc", 0) in store.set_asides()
    assert [p.relative_to(store.root).as_posix() for p in store.set_asides()] == [
        ".damaged/fc/0.1",
        ".damaged/fc/0.2",
    ]
    assert store.read("fc", 0) is None
    assert store.survey() == store.survey(files=False)
    store.write(record(), FILES)
    store.remove(store.set_asides())
    assert store.set_asides() == []
    assert sorted(store.all()) == [
        f"fc/0/{n}" for n in ("history.csv", "model.keras", "record.json")
    ]
    store.remove([store.run_folder("fc", 0)])
    assert store.all() == {}


def test_one_at_a_time(store):
    with store.locked():
        other = InFolder(store.root) if isinstance(store, InFolder) else store
        with pytest.raises(ResultsError, match="another versus has this study locked"):
            other.locked(wait=0).__enter__()
    with store.locked():
        pass


def test_a_whole_session_and_the_same_again(store):
    session(store)
    before = store.all()
    assert len(store.survey(models=True).records) == 3
    session(store)
    assert store.all() == before


def test_the_difference_between_two_configs_is_named():
    other = CONFIG.model_copy(
        update={"recipe": {"epochs": 5}, "builder_sha256": "c" * 64, "versions": {}}
    )
    assert CONFIG.differences(CONFIG) == []
    assert CONFIG.differences(other) == [
        "builder_sha256: bbbbbbbbbbbbbbbbbbbb..., now cccccccccccccccccccc...",
        "recipe.epochs: 20, now 5",
        "versions.keras: 3.15.1, now None",
    ]
