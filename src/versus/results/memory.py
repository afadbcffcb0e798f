"""Records in memory: for tests, and for studies of which nothing is to remain."""

import contextlib
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Self

from versus.errors import ResultsError
from versus.filesystem.locks import Lock
from versus.results.contract import Store


class _Claim(Lock):
    """A run that one thread makes."""

    def __init__(self, store: "MemoryStore", variant: str, seed: int) -> None:
        self.path = store.run_folder(variant, seed)
        self._claims, self._run = store._claims, (variant, seed)  # noqa: SLF001

    @property
    def descriptor(self) -> None:
        """No other process knows of it."""
        return None

    def release(self) -> None:
        """Give it back."""
        self._claims.discard(self._run)


class MemoryStore(Store):
    """The runs of one study, in this process; all is lost with it."""

    def __init__(self, name: str = "memory") -> None:
        """Start empty.

        Args:
            name: what messages call it.
        """
        self.root = Path(name)
        self.files: dict[str, bytes] = {}
        self._aside: dict[Path, dict[str, bytes]] = {}
        self._lock, self._changing = threading.Lock(), threading.Lock()
        self._claims: set[tuple[str, int]] = set()
        self._at_work = 0

    def __reduce__(self) -> tuple[type[Self], tuple[str]]:
        """Another process gets an empty one: what is in memory is not shared."""
        return type(self), (str(self.root),)

    @property
    def shared(self) -> bool:
        """No other process sees what is written."""
        return False

    @contextlib.contextmanager
    def locked(self, wait: float = 60.0) -> Iterator[None]:
        """Keep every other thread from planning or concluding here, inside the block."""
        if not self._lock.acquire(timeout=wait):
            raise ResultsError(f"{self.root}: another versus has this study locked")
        try:
            yield
        finally:
            self._lock.release()

    @contextlib.contextmanager
    def at_work(self) -> Iterator[bool]:
        """Be known as one that runs this study inside the block."""
        self._at_work += 1
        try:
            yield self._at_work > 1
        finally:
            self._at_work -= 1

    def claim(self, variant: str, seed: int) -> Lock | None:
        """Return the lock on a run; None if another thread has it."""
        with self._changing:
            if (variant, seed) in self._claims:
                return None
            self._claims.add((variant, seed))
        return _Claim(self, variant, seed)

    def claimed_by(self, variant: str, seed: int) -> str | None:
        """Return who makes a run just now, in words; None if nobody does."""
        return "another thread" if (variant, seed) in self._claims else None

    def check_writable(self) -> None:
        """Memory can always be written."""

    def settle(self) -> None:
        """Nothing outlives a killed process here."""

    def leftovers(self) -> list[Path]:
        """Return nothing: no process leaves anything behind here."""
        return []

    def set_aside(self, variant: str, seed: int) -> Path:
        """Keep the files of a damaged run elsewhere; return under what name."""
        number = 1
        while (place := self.root / ".damaged" / variant / f"{seed}.{number}") in self._aside:
            number += 1
        self._aside[place] = self._pop(f"{variant}/{seed}/")
        return place

    def set_asides(self) -> list[Path]:
        """Return the name of every run that was set aside."""
        return sorted(self._aside)

    def remove(self, places: Iterable[Path]) -> None:
        """Remove runs, or what was set aside."""
        for place in places:
            if self._aside.pop(place, None) is None:
                self._pop(f"{place.relative_to(self.root).as_posix()}/")

    def _pop(self, prefix: str) -> dict[str, bytes]:
        names = [name for name in self.files if name.startswith(prefix)]
        return {name: self.files.pop(name) for name in names}

    def _runs(self) -> set[tuple[str, int]]:
        places = [name.split("/") for name in self.files]
        return {(place[0], int(place[1])) for place in places if len(place) > 2}

    def _is_there(self, variant: str, seed: int) -> bool:
        return any(name.startswith(f"{variant}/{seed}/") for name in self.files)

    def _read(self, name: str) -> bytes | None:
        return self.files.get(name)

    def _write(self, name: str, data: bytes) -> None:
        self.files[name] = data

    def _write_run(
        self, variant: str, seed: int, contents: Mapping[str, bytes], *, replace: bool
    ) -> None:
        if replace:
            self._pop(f"{variant}/{seed}/")
        self.files |= {f"{variant}/{seed}/{name}": data for name, data in contents.items()}
