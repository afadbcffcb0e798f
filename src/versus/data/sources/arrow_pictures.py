"""Picture files in the rows of Parquet and Arrow tables, read a piece of a table at a time."""
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

import importlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from versus.data.decoding import MOST_BYTES
from versus.data.files import reading
from versus.data.sources.named_file import named_file
from versus.data.sources.tree import check_ratio
from versus.errors import DataError, DataFormatError, VersusError

MOST_GROUP_BYTES = 2**30
"""Of one piece of a table, unpacked."""


def arrow() -> Any:
    """Return the module pyarrow.

    Raises:
        DataError: it is not installed.
    """
    try:
        pa: Any = importlib.import_module("pyarrow")  # an extra, and slow to import
        for part in ("pyarrow.ipc", "pyarrow.parquet"):
            importlib.import_module(part)
    except ImportError as error:
        raise DataError(
            "Parquet, Arrow and hub: data sets need pyarrow, which is not installed: install the "
            "extra hub, as pip install 'versus-ml[hub]'"
        ) from error
    return pa


def plain_type(kind: Any) -> Any:
    """Return what a column is stored as: Hugging Face has types of its own above Arrow's."""
    return getattr(kind, "storage_type", kind)


@dataclass
class TableFile:
    """One Parquet or Arrow file, in pieces: its row groups or record batches.

    Attributes:
        path: of the file.
        where: what messages call it.
        folders: that pictures may lie in which a row only names.
        schema: of its columns.
        counts: rows of each piece.
    """

    path: Path
    where: str
    folders: Sequence[Path] = ()

    def __post_init__(self) -> None:
        pa = arrow()
        with self.faults(), reading(self.path):
            with self.path.open("rb") as file:
                start = file.read(6)
            if start[:4] == b"PAR1":
                self._parquet: Any = pa.parquet.ParquetFile(self.path)
                self._batches: list[Any] = []
                self.schema: Any = self._parquet.schema_arrow
                groups = [
                    self._parquet.metadata.row_group(i) for i in range(self._parquet.num_row_groups)
                ]
                sizes = [int(group.total_byte_size) for group in groups]
                self._check_sizes(sizes)
                check_ratio(sum(sizes), self.path.stat().st_size, self.where)
                self.counts = [int(group.num_rows) for group in groups]
            else:
                self._parquet = None
                source = pa.memory_map(str(self.path))
                is_file = start == b"ARROW1"
                opened = pa.ipc.open_file(source) if is_file else pa.ipc.open_stream(source)
                self.schema = opened.schema
                self._batches = (
                    [opened.get_batch(i) for i in range(opened.num_record_batches)]
                    if is_file
                    else list(opened)
                )
                self.counts = [int(batch.num_rows) for batch in self._batches]

    def column(self, name: str, piece: int | None = None) -> Any:
        """Return a column as one Arrow array of a plain type: of one piece, or of all rows.

        Its places are checked: Arrow trusts them, and a damaged one would end this process.
        """
        with self.faults():
            column = self._column(name, piece)
            column.validate(full=True)
            wanted = sum(self.counts) if piece is None else self.counts[piece]
            if len(column) != wanted:
                raise ValueError(f"{len(column):,} rows where {wanted:,} are said to be")
        return getattr(column, "storage", column)

    def _column(self, name: str, piece: int | None) -> Any:
        pa = arrow()
        with reading(self.path):
            if self._parquet is not None:
                table = (
                    self._parquet.read(columns=[name])
                    if piece is None
                    else self._parquet.read_row_group(piece, columns=[name])
                )
                return table.column(0).combine_chunks()
            if piece is None:
                parts = [batch.column(name) for batch in self._batches]
                return pa.chunked_array(parts, self.schema.field(name).type).combine_chunks()
            return self._batches[piece].column(name)

    def _check_sizes(self, sizes: Sequence[int]) -> None:
        if max(sizes, default=0) > MOST_GROUP_BYTES:
            raise DataFormatError(
                f"{self.where}: a row group of {max(sizes):,} bytes: expected at most "
                f"{MOST_GROUP_BYTES:,}: write it with smaller row groups"
            )

    def faults(self) -> AbstractContextManager[None]:
        """Turn the errors of pyarrow in a block into ours."""
        return _Faults(arrow(), self.where)


class _Faults(AbstractContextManager[None]):
    """Turns the errors of pyarrow into ours."""

    def __init__(self, pa: Any, where: str) -> None:
        self._kinds, self._where = (pa.ArrowException, OSError, ValueError, KeyError), where

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if (
            error is not None
            and isinstance(error, self._kinds)
            and not isinstance(error, VersusError)
        ):
            raise DataFormatError(
                f"{self._where}: expected a whole Parquet or Arrow file; got a damaged or "
                f"truncated one ({str(error)[:200]}): copy or download it again"
            ) from error


@dataclass
class ArrowPictures:
    """Rows of tables whose column holds the bytes of picture files.

    Attributes:
        files: in order.
        column: its name.
        places: (file, piece, row of the piece) of each picture.
    """

    files: Sequence[TableFile]
    column: str
    places: Sequence[tuple[int, int, int]]
    _last: tuple[tuple[int, int], Any] | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.places)

    def read(self, row: int) -> bytes:
        """Return the bytes of a picture file."""
        return self.read_at(*self.places[row])

    def read_at(self, file: int, piece: int, row: int) -> bytes:
        """Return the bytes of a picture file at a place."""
        if self._last is None or self._last[0] != (file, piece):
            self._last = (file, piece), self.files[file].column(self.column, piece)
        with self.files[file].faults():
            found = self._last[1][row].as_py()
        where = self.where_at(file, piece, row)
        if isinstance(found, dict):  # Hugging Face's {bytes, path}
            found = found.get("path") if found.get("bytes") is None else found["bytes"]
        if isinstance(found, str):
            found = named_file(self.files[file].folders, found, where)
        if not isinstance(found, bytes):
            raise DataFormatError(
                f"{where}: neither bytes of a picture nor its path: expected one of the two: fill "
                "it in, or leave the row out"
            )
        if len(found) > MOST_BYTES:
            raise DataFormatError(f"{where}: {len(found):,} bytes: expected a smaller picture")
        return found

    def where(self, row: int) -> str:
        """Return how messages call a picture."""
        return self.where_at(*self.places[row])

    def where_at(self, file: int, piece: int, row: int) -> str:
        """Return how messages call the picture at a place."""
        one = self.files[file]
        return f"{one.where}, row {sum(one.counts[:piece]) + row}"

    def origin(self, row: int) -> str:
        """Return the picture's name in its source."""
        file, piece, place = self.places[row]
        one = self.files[file]
        return f"{one.path.name}:{sum(one.counts[:piece]) + place}"

    def encoded_bytes(self) -> int:
        """Return about how many bytes all of them have."""
        return sum(file.path.stat().st_size for file in self.files)

    def spec(self) -> dict[str, Any]:
        """Return what `opener` needs in another process."""
        files = [[str(f.path), f.where, list(map(str, f.folders))] for f in self.files]
        return {"kind": "table", "files": files, "column": self.column}

    def keys(self, rows: Sequence[int]) -> list[Any]:
        """Return the places of rows."""
        return [self.places[row] for row in rows]


def opener(spec: dict[str, Any]) -> Callable[[Any], tuple[str, Callable[[], bytes]]]:
    """Return what gives, for a place, the picture's name for messages and what reads it."""
    files = [
        TableFile(Path(path), where, [Path(folder) for folder in folders])
        for path, where, folders in spec["files"]
    ]
    pictures = ArrowPictures(files, spec["column"], [])

    def opened(key: tuple[int, int, int]) -> tuple[str, Callable[[], bytes]]:
        return pictures.where_at(*key), lambda: pictures.read_at(*key)

    return opened
