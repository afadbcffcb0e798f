"""What may go from a study's folder; finished runs and diverged ones are never among it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from versus.errors import ResultsError
from versus.results.store import DirectoryStore

# Seconds for another command that plans or concludes just now.
WAIT = 2.0
# What may go, by kind: where each is, and the run that must not be under way for it.
Found = dict[str, dict[Path, tuple[str, int] | None]]


def prunable(store: DirectoryStore) -> dict[str, list[Path]]:
    """Return what may go, by kind: "failed", "checkpoint", "leftover", "set aside"."""
    found = _found(store)
    free = {
        what: [place for place, run in there.items() if run is None or not store.claimed_by(*run)]
        for what, there in found.items()
    }
    return {what: places for what, places in free.items() if places}


def prune(store: DirectoryStore) -> dict[str, list[Path]]:
    """Remove what may go, and return it; what another command works on just now is left.

    Raises:
        ResultsError: something cannot be removed, or another command has the study locked.
    """
    removed: dict[str, list[Path]] = {}
    with store.locked(wait=WAIT):
        for what, there in _found(store).items():
            for place, run in there.items():
                with _free(store, run) as free:
                    if free and place.exists():
                        store.remove([place])
                        removed.setdefault(what, []).append(place)
                store.remove_empty(place)  # where the run's lock lay until now
    return removed


@contextlib.contextmanager
def _free(store: DirectoryStore, run: tuple[str, int] | None) -> Iterator[bool]:
    """Keep every other command from a run inside the block; yields False where one has it."""
    claim = store.claim(*run) if run else None
    try:
        yield run is None or claim is not None
    finally:
        if claim is not None:
            claim.release()


def _found(store: DirectoryStore) -> Found:
    failed = [(r.variant, r.seed) for r in store.records() if r.status == "failed"]
    return {
        "failed": {store.run_folder(*run): run for run in failed},
        "checkpoint": {place: (name, seed) for name, seed, place in _forgotten(store)},
        "leftover": dict.fromkeys(store.leftovers()),
        "set aside": dict.fromkeys(store.set_asides()),
    }


def _forgotten(store: DirectoryStore) -> Iterator[tuple[str, int, Path]]:
    """Yield every state kept of a run that has ended, or that the study does not ask for."""
    with contextlib.suppress(ResultsError):  # what cannot be read may ask for anything
        study = store.read_study()
        asked = study and {(v.name, seed) for v in study.variants for seed in study.seeds}
        for variant, seed, place in store.checkpoints():
            record = store.read(variant, seed)
            done = record is not None and record.status != "failed"
            if done or (asked is not None and (variant, seed) not in asked):
                yield variant, seed, place
