"""What a run says of itself while it goes on, from the process that trains it."""

from collections.abc import Mapping
from typing import Self

from versus.results.contract import Store
from versus.results.progress import ProgressFile
from versus.studies.plan import PlannedRun
from versus.studies.processes.executor import Tell
from versus.training.beat import Beat


class Reporting:
    """Tells whoever shows the study how a run goes, and keeps the run's progress file.

    A context manager: the file is there inside the block only.
    """

    def __init__(self, store: Store, run: PlannedRun, number: int, tell: Tell) -> None:
        """Nothing is told or written before the block.

        Args:
            store: of the study.
            run: the one that starts.
            number: its task.
            tell: of the executor.
        """
        folder = store.checkpoint_folder(run.variant.name, run.seed)
        self._file = folder and ProgressFile(folder, run.variant.name, run.seed)
        self._number, self._tell = number, tell

    def __enter__(self) -> Self:
        """Tell that the run starts."""
        self._tell("run_started", self._number)
        return self

    def __exit__(self, *error: object) -> None:
        """Take the file away."""
        if self._file is not None:
            self._file.remove()

    def epoch_ended(self, epoch: int, values: Mapping[str, float]) -> None:
        """Tell that an epoch (from 0) has ended, with its values."""
        self._tell("epoch_ended", self._number, epoch, dict(values))

    def progressed(self, beat: Beat) -> None:
        """Tell where the training is."""
        self._tell("progressed", self._number, beat)
        if self._file is not None:
            self._file.write(beat)


def clear_progress(store: Store, variant: str, seed: int) -> None:
    """Take away what a process that died has said of a run whose record is written."""
    folder = store.checkpoint_folder(variant, seed)
    if folder is not None:
        ProgressFile(folder, variant, seed).remove()
