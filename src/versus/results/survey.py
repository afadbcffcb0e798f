"""What a look over a whole study finds: runs that can be read, and runs that cannot."""

from dataclasses import dataclass

from versus.results.record import RunRecord


@dataclass(frozen=True)
class Damage:
    """A run that cannot be trusted, and why; the reason names the file."""

    variant: str
    seed: int
    reason: str


@dataclass(frozen=True)
class Survey:
    """Every run of a study that can be read, and every one that cannot."""

    records: tuple[RunRecord, ...]
    damaged: tuple[Damage, ...]
