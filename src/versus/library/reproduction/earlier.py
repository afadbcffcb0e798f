"""The table of an earlier sitting: its rows stand where no runs are here to be read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from versus.errors import ResultsError
from versus.library.reproduction.claims import ClaimRow
from versus.library.reproduction.outcome import FEWEST
from versus.library.reproduction.rows import DocumentRows, SystemRow


@dataclass(frozen=True)
class Table:
    """What a reproduction.json holds: the command that wrote it, and the rows."""

    command: str
    documents: tuple[DocumentRows, ...]


def read_earlier(path: Path) -> Table:
    """Return the table in a reproduction.json, of this version or of one before.

    Raises:
        ResultsError: it cannot be read, or is no such table.
    """
    wanted = "expected a reproduction.json, as `versus reproduce` writes it"
    try:
        return TypeAdapter(Table).validate_json(path.read_bytes())
    except OSError as cause:
        raise ResultsError(f"{path}: {wanted}; {cause.strerror or cause}") from cause
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        said = f"{place}: {first['msg']}" if place else first["msg"]
        raise ResultsError(f"{path}: {wanted}; got another file ({said})") from error


def with_earlier(documents: Sequence[DocumentRows], earlier: Table) -> list[DocumentRows]:
    """Return the rows with those of an earlier sitting where the runs here say nothing.

    A system's row is taken whole where fewer runs of it are here than any word needs, and the
    earlier table has more; a conclusion where no run here is about it. Each says of which sitting
    it is; a row that was taken over before keeps its own.

    Args:
        documents: of the runs that are here.
        earlier: may lack documents, systems and conclusions.
    """
    systems = {(d.letter, s.variant): s for d in earlier.documents for s in d.systems}
    claims = {(d.letter, c.says): c for d in earlier.documents for c in d.claims}
    return [
        replace(
            document,
            systems=tuple(
                _system(row, systems.get((document.letter, row.variant)), earlier.command)
                for row in document.systems
            ),
            claims=tuple(
                _claim(row, claims.get((document.letter, row.says)), earlier.command)
                for row in document.claims
            ),
        )
        for document in documents
    ]


def _system(now: SystemRow, before: SystemRow | None, command: str) -> SystemRow:
    # Each finished run has its time, whatever else there is of it.
    runs = now.seconds.n
    if before is None or runs >= FEWEST or before.seconds.n <= runs:
        return now
    return replace(before, earlier=before.earlier or command)


def _claim(now: ClaimRow, before: ClaimRow | None, command: str) -> ClaimRow:
    if before is None or now.word != "open" or now.reasons or not before.reasons:
        return now
    return replace(before, earlier=before.earlier or command)
