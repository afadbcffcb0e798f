"""StudyWork: what makes a study's runs, in whatever process."""

import hashlib
from dataclasses import dataclass
from typing import Any

from versus.backend import threads
from versus.data.dataset import Dataset
from versus.errors import ResultsError
from versus.models.build import architecture_sha256, build
from versus.models.builder import Builder, find_builder
from versus.models.source import source_sha256
from versus.results.contract import Store
from versus.results.encoding import json_bytes
from versus.results.record import RunConfig, RunRecord
from versus.studies.plan import PlannedRun
from versus.studies.processes.executor import Tell
from versus.studies.run_files import Files
from versus.studies.trial import run_trial
from versus.studies.watching.reporting import Reporting
from versus.training.checkpoint import Checkpoint


@dataclass(frozen=True)
class Unwritten:
    """A run that was made where the store is not: its record and files, to be written."""

    record: RunRecord
    files: Files


@dataclass(frozen=True)
class StudyWork:
    """What the process of a run needs, and does.

    Attributes:
        store: where runs are written, if it is shared between processes.
        runs: those to be made, by the numbers of their tasks.
        data: the study's.
        save_every: seconds between two saves of a run under way.
    """

    store: Store
    runs: tuple[PlannedRun, ...]
    data: Dataset
    save_every: float = 30.0

    def __call__(self, number: int, tell: Tell) -> RunRecord | Unwritten | ResultsError:
        """Make a run, and write it where that can be done from here.

        Errors of the store are returned: where this run cannot be written, no other can.
        """
        run = self.runs[number]
        kept = checkpoint(self.store, run.config, self.save_every)
        with Reporting(self.store, run, number, tell) as said:
            try:
                made = run_trial(run, self.data, said.epoch_ended, kept, said.progressed)
                if not self.store.shared:
                    return Unwritten(*made)
                record = self.store.write(*made)
            except ResultsError as error:
                return error
        if kept is not None and record.status != "failed":
            kept.remove()
        return record

    def problem(self) -> str:
        """Return why this process, to which the work was sent, cannot do it; "" if it can.

        What is built here must be what was planned: of the same source, and the same network.
        """
        for run in {run.variant.name: run for run in self.runs}.values():
            builder, planned = run.builder, run.config
            if _source_here(builder) not in (None, builder.source_sha256):
                return f"the source of model '{builder.reference}' has changed since it was planned"
            shape, classes = self.data.input_shape, len(self.data.classes)
            with threads(1):
                model = build(builder, shape, classes, planned.seed)
            if architecture_sha256(model) != planned.architecture_sha256:
                return f"model '{builder.reference}' comes out as another network there"
        return ""


def checkpoint(store: Store, config: RunConfig, seconds: float = 30.0) -> Checkpoint | None:
    """Return where the state of a run under way is kept; None where nothing can be."""
    folder = store.checkpoint_folder(config.variant, config.seed)
    if folder is None:
        return None
    # A run of another configuration or code in the same place starts anew.
    of = hashlib.sha256(json_bytes(config.to_dict())).hexdigest()
    return Checkpoint(folder, seconds, of=of)


def _source_here(builder: Builder) -> str | None:
    """Return the hash of a builder's source as this process reads it; None if it cannot tell."""
    if builder.reference.endswith(".keras"):
        return find_builder(builder.reference).source_sha256
    function: Any = builder.function
    # A function of a notebook or a script came as it is, without its text.
    if getattr(function, "__module__", "__main__") == "__main__":
        return None
    return source_sha256(function)
