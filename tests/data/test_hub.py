"""`hub:NAME`, against a stand-in for the Hub: fetched, kept, and taken again without network."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from local_hub import local_hub
from own_pictures import CLASSES, PER_CLASS, pixels, png

from versus.data import catalogue
from versus.errors import DataUnavailableError

datasets = pytest.importorskip("datasets")

PROGRAM = """
import json, sys
import versus

told = {}
for name in sys.argv[1:]:
    try:
        data = versus.load(name)
    except versus.VersusError as error:
        told[name] = str(error)
    else:
        told[name] = {
            "name": data.name,
            "classes": data.classes,
            "counts": {split: len(part) for split, part in data.splits.items()},
            "fingerprint": data.fingerprint,
            "path": data.reading.path,
        }
json.dump(told, sys.stdout)
"""


def table(place: Path, number: int) -> bytes:
    """A Parquet file as `datasets` itself writes one, pictures embedded."""
    pictures = [
        {"bytes": png(pixels(label, n + number)), "path": None}
        for label in range(3)
        for n in range(PER_CLASS)
    ]
    labels = [label for label in range(3) for _ in range(PER_CLASS)]
    kinds = datasets.Features(
        {"image": datasets.Image(), "label": datasets.ClassLabel(names=list(CLASSES))}
    )
    written = datasets.Dataset.from_dict({"image": pictures, "label": labels}, features=kinds)
    written.to_parquet(place / "table.parquet")
    return (place / "table.parquet").read_bytes()


def loaded(address: str, place: Path, *names: str) -> tuple[dict, str]:
    """What a process of its own makes of data sets, and what it wrote on stderr."""
    told = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *names],
        env={**told, "HF_ENDPOINT": address, "HF_HOME": str(place / "kept"),
             "VERSUS_CACHE": str(place / "cache"), "NO_PROXY": "127.0.0.1"},
        cwd=place,
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    return json.loads(done.stdout), done.stderr


def test_sets_are_fetched_kept_and_taken_again_without_network(tmp_path):
    as_files = {
        f"data/{split}/{name}/{number}.png": png(pixels(label, number + 40 * place))
        for place, split in enumerate(("train", "test"))
        for label, name in enumerate(CLASSES)
        for number in range(PER_CLASS)
    }
    as_tables = {
        f"data/{split}-00000-of-00001.parquet": table(tmp_path, 40 * place)
        for place, split in enumerate(("train", "test"))
    }
    held = {"someone/tables": as_tables, "someone/files": {"README.md": b"hi", **as_files}}
    (tmp_path / "here").mkdir()
    with local_hub(held) as (address, asked):
        names = ("someone/tables", "someone/files", "someone/nothing", "../x", "here")
        first, said = loaded(address, tmp_path, *(f"hub:{name}" for name in names))
        assert any("parquet" in line for line in asked)
    assert said == ""
    for name in ("tables", "files"):
        found = first[f"hub:someone/{name}"]
        assert found["name"] == name
        assert found["path"] == f"hub:someone/{name}"
        assert found["classes"] == list(CLASSES)
        assert found["counts"] == {"train": 18, "validation": 6, "test": 24}
    # The same pictures under the same labels, however they are kept there.
    assert first["hub:someone/tables"]["fingerprint"] == first["hub:someone/files"]["fingerprint"]
    assert "the Hub has none of this name" in first["hub:someone/nothing"]
    assert "expected the name of a data set" in first["hub:../x"]
    assert "also a path here" in first["hub:here"]

    again, said = loaded(
        address, tmp_path, "hub:someone/tables", "hub:someone/files", "hub:someone/other"
    )
    assert said == ""
    assert {name: again[name] for name in ("hub:someone/tables", "hub:someone/files")} == {
        name: first[name] for name in ("hub:someone/tables", "hub:someone/files")
    }
    assert "the Hub cannot be asked" in again["hub:someone/other"]
    assert "connect to the internet" in again["hub:someone/other"]


def test_nothing_is_asked_where_that_is_forbidden(tmp_path, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", False)
    for download, forbidden, reason in (
        (True, True, "HF_HUB_OFFLINE is"),
        (False, False, "not to"),
    ):
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", forbidden)
        monkeypatch.setattr(socket, "socket", None)  # who asks anyone fails in another way
        with pytest.raises(DataUnavailableError, match=reason):
            catalogue.load("hub:someone/tables", download=download)
        assert datasets.config.HF_HUB_OFFLINE is False
