"""A tiny study and a bundle of it, made once, for every test that reads bundles."""

import contextlib
import hashlib
import json
import shutil
from pathlib import Path

from bands import make_tiny

from versus.bundles.manifest import MANIFEST
from versus.export.bundle import export
from versus.results.seal import seal
from versus.studies.runner import run_study
from versus.studies.study import Study, Variant
from versus.training.recipe import Recipe

RECIPE = Recipe(learning_rate=0.01, batch_size=16, epochs=2)


def make_study(folder: Path, **changes) -> Path:
    """Run two small nets with two seeds on the tiny set; return DIR."""
    values = {"seeds": 2, "name": "bands", **changes}
    variants = [Variant("cnn", "cnn-stride", RECIPE), Variant("fc", "fc", RECIPE)]
    with contextlib.redirect_stdout(None):
        run_study(Study("Which?", make_tiny(), variants, **values), folder)
    return folder


def make_bundle(study: Path, folder: Path, variant: str = "cnn") -> Path:
    """Ship seed 0 of a variant."""
    return export(study / variant / "0", folder, data=make_tiny()).folder


def copy_bundle(bundle: Path, target: Path) -> Path:
    return Path(shutil.copytree(bundle, target))


def change_manifest(bundle: Path, change) -> None:
    """Let `change` alter what a bundle says of itself, and seal it as if it had been written so."""
    path = bundle / MANIFEST
    content = json.loads(path.read_text())
    del content["sha256"]
    change(content)
    path.write_bytes(seal(content))


def reseal(bundle: Path) -> None:
    """Let a bundle tell of its files as they are now: what someone does who means harm."""

    def tell(content):
        for name, told in content["files"].items():
            data = (bundle / name).read_bytes()
            told.update(bytes=len(data), sha256=hashlib.sha256(data).hexdigest())

    change_manifest(bundle, tell)
