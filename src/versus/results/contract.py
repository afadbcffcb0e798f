"""Store: what every place for records does alike, over the few operations that differ."""

import contextlib
import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from versus.errors import ConfigurationError, DamagedError, ResultsError
from versus.results.encoding import json_bytes
from versus.results.record import RunRecord
from versus.results.seal import seal, unseal
from versus.results.study_record import StudyRecord

RECORD = "record.json"
STUDY = "study.json"
# What a training can go on from; no number that is reported is read from it.
MODEL = "model.keras"


@dataclass(frozen=True)
class Damage:
    """A run that cannot be trusted, and why; the reason names the file."""

    variant: str
    seed: int
    reason: str


@dataclass(frozen=True)
class Survey:
    """Every run of a study that can be read, and every one that cannot."""

    records: tuple[RunRecord, ...]
    damaged: tuple[Damage, ...]


class Store(ABC):
    """The runs of one study. Reading never changes anything.

    Attributes:
        root: DIR of the study, as messages name it.
    """

    root: Path

    def run_folder(self, variant: str, seed: int) -> Path:
        """Return the folder of a run."""
        return self.root / variant / str(seed)

    def read(self, variant: str, seed: int) -> RunRecord | None:
        """Return the record of a run, None if there is none.

        Raises:
            DamagedError: it is not what was written, or is another run's.
            NewerFormatError: a newer versus wrote it.
            ResultsError: it cannot be read.
        """
        place = self.run_folder(variant, seed) / RECORD
        data = self._read(f"{variant}/{seed}/{RECORD}")
        if data is None:
            if self._is_there(variant, seed):
                raise DamagedError(f"{place}: damaged: the run's folder is here, its record is not")
            return None
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

    def faults(self, record: RunRecord, *, models: bool = True) -> list[str]:
        """Return what is wrong with the files of a run, one sentence each; none if they are whole.

        Args:
            record: of the run.
            models: whether saved models are looked at too, which are large.
        """
        found = []
        for name in record.files:
            if models or name != MODEL:
                try:
                    self.read_file(record, name)
                except ResultsError as error:
                    found.append(str(error))
        return found

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

    def read_file(self, record: RunRecord, name: str) -> bytes:
        """Return a file of a run, held against its checksum.

        Raises:
            DamagedError: it is missing or was changed.
        """
        path = self.run_folder(record.variant, record.seed) / name
        data = self._read(f"{record.variant}/{record.seed}/{name}")
        if data is None:
            raise DamagedError(f"{path}: expected a file of the run; No such file")
        if hashlib.sha256(data).hexdigest() != record.files.get(name):
            raise DamagedError(f"{path}: its bytes are not those the run wrote (checksum differs)")
        return data

    def write_study(self, study: StudyRecord) -> None:
        """Write what the study is."""
        self.write_study_file(STUDY, seal(study.to_dict()))

    def read_study(self) -> StudyRecord | None:
        """Return what the study is, None where nothing says so.

        Raises:
            ResultsError: it is damaged, or a newer versus wrote it.
        """
        data, place = self._read(STUDY), self.root / STUDY
        if data is None:
            return None
        try:
            return StudyRecord.from_dict(unseal(data, str(place)))
        except (ConfigurationError, DamagedError) as cause:
            text = str(cause).removeprefix(f"{place}: damaged: ")
            raise DamagedError(
                f"{place}: damaged: {text}: put a copy of it back, or remove it and run the whole "
                "study again, which keeps its runs"
            ) from cause

    def write_study_file(self, name: str, content: Any) -> Path:
        """Write `content` (bytes, text, or anything JSON takes) as DIR/name; return that path."""
        data = content if isinstance(content, bytes) else None
        if data is None:
            data = content.encode() if isinstance(content, str) else json_bytes(content)
        self._write(name, data)
        return self.root / name

    def read_study_bytes(self, name: str) -> bytes | None:
        """Return the bytes of DIR/name, None if there is no such file."""
        return self._read(name)

    def read_study_file(self, name: str) -> Any:
        """Return DIR/name parsed as JSON, None if there is none."""
        data = self._read(name)
        try:
            return None if data is None else json.loads(data)
        except (ValueError, RecursionError) as cause:
            raise DamagedError(f"{self.root / name}: damaged: {cause}") from cause

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

    @abstractmethod
    def locked(self) -> contextlib.AbstractContextManager[None]:
        """Keep everyone else from running studies here, inside the block.

        Raises:
            ResultsError: someone does so already.
        """

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
    def _read(self, name: str) -> bytes | None:
        """Return the bytes of a file, by its name below `root`; None if there is none."""

    @abstractmethod
    def _write(self, name: str, data: bytes) -> None:
        """Write a file of the study, replacing it as a whole."""

    @abstractmethod
    def _write_run(
        self, variant: str, seed: int, contents: Mapping[str, bytes], *, replace: bool
    ) -> None:
        """Make a run appear as a whole."""
