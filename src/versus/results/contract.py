"""Store: what every place for records does alike, over the few operations that differ."""

import contextlib
import hashlib
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from versus.errors import ConfigurationError, DamagedError, ResultsError
from versus.filesystem.locks import Lock
from versus.results.checked_files import MODEL, CheckedFiles
from versus.results.record import RunRecord
from versus.results.seal import seal, unseal
from versus.results.study_files import STUDY
from versus.results.survey import Damage, Survey

__all__ = ["MODEL", "RECORD", "STUDY", "Damage", "Store", "Survey"]

RECORD = "record.json"


class Store(CheckedFiles):
    """The runs of one study. Reading never changes anything.

    Attributes:
        root: DIR of the study, as messages name it.
    """

    def read(self, variant: str, seed: int) -> RunRecord | None:
        """Return the record of a run, None if there is none.

        Raises:
            DamagedError: it is not what was written, or is another run's.
            NewerFormatError: a newer versus wrote it.
            ResultsError: it cannot be read.
        """
        place = self.run_folder(variant, seed) / RECORD
        name = f"{variant}/{seed}/{RECORD}"
        data = self._read(name)
        if data is None:
            if not self._is_there(variant, seed):
                return None
            data = self._read(name)  # another process may have put the whole folder there just now
        if data is None:
            raise DamagedError(f"{place}: damaged: the run's folder is here, its record is not")
        content = unseal(data, str(place))
        try:
            record = RunRecord.from_dict(content)
        except ConfigurationError as cause:
            raise DamagedError(f"{place}: damaged: {cause}") from cause
        if (record.variant, record.seed) != (variant, seed):
            raise DamagedError(
                f"{place}: damaged: it is the record of {record.variant}/{record.seed}: a run's "
                "folder cannot be renamed"
            )
        return record

    def records(self) -> Iterator[RunRecord]:
        """Yield the record of every run that can be read, by variant and seed."""
        yield from self.survey(files=False).records

    def survey(self, *, files: bool = True, models: bool = False) -> Survey:
        """Return every run, by variant and seed; one that is damaged hides no other.

        Args:
            files: whether the checksums of a run's files are held against them too.
            models: whether those of saved models are, which are large.
        """
        records: list[RunRecord] = []
        damaged: list[Damage] = []
        for variant, seed in sorted(self._runs()):
            try:
                record = self.read(variant, seed)
            except ResultsError as error:
                damaged.append(Damage(variant, seed, str(error)))
                continue
            faults = self.faults(record, models=models) if record and files else []
            damaged += [Damage(variant, seed, fault) for fault in faults]
            records += [record] if record and not faults else []
        return Survey(tuple(records), tuple(damaged))

    def write(self, record: RunRecord, files: Mapping[str, bytes]) -> RunRecord:
        """Write a run at once, and return its record with the checksums of `files`.

        A failed run in the same place is replaced.

        Raises:
            ResultsError: it cannot be written, or there is a finished run or a damaged one already.
        """
        checksums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        record = record.model_copy(update={"files": checksums})
        there = self.read(record.variant, record.seed)
        if there is not None and there.status == "finished":
            folder = self.run_folder(record.variant, record.seed)
            raise ResultsError(f"{folder}: holds a finished run, which is never overwritten")
        contents = {**files, RECORD: seal(record.to_dict())}
        self._write_run(record.variant, record.seed, contents, replace=there is not None)
        return record

    def write_copy(self, record: RunRecord, contents: Mapping[str, bytes]) -> None:
        """Write a run of another store at once, byte for byte; a failed one here is replaced.

        Args:
            record: of the run.
            contents: bytes of each file, by name; those of its record too.

        Raises:
            ResultsError: it cannot be written, or there is a run that ended, or a damaged one.
        """
        there = self.read(record.variant, record.seed)
        if there is not None and there.status != "failed":
            folder = self.run_folder(record.variant, record.seed)
            raise ResultsError(f"{folder}: holds a {there.status} run, which is never overwritten")
        self._write_run(record.variant, record.seed, contents, replace=there is not None)

    def checkpoint_folder(self, variant: str, seed: int) -> Path | None:
        """Return where a run under way keeps its state; None where nothing can be kept."""
        return None

    @abstractmethod
    def set_aside(self, variant: str, seed: int) -> Path:
        """Move a damaged run out of the way, changing nothing in it; return where it is now."""

    @abstractmethod
    def set_asides(self) -> list[Path]:
        """Return where every run that was set aside is."""

    @abstractmethod
    def remove(self, places: Iterable[Path]) -> None:
        """Remove runs that failed, leftovers or what was set aside."""

    @abstractmethod
    def leftovers(self) -> list[Path]:
        """Return what processes that were killed have left half-written."""

    @abstractmethod
    def settle(self) -> None:
        """Make what killed processes left behind lasting, or remove it; asks for the lock."""

    def checkpoints(self) -> list[tuple[str, int, Path]]:
        """Return variant, seed and folder of every state that is kept."""
        return []

    @property
    @abstractmethod
    def shared(self) -> bool:
        """Whether another process can open this store too, by a pickled copy of it."""

    @abstractmethod
    def locked(self, wait: float = 60.0) -> contextlib.AbstractContextManager[None]:
        """Keep everyone else from planning or concluding here, inside the block.

        Args:
            wait: at most so many seconds for somebody who does.

        Raises:
            ResultsError: somebody still does; the message says who.
        """

    @abstractmethod
    def at_work(self) -> contextlib.AbstractContextManager[bool]:
        """Be known as one that runs this study inside the block; yields whether others do.

        It is entered under the lock.
        """

    @abstractmethod
    def claim(self, variant: str, seed: int) -> Lock | None:
        """Return the lock on a run, which only its holder makes; None if another has it.

        It ends with the process, however that ends, and with those it was handed to.
        """

    @abstractmethod
    def claimed_by(self, variant: str, seed: int) -> str | None:
        """Return who makes a run just now, in words; None if nobody does."""

    @abstractmethod
    def check_writable(self) -> None:
        """Raise ResultsError unless something can be written here; leave nothing."""

    @abstractmethod
    def _runs(self) -> set[tuple[str, int]]:
        """Return variant and seed of every run that is here, whole or damaged."""

    @abstractmethod
    def _is_there(self, variant: str, seed: int) -> bool:
        """Say whether a run is here, whole or damaged."""

    @abstractmethod
    def _write_run(
        self, variant: str, seed: int, contents: Mapping[str, bytes], *, replace: bool
    ) -> None:
        """Make a run appear as a whole."""
