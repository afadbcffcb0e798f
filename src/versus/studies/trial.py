"""One run, from data to record: the only file that knows the whole way."""

import errno
import re
import tempfile
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np

from versus.backend import keras, threads
from versus.data.dataset import Dataset
from versus.errors import DivergedError, ResultsError, VersusError
from versus.evaluation.predict import Measured
from versus.models.build import build
from versus.results.encoding import json_bytes
from versus.results.record import Divergence, RunRecord
from versus.studies.budget import used
from versus.studies.measuring import measure_splits, split_metrics
from versus.studies.plan import PlannedRun
from versus.studies.protocol import Partition
from versus.studies.run_files import Files, circumstances, pack_predictions, saved
from versus.training.beat import Beat
from versus.training.checkpoint import Checkpoint
from versus.training.engines import choose_engine, train
from versus.training.estimators import settled
from versus.training.heartbeat import Heartbeat
from versus.training.history import History
from versus.training.latency import measure_latency
from versus.training.spending import Spending

EpochEnded = Callable[[int, Mapping[str, float]], None]
Progressed = Callable[[Beat], None]

# Keras writes some messages in bold.
COLOURS = re.compile(r"\x1b\[[0-9;]*m")

# No fault of the run: it would be that of every run after it, too.
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def run_trial(
    run: PlannedRun,
    data: Dataset,
    epoch_ended: EpochEnded,
    checkpoint: Checkpoint | None = None,
    progressed: Progressed | None = None,
) -> tuple[RunRecord, Files]:
    """Build, train, evaluate; return the record and the other files of the run.

    What goes wrong inside becomes a record of status "failed" or "diverged", never an exception.

    Args:
        run: what to do.
        data: the study's.
        epoch_ended: called with the epoch (from 0) and its values.
        checkpoint: where the training's state is kept, and taken up.
        progressed: called a few times a second while it trains.

    Raises:
        ResultsError: a disk is full.
    """
    started = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        with threads(run.protocol.threads):
            return _attempt(run, data, epoch_ended, started, checkpoint, progressed)
    except Exception as error:  # a failed run is a record, so that the study goes on
        if isinstance(error, OSError) and error.errno in DISK_FULL:
            place = error.filename or tempfile.gettempdir()
            raise ResultsError(
                f"{place}: {error.strerror or error}: free some space there"
            ) from error
        kind = "" if isinstance(error, VersusError) else f"{type(error).__name__}: "
        return failed_trial(run, f"{kind}{error}", started, traceback.format_exc())


def failed_trial(
    run: PlannedRun, reason: str, started: str = "", log: str = ""
) -> tuple[RunRecord, Files]:
    """Return the record of a run that failed, with the reason in one line."""
    error = " ".join(COLOURS.sub("", reason).split())[:500]
    return _record(run, "failed", started=started, error=error), {
        "config.json": json_bytes(run.config.to_dict()),
        "log.txt": (log or f"{reason}\n").encode(),
    }


def _attempt(
    run: PlannedRun,
    data: Dataset,
    epoch_ended: EpochEnded,
    started: str,
    checkpoint: Checkpoint | None,
    progressed: Progressed | None,
) -> tuple[RunRecord, Files]:
    recipe, seed = run.allowance.recipe, run.seed
    parts = run.protocol.split(data, seed)
    spending = run.allowance.spending()
    heartbeat = _heartbeat(run, parts, progressed, spending)
    files = circumstances(run, data, parts)
    model = build(run.builder, data.input_shape, len(data.classes), seed)
    log = _Log(epoch_ended)
    engine, why = choose_engine(model, run.protocol.engine, recipe)
    log.note(f"trained by Keras's own fit: {why}" if why else "")
    engine_text = f"keras: {why}" if why else engine
    try:
        history = train(
            model,
            recipe,
            parts.train,
            parts.validation,
            seed=seed,
            engine=engine,
            callbacks=[log, heartbeat, *([spending] if spending else [])],
            checkpoint=checkpoint,
        )
    except DivergedError as error:
        return _diverged(run, model, log, error, files, started=started, engine=engine_text)
    heartbeat.say("testing")
    model, costs = settled(model)
    log.note(f"trained in {history.seconds:.1f} s")
    found = measure_splits(model, recipe, data, parts, run.protocol)
    spent = used(run.cost, spending, recipe, epochs=len(history), pictures=len(parts.train))
    latency = measure_latency(model, parts.validation.images).to_dict()
    values = {"started": started, "engine": engine_text, "used": spent, "latency": latency}
    return _finished(run, model, history, found, files, log, **costs.to_dict(), **values)


def _finished(
    run: PlannedRun,
    model: keras.Model,
    history: History,
    found: Mapping[str, Measured],
    files: Files,
    log: "_Log",
    **values: Any,
) -> tuple[RunRecord, Files]:
    """Return the record of a run that was trained and measured, with its files."""
    metrics, content = split_metrics(found), saved(model)
    record = _record(
        run,
        "finished",
        epochs=len(history),
        seconds=history.seconds,
        model_bytes=len(content),
        metrics=metrics,
        **values,
    )
    return record, {
        **files,
        "history.csv": history.frame().to_csv().encode(),
        "metrics.json": json_bytes({**metrics, "epoch_seconds": history.epoch_seconds}),
        "predictions.npz": pack_predictions(found),
        "model.keras": content,
        "log.txt": log.text().encode(),
    }


def _diverged(
    run: PlannedRun,
    model: keras.Model,
    log: "_Log",
    error: DivergedError,
    files: Files,
    **values: Any,
) -> tuple[RunRecord, Files]:
    """Return the record of a run whose loss is no number any more, with what is left of it."""
    weights = error.step is not None and all(
        bool(np.isfinite(np.asarray(keras.ops.convert_to_numpy(weight), dtype=np.float64)).all())
        for weight in model.weights
    )
    # Of whole epochs; the callback of the training itself has kept them.
    history = History.from_keras(model.history, [], 0.0)
    record = _record(
        run,
        "diverged",
        epochs=error.epoch - 1,
        error=str(error),
        divergence=Divergence(
            loss=str(error.loss), epoch=error.epoch, step=error.step, weights=weights
        ),
        **values,
    )
    log.note(str(error))
    return record, {
        **files,
        **({"history.csv": history.frame().to_csv().encode()} if len(history) else {}),
        **({"model.keras": saved(model)} if weights else {}),
        "log.txt": log.text().encode(),
    }


def _heartbeat(
    run: PlannedRun, parts: Partition, progressed: Progressed | None, spending: Spending | None
) -> Heartbeat:
    """Return what tells of the training, once it has told that there will be one."""
    recipe = run.allowance.recipe

    def tell(beat: Beat) -> None:
        left = spending.seconds_left if spending else None
        if progressed is not None:
            # Where the clock ends the training, epochs do not say how long it takes.
            progressed(beat if left is None else beat.model_copy(update={"seconds_left": left}))

    heartbeat = Heartbeat(
        tell,
        epochs=run.epochs or 0,
        pictures=len(parts.train),
        batch_size=recipe.batch_size,
    )
    heartbeat.say("preparing")
    return heartbeat


class _Log(keras.callbacks.Callback):
    """Passes each epoch's values on, and keeps them as lines of text."""

    def __init__(self, epoch_ended: EpochEnded) -> None:
        super().__init__()
        self._epoch_ended = epoch_ended
        self._lines: list[str] = []

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        values = {key: float(value) for key, value in (logs or {}).items()}
        shown = "  ".join(f"{key} {value:.4f}" for key, value in values.items())
        self._lines.append(f"epoch {epoch + 1}  {shown}")
        self._epoch_ended(epoch, values)

    def state_dict(self) -> list[str]:
        """Return what a checkpoint keeps."""
        return self._lines

    def load_state_dict(self, state: list[str]) -> None:
        """Go on with what a checkpoint has kept."""
        self._lines = list(state)

    def note(self, line: str) -> None:
        """Keep a line of text, if there is any."""
        self._lines += [line] if line else []

    def text(self) -> str:
        """Return the lines so far."""
        return "\n".join(self._lines) + "\n"


def _record(run: PlannedRun, status: str, **values: Any) -> RunRecord:
    fields = {"status": status, "config": run.config, **run.cost.to_dict(), **values}
    return RunRecord.from_dict(fields)
