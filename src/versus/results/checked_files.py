"""The files of runs, each held against its checksum; and which were left out of a copy."""

import hashlib
from pathlib import Path

from versus.errors import DamagedError, LeftOutError, ResultsError
from versus.results.left_out import LEFT_OUT, read_left_out
from versus.results.record import RunRecord
from versus.results.study_files import StudyFiles

# What a training can go on from; no number that is reported is read from it.
MODEL = "model.keras"


class CheckedFiles(StudyFiles):
    """Reads DIR/VARIANT/SEED/NAME."""

    def run_folder(self, variant: str, seed: int) -> Path:
        """Return the folder of a run."""
        return self.root / variant / str(seed)

    def left_out(self, record: RunRecord) -> frozenset[str]:
        """Return the names of the files that were left out of this copy of a run on purpose.

        Raises:
            ResultsError: what says so is damaged, or a newer versus wrote it.
        """
        name = f"{record.variant}/{record.seed}/{LEFT_OUT}"
        return read_left_out(self._read(name), str(self.root / name))

    def keeps(self, record: RunRecord, name: str) -> bool:
        """Say whether a run wrote a file that was not left out of this copy."""
        if name not in record.files:
            return False
        # One that was put back counts again.
        listed = name in self.left_out(record)
        return not listed or self._read(f"{record.variant}/{record.seed}/{name}") is not None

    def read_file(self, record: RunRecord, name: str) -> bytes:
        """Return a file of a run, held against its checksum.

        Raises:
            LeftOutError: it was left out of this copy of the run.
            DamagedError: it is missing or was changed.
        """
        path = self.run_folder(record.variant, record.seed) / name
        data = self._read(f"{record.variant}/{record.seed}/{name}")
        if data is None and name in self.left_out(record):
            raise LeftOutError(path)
        if data is None:
            raise DamagedError(f"{path}: expected a file of the run; No such file")
        if hashlib.sha256(data).hexdigest() != record.files.get(name):
            raise DamagedError(f"{path}: its bytes are not those the run wrote (checksum differs)")
        return data

    def faults(self, record: RunRecord, *, models: bool = True) -> list[str]:
        """Return what is wrong with the files of a run, one sentence each; none if they are whole.

        What was left out of this copy of the run is no fault.

        Args:
            record: of the run.
            models: whether saved models are looked at too, which are large.
        """
        try:
            self.left_out(record)
        except ResultsError as error:
            return [str(error)]  # once, not for each file that it may tell of
        found = []
        for name in record.files:
            if models or name != MODEL:
                try:
                    self.read_file(record, name)
                except LeftOutError:
                    continue
                except ResultsError as error:
                    found.append(str(error))
        return found
