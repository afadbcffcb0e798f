"""A CSV file as rows of text: delimiter and header told by the file itself, every row whole."""

import csv
import gzip
import io
import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TextIO, cast

from versus.data.sources.names import shown, suffix
from versus.data.sources.tree import MOST_RATIO, Tree
from versus.errors import DataError, DataFormatError

_DELIMITERS = ",;\t|"
_FEWEST_PIXELS = 10
_LONGEST_LINE = 4 * 2**20
_MOST_UNPACKED = 2**34


@dataclass(frozen=True)
class CsvTable:
    """A CSV file in a tree.

    Attributes:
        tree: that it lies in.
        name: of the file.
        delimiter: between fields.
        header: names of the columns; "0", "1"... where the file has none.
        has_header: whether the first row is no data.
    """

    tree: Tree
    name: str
    delimiter: str
    header: tuple[str, ...]
    has_header: bool

    @property
    def where(self) -> str:
        """How messages call the file."""
        return self.tree.where(self.name)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (line number from 1, fields) of each row of data.

        Raises:
            DataFormatError: a row has another number of fields than the header, or is no CSV.
        """
        with self.text() as text:
            reader = csv.reader(text, delimiter=self.delimiter)
            for row in _checked(reader, self.where):
                if reader.line_num == 1 and self.has_header:
                    continue
                if not any(field.strip() for field in row):  # as spreadsheets leave at the end
                    continue
                if len(row) != len(self.header):
                    raise DataFormatError(
                        f"{self.where}: line {reader.line_num} has {len(row)} fields: expected "
                        f"{len(self.header)} as in the first line: mend or remove the line"
                    )
                yield reader.line_num, row

    @contextmanager
    def text(self) -> Generator[TextIO]:
        """Open the file as text."""
        with open_text(self.tree, self.name) as text:
            yield text


def read_table(tree: Tree, name: str) -> CsvTable | None:
    """Return a CSV file's columns, None where this is no CSV of two columns or more.

    Raises:
        DataFormatError: it is damaged, or no UTF-8.
    """
    with open_text(tree, name) as text:
        first = text.readline(_LONGEST_LINE)
        second = text.readline(_LONGEST_LINE)
    if not first.strip() or "\0" in first:
        return None
    delimiter = max(_DELIMITERS, key=first.count)
    if not first.count(delimiter):
        return None
    head, data = (
        next(_checked(csv.reader([line], delimiter=delimiter), tree.where(name)), list[str]())
        for line in (first, second)
    )
    # A first row of numbers alone is data, as in the MNIST files that go around as CSV.
    has_header = not all(_is_number(field) for field in head)
    names = [field.strip() for field in head] if has_header else [str(i) for i in range(len(head))]
    if has_header and len(set(names)) < len(names) and data:
        twice = next(field for field in names if names.count(field) > 1)
        raise DataFormatError(
            f"{tree.where(name)}: two columns are called '{shown(twice)}': expected names of their "
            "own: rename one"
        )
    return CsvTable(tree, name, delimiter, tuple(names), has_header)


@contextmanager
def open_text(tree: Tree, name: str) -> Generator[TextIO]:
    """Open a CSV file, gzipped or not, as text.

    Raises:
        DataFormatError: it is no UTF-8, or a damaged gzip file.
    """
    where = tree.where(name)
    try:
        with tree.open(name) as file:
            source: Any = file
            if suffix(name) == ".gz":
                source = _Bounded(gzip.GzipFile(fileobj=file), tree.files[name].size, where)
            yield cast(TextIO, io.TextIOWrapper(source, encoding="utf-8-sig", newline=""))
    except UnicodeDecodeError as error:
        raise DataFormatError(
            f"{where}: expected UTF-8 text; got byte {error.object[error.start]:02x}: save it as "
            "UTF-8"
        ) from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataFormatError(
            f"{where}: expected a whole gzip file; got a damaged one ({error}): get it again"
        ) from error


class _Bounded(io.BufferedIOBase):
    """A gzip file that ends with an error where it unpacks to more than is believable."""

    def __init__(self, inner: gzip.GzipFile, packed: int, where: str) -> None:
        self._inner, self._where = inner, where
        self._left = min(_MOST_UNPACKED, max(64 * 2**20, MOST_RATIO * packed))

    def readable(self) -> bool:
        return True

    def read1(self, size: int = -1, /) -> bytes:
        data = self._inner.read1(size if size > 0 else 1 << 16)
        self._left -= len(data)
        if self._left < 0:
            raise DataFormatError(
                f"{self._where}: unpacks to over {MOST_RATIO} times its size: this looks like a "
                "decompression bomb: if it is yours, unpack it yourself"
            )
        return data

    def read(self, size: int | None = -1, /) -> bytes:
        return self.read1(size or -1)


def _checked(reader: Any, where: str) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise DataFormatError(
            f"{where}: line {reader.line_num}: expected CSV ({error}): save it again as CSV"
        ) from error


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def pick(header: Sequence[str], names: frozenset[str]) -> str | None:
    """Return the one column whose name is among `names`, in lower case; None for none or many."""
    found = [column for column in header if column.lower().replace(" ", "_") in names]
    return found[0] if len(found) == 1 else None


def column(table: CsvTable, name: str, option: str) -> int:
    """Return the place of a column.

    Raises:
        DataError: there is none of that name.
    """
    if name not in table.header:
        listed = ", ".join(shown(one) for one in table.header[:20])
        raise DataError(
            f"{table.where}: {option}: expected one of its columns, {listed}; got '{shown(name)}'"
        )
    return table.header.index(name)


def is_of_pixels(table: CsvTable) -> bool:
    """Whether each row is a picture: many columns, or one of many numbers."""
    return len(table.header) >= _FEWEST_PIXELS or joined_column(table) is not None


def joined_column(table: CsvTable) -> int | None:
    """Return the column that holds all pixels of a picture in one field, with blanks between."""
    first = next(iter(table.rows()), None)
    if first is None:
        return None
    for place, text in enumerate(first[1]):
        words = text.split()
        if len(words) >= _FEWEST_PIXELS and all(word.isdecimal() for word in words):
            return place
    return None
