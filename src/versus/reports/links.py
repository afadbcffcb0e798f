"""Links from the page to the files behind its numbers, relative, so that DIR can be moved."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from versus.results.contract import RECORD
from versus.results.record import RunRecord


@dataclass(frozen=True)
class Links:
    """Where a page in the folder `page_folder` finds the files of the study in `study_folder`."""

    study_folder: Path
    page_folder: Path

    def file(self, *parts: str) -> str:
        """Return the link to a file of the study; never one that leaves for another scheme."""
        path = self.study_folder.absolute().joinpath(*parts)
        relative = Path(os.path.relpath(path, self.page_folder.absolute())).as_posix()
        return "./" + quote(relative)

    def record(self, record: RunRecord, name: str = RECORD) -> str:
        """Return the link to a file of a run."""
        return self.file(record.variant, str(record.seed), name)
