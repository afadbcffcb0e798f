"""The files of a study as a whole: what it is, its plan, its verdicts, its report."""

import json
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from versus.errors import ConfigurationError, DamagedError
from versus.results.encoding import json_bytes
from versus.results.seal import seal, unseal
from versus.results.study_record import StudyRecord

STUDY = "study.json"


class StudyFiles(ABC):
    """Reads and writes DIR/NAME, each as a whole.

    Attributes:
        root: DIR of the study, as messages name it.
    """

    root: Path

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

    @abstractmethod
    def _read(self, name: str) -> bytes | None:
        """Return the bytes of a file, by its name below `root`; None if there is none."""

    @abstractmethod
    def _write(self, name: str, data: bytes) -> None:
        """Write a file of the study, replacing it as a whole."""
