"""From whatever `check` is given to a Subject."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from versus.data import catalogue
from versus.data.dataset import Dataset, Images
from versus.errors import ConfigurationError, ResultsError, VersusError
from versus.lint.collect.results import collect_records, collect_run
from versus.lint.collect.script import collect_script
from versus.lint.collect.study import collect_study
from versus.lint.subject import Activity, Pictures, Subject
from versus.models.saved import load_saved
from versus.results.contract import MODEL, RECORD, STUDY
from versus.results.record import RunRecord
from versus.studies.result import StudyResult, read_result
from versus.studies.study import Study

MOST_RUNS = 10
"""Of a variant, whose models are shown pictures: a tenth of a second each, more for large ones."""


def collect(what: Any, images: Images | None = None) -> Subject:
    """Return what can be known of `what`; see `versus.lint.check.check`.

    Raises:
        VersusError: it cannot be read.
    """
    if isinstance(what, Study):
        return collect_study(what)
    if isinstance(what, StudyResult):
        return _results(what)
    if isinstance(what, (str, Path)):
        return _path(Path(what), images)
    if hasattr(what, "layers") and hasattr(what, "predict"):
        from versus.lint.collect.model import collect_model  # brings Keras

        return collect_model(what, images)
    raise ConfigurationError(
        "check: expected a Study, a StudyResult, a Keras model, or the path of results, of a run, "
        f"of a .keras file or of a .py file; got {type(what).__name__}"
    )


def _path(path: Path, images: Images | None) -> Subject:
    if path.suffix == ".py":
        return collect_script(path)
    if path.suffix == ".keras":
        return _saved_model(path, images)
    if (path / RECORD).is_file():
        return _one_run(path)
    if (path / STUDY).is_file():
        return _results(read_result(path))
    raise ResultsError(
        f"{path}: expected a folder of results (with {STUDY}), of a run (with {RECORD}), a .keras "
        "file or a .py file; there is none"
    )


def _saved_model(path: Path, images: Images | None) -> Subject:
    from versus.backend import keras  # takes seconds
    from versus.lint.collect.model import collect_model

    try:
        model: Any = keras.saving.load_model(path)
    except Exception:  # a loss of one's own, without which it is read; or no model, which is said
        model = load_saved(path)
    return collect_model(model, images, name=path.name)


def _one_run(path: Path) -> Subject:
    result = read_result(path.resolve().parent.parent)
    variant, seed = path.resolve().parts[-2:]
    for record in result.records:
        if (record.variant, str(record.seed)) == (variant, seed):
            subject = replace(collect_run(result, record), name=str(path))
            return _with_activity(subject, result, [record], _data_of(result))
    raise ResultsError(f"{path}: no run that can be read: `versus runs verify` says why")


def _results(result: StudyResult) -> Subject:
    """Return what records say, and the pictures and trained models beside them."""
    subject = replace(collect_records(result), name=str(result.folder))
    data = _data_of(result)
    if data is None:
        name = result.study.data.name
        why = f"pictures and units: the data set '{name}' of this study is not on this machine"
        return replace(subject, unseen=(*subject.unseen, why))
    protocol = subject.design.protocol if subject.design else None
    subject = replace(subject, pictures=Pictures(data, protocol, min(result.study.seeds)))
    shown: list[RunRecord] = []
    for variant in result.study.variants:
        finished = result.finished(variant.name)
        shown += finished[:MOST_RUNS]
        if len(finished) > MOST_RUNS:
            why = f"units of {variant.name}: of the first {MOST_RUNS} runs of {len(finished)} only"
            subject = replace(subject, unseen=(*subject.unseen, why))
    return _with_activity(subject, result, shown, data)


def _data_of(result: StudyResult) -> Dataset | None:
    """Return the data set of a study, if it is on this machine and still the same."""
    try:
        recorded = result.study.data
        data = catalogue.load_recorded(recorded.name, recorded.reading, download=False)
    except VersusError:
        return None
    return data if data.fingerprint == result.study.data.fingerprint else None


def _with_activity(
    subject: Subject, result: StudyResult, records: list[RunRecord], data: Dataset | None
) -> Subject:
    """Show pictures to the saved models of some runs, to see which of their units answer."""
    saved = [record for record in records if result.store.keeps(record, MODEL)]
    lost = [f"{r.variant}/{r.seed}" for r in records if MODEL in r.files and r not in saved]
    if lost:
        why = f"units of {', '.join(lost)}: models were left out of this copy of the runs"
        subject = replace(subject, unseen=(*subject.unseen, why))
    if data is None or not saved:
        return subject
    from versus.lint.collect.model import activity  # brings Keras
    from versus.models.build import build

    found: list[Activity] = []
    for record in saved:
        path = result.store.run_folder(record.variant, record.seed) / MODEL
        try:
            model = build(str(path), data.input_shape, len(data.classes))
        except VersusError as error:
            subject = replace(subject, unseen=(*subject.unseen, f"units of {path}: {error}"))
            continue
        # Validation or train pictures: nothing here may look at the test set.
        shown = (data.validation or data.train).images
        found += activity(f"{record.variant}/{record.seed}", model, shown)
    return replace(subject, activity=tuple(found))
