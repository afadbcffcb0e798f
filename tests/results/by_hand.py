"""Runs made by hand, and a session of a store as a study makes it."""

from versus.results.contract import Store
from versus.results.record import RunConfig, RunRecord
from versus.results.study_record import DataRecord, StudyRecord

CONFIG = RunConfig(
    variant="fc",
    model="fc",
    builder_sha256="b" * 64,
    architecture_sha256="a" * 64,
    recipe={"epochs": 20},
    protocol={"threads": 1},
    data="tiny",
    data_fingerprint="sha256:0",
    seed=0,
    versions={"keras": "3.15.1"},
)
FILES = {"history.csv": b"epoch,loss\n1,0.5\n", "model.keras": bytes(range(256)) * 16}
STUDY = StudyRecord(
    name="pair",
    question="?",
    source="",
    endpoint="accuracy",
    margin=None,
    seeds=[0, 1],
    variants=[],
    data=DataRecord(
        name="tiny", fingerprint="0", classes=["a"], shape=(8, 8, 1), counts={}, source=""
    ),
    protocol={},
    protocol_text="",
    command="",
)


def record(status="finished", seed=0, variant="fc", **values) -> RunRecord:
    config = CONFIG.model_copy(update={"seed": seed, "variant": variant})
    cost = {"parameters": 3, "trainable": 3, "multiply_adds": 2}
    return RunRecord(status=status, config=config, **cost, **values)


def session(store: Store) -> None:
    """Everything that a study does with its store: one run is damaged, one failed, two are new."""
    store.check_writable()
    with store.locked():
        store.settle()
        if any(damage.seed == 8 for damage in store.survey().damaged):
            store.set_aside("fc", 8)
        store.write_study(STUDY)
        store.write_study_file("plan.json", {"runs": 3})
        for seed in (0, 7, 8):
            there = store.read("fc", seed)
            if there is None or there.status == "failed":
                store.write(record(seed=seed, metrics={"test": {"loss": seed + 0.1}}), FILES)
        store.write_study_file("verdicts.json", [])
