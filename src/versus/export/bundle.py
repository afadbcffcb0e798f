"""From a run to a bundle: chosen, exported, proved, then written at once or not at all."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from versus.backend import keras, threads
from versus.bundles import manifest as names
from versus.bundles.manifest import File, Manifest, Origin, Parity
from versus.bundles.onnx_check import check_onnx
from versus.data.dataset import Dataset
from versus.errors import BundleError
from versus.export.card import card
from versus.export.choice import Choice, choose
from versus.export.compared import FEWEST, Compared, pictures_to_compare
from versus.export.hardest import hardest
from versus.export.parity import prove
from versus.export.preparing import preparation_of
from versus.export.rounding import rounding
from versus.export.to_onnx import to_onnx
from versus.export.triton import label_lines, triton_config
from versus.filesystem.atomic import write_folder
from versus.results.contract import MODEL
from versus.results.environment import library_versions
from versus.results.seal import seal
from versus.studies.protocol import Protocol
from versus.studies.saved_model import load_data, load_saved_model
from versus.training.recipe import Recipe


class Exported(NamedTuple):
    """A bundle that was written."""

    folder: Path
    manifest: Manifest


def export(
    place: Path | str,
    out: Path | str,
    *,
    name: str | None = None,
    data: Dataset | str | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> Exported:
    """Write the bundle of a run, once its ONNX model is proved to answer as measured.

    Args:
        place: DIR/VARIANT/SEED of a run; or DIR, whose run with the lowest validation NLL is
            taken.
        out: the bundle's folder, which must not be there yet.
        name: of the model, as servers call it; made from the folder's where None.
        data: of the study, or a name or path, read as its record says; None for what that names.
        tell: is told in a line what is done.

    Raises:
        BundleError: there is no run to ship, it cannot become ONNX, or its ONNX model does not
            give what was measured; nothing is written then.
        MismatchError: the data are not those of the study.
        ModelError: the saved model cannot be loaded.
        ResultsError: the results cannot be read.
    """
    out = Path(out)
    name = _name(name, out)
    if out.exists():
        raise BundleError(f"{out}: there is something already: give another folder with --out")
    choice = choose(Path(place))
    tell(f"{choice.record.variant}, seed {choice.record.seed}: {choice.reason}")
    manifest, contents = _make(choice, load_data(choice.result.study, data), name, tell)
    try:
        write_folder(out, contents)
    except OSError as cause:
        raise BundleError(f"{out}: cannot be written: {cause.strerror or cause}") from cause
    return Exported(out, manifest)


def _make(
    choice: Choice, data: Dataset, name: str, tell: Callable[[str], None]
) -> tuple[Manifest, dict[str, bytes]]:
    """Return the manifest and all files of a bundle, proved."""
    result, record, _ = choice
    recipe, protocol = (
        Recipe.from_dict(record.config.recipe),
        Protocol.from_dict(result.study.protocol),
    )
    preparation = preparation_of(result.study.data)
    with threads(protocol.threads):
        model = load_saved_model(result.store, record)
        onnx = _onnx(model, recipe, data)
        compared = pictures_to_compare(result, record, data, model)
    parity = _proved(onnx, compared, model, recipe, protocol)
    every = " (all there are)" if parity.pictures < FEWEST else ""
    tell(
        f"proved on {parity.pictures:,} pictures{every}: the furthest probability is "
        f"{parity.largest_difference:.1e} from the one measured"
    )
    hard = hardest(compared)
    contents = {
        names.MODEL: onnx,
        names.KERAS_MODEL: result.store.read_file(record, MODEL),
        names.LABELS: label_lines(data.classes).encode(),
        names.TRITON: triton_config(preparation, len(data.classes)).encode(),
        names.HARDEST: hard.images.tobytes(),
    }
    manifest = Manifest(
        name=name,
        versus=library_versions()["versus-ml"],
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        classes=data.classes,
        preparation=preparation,
        origin=_origin(choice, data),
        metrics=record.metrics,
        parity=parity,
        hardest_split=hard.split,
        hardest=hard.pictures,
        files=_files(contents),
    )
    check_onnx(onnx, manifest, "the exported model")
    return _with_card(manifest, contents, result.caveats)


def _proved(
    onnx: bytes,
    compared: list[Compared],
    model: keras.Model,
    recipe: Recipe,
    protocol: Protocol,
) -> Parity:
    """Hold an ONNX model against what was measured."""

    def rounds() -> float:
        with threads(protocol.threads):
            return rounding(model, compared, from_logits=recipe.from_logits)

    return prove(onnx, compared, protocol.threads, rounds)


def _with_card(
    manifest: Manifest, contents: dict[str, bytes], caveats: list[str]
) -> tuple[Manifest, dict[str, bytes]]:
    """Add what is written about the rest: the card, and the sealed manifest."""
    page = card(manifest, caveats).encode()
    files = {**manifest.files, **_files({names.CARD: page})}
    manifest = manifest.model_copy(update={"files": files})
    return manifest, {**contents, names.CARD: page, names.MANIFEST: seal(manifest.to_dict())}


def _onnx(model: keras.Model, recipe: Recipe, data: Dataset) -> bytes:
    told = {"versus.classes": json.dumps(data.classes, ensure_ascii=False)}
    return to_onnx(model, from_logits=recipe.from_logits, metadata=told)


def _origin(choice: Choice, data: Dataset) -> Origin:
    record, study = choice.record, choice.result.study
    return Origin(
        study=study.name,
        variant=record.variant,
        seed=record.seed,
        model=_without_folders(record.config.model),
        chosen=choice.reason,
        data=data.name,
        data_fingerprint=data.fingerprint,
        data_source=_without_folders(data.source),
        recipe=record.config.recipe,
        protocol=record.config.protocol,
        versions=record.config.versions,
        started=record.started,
    )


def _without_folders(text: str) -> str:
    """Return text whose file's own name is left of its path: a bundle goes to other people."""
    said, among, path = text.rpartition(" in /")
    if among:
        return f"{said} in {Path(path).name}"
    return Path(text).name if text.startswith("/") else text


def _files(contents: dict[str, bytes]) -> dict[str, File]:
    return {
        name: File(bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
        for name, data in contents.items()
    }


def _name(name: str | None, out: Path) -> str:
    """Return the model's name: the one given, or the folder's with what no address takes left out.

    Raises:
        BundleError: the one given cannot be part of an address.
    """
    if name is None:
        plain = unicodedata.normalize("NFKD", out.resolve().name).encode("ascii", "ignore").decode()
        safe = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).lstrip("-._")[:64].rstrip("-._")
        return safe or "model"
    if re.fullmatch(names.NAME, name) is None:
        raise BundleError(
            f"'{name}' cannot name a served model: expected letters, digits, '.', '_' and '-', "
            "64 at most, the first a letter or digit: give another with --name"
        )
    return name
