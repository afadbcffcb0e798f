"""Picture files of a tree, as rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from versus.data.decoding import MOST_BYTES
from versus.data.files import looks_like
from versus.data.sources.names import PICTURE_SUFFIXES, shown, suffix
from versus.data.sources.tree import Tree


@dataclass(frozen=True)
class PictureFiles:
    """Files of a tree that are to be decoded, row by row."""

    tree: Tree
    names: Sequence[str]

    def __len__(self) -> int:
        return len(self.names)

    def read(self, row: int) -> bytes:
        """Return the bytes of a picture file."""
        return self.tree.read(self.names[row], MOST_BYTES)

    def where(self, row: int) -> str:
        """Return how messages call a picture."""
        return self.tree.where(self.names[row])

    def origin(self, row: int) -> str:
        """Return the picture's name in its source."""
        return shown(self.names[row])

    def encoded_bytes(self) -> int:
        """Return how many bytes all of them have."""
        return sum(self.tree.files[name].size for name in self.names)

    def spec(self) -> dict[str, Any]:
        """Return what another process needs."""
        return self.tree.spec()

    def keys(self, rows: Sequence[int]) -> list[Any]:
        """Return name, size and offset of each row's file."""
        members = (self.tree.files[self.names[row]] for row in rows)
        return [[member.name, member.size, member.offset] for member in members]


def is_picture(tree: Tree, name: str) -> bool:
    """Whether a file is one by its name, or else by its first bytes."""
    if suffix(name) in PICTURE_SUFFIXES:
        return True
    with tree.open(name) as file:
        start = file.read(16)
    return looks_like(start).endswith("picture")
