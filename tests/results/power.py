"""What a disk may hold after the power went, by the log of the operations up to then.

The system promises little: the bytes of a file are safe once it was synced, the names in a folder
once that folder was. Until then each change may have reached the disk or not, in any order.
"""

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Log = list[tuple[str, Any]]
Tree = dict[str, bytes | None]


@dataclass(eq=False)
class Node:
    """A file or a folder: as it is, and as it is safe on the disk."""

    folder: bool
    now: bytes = b""
    safe: bytes = b""
    names: dict[str, "Node"] = field(default_factory=dict)
    safe_names: dict[str, "Node"] = field(default_factory=dict)


# Names that are given or, with None, taken: all of them at once or none.
Change = list[tuple[Node, str, Node | None]]


class Machine:
    """Replays a log, operation by operation."""

    def __init__(self, base: Path) -> None:
        self.base, self.root = base, Node(folder=True)
        self.pending: list[Change] = []
        self.opened: dict[int, Node] = {}

    def replay(self, name: str, arguments: tuple[Any, ...]) -> None:
        getattr(self, f"_{name}")(*arguments)

    def crash(self, kind: str, rng: random.Random) -> Tree:
        """What may be left.

        Args:
            kind: "least" is only what is safe; "names" has every change of names and no byte that
                is not safe; "any" has some of both.
            rng: chooses.
        """
        chance = {"least": 0.0, "names": 1.0, "any": 0.5}[kind]
        kept = [change for change in self.pending if rng.random() < chance]
        views: dict[Node, dict[str, Node]] = {}

        def names(folder: Node) -> dict[str, Node]:
            return views.setdefault(folder, dict(folder.safe_names))

        for change in kept:
            for folder, name, node in change:
                if node is None:
                    names(folder).pop(name, None)
                else:
                    names(folder)[name] = node
        tree: Tree = {}

        def walk(folder: Node, prefix: str) -> None:
            for name, node in names(folder).items():
                tree[prefix + name] = None if node.folder else _bytes(node, kind, rng)
                walk(node, f"{prefix}{name}/")

        walk(self.root, "")
        return tree

    def _find(self, path: Path) -> tuple[Node, str]:
        *above, name = path.relative_to(self.base).parts or ("",)
        node = self.root
        for part in above:
            node = node.names[part]
        return node, name

    def _node(self, path: Path) -> Node:
        folder, name = self._find(path)
        return folder.names[name] if name else folder

    def _change(self, change: Change) -> None:
        for folder, name, node in change:
            if node is None:
                del folder.names[name]
            else:
                folder.names[name] = node
        self.pending.append(change)

    def _create(self, path: Path, descriptor: int) -> None:
        self._change([(*self._find(path), Node(folder=False))])
        self.opened[descriptor] = self._node(path)

    def _make_folder(self, path: Path) -> None:
        self._change([(*self._find(path), Node(folder=True))])

    def _open_existing(self, path: Path, descriptor: int) -> None:
        self.opened[descriptor] = self._node(path)

    def _close(self, descriptor: int) -> None:
        del self.opened[descriptor]

    def _write(self, descriptor: int, data: bytes) -> None:
        self.opened[descriptor].now += data

    def _sync(self, descriptor: int) -> None:
        node = self.opened[descriptor]
        node.safe = node.now
        for change in [c for c in self.pending if any(folder is node for folder, *_ in c)]:
            self.pending.remove(change)
            for folder, name, child in change:
                if child is None:
                    folder.safe_names.pop(name, None)
                else:
                    folder.safe_names[name] = child

    def _rename(self, source: Path, target: Path) -> None:
        node = self._node(source)
        self._change([(*self._find(source), None), (*self._find(target), node)])

    def _remove_file(self, path: Path) -> None:
        self._change([(*self._find(path), None)])

    _remove_folder = _remove_file


def _bytes(node: Node, kind: str, rng: random.Random) -> bytes:
    more = rng.randint(0, len(node.now) - len(node.safe)) if kind == "any" else 0
    return node.now[: len(node.safe) + more]


def lay_out(tree: Tree, folder: Path) -> Path:
    """Make `tree` in `folder`."""
    folder.mkdir()
    for name, data in tree.items():
        if data is None:
            (folder / name).mkdir()
        else:
            (folder / name).write_bytes(data)
    return folder
