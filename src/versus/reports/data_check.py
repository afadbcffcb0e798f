"""What was found about a study's pictures before it was run, where a run kept that."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from versus.errors import VersusError
from versus.reports.numbers import NONE, listed
from versus.studies.result import StudyResult

NAME = "data-check.json"
_MOST_ROWS = 5


@dataclass(frozen=True)
class DataFinding:
    """One kind of thing found, as text.

    Attributes:
        what: it is.
        where: the split or splits, or the class.
        count: pictures.
        conflicts: how many of them are under two labels; a dash where that cannot be.
        examples: the first of them, by their rows.
    """

    what: str
    where: str
    count: str
    conflicts: str
    examples: str


@dataclass(frozen=True)
class DataCheck:
    """What was found; `findings` is empty where nothing was amiss."""

    looked: str
    findings: tuple[DataFinding, ...]


def data_check(result: StudyResult) -> DataCheck | None:
    """Return what DIR/data-check.json says; None where there is none, or one of another shape."""
    try:
        content: Any = result.store.read_study_file(NAME)
        if content is None:
            return None
        return DataCheck(_looked(content), tuple(_findings(content)))
    except (VersusError, KeyError, TypeError, ValueError, AttributeError):
        return None


def _looked(content: dict[str, Any]) -> str:
    within = "between splits and within them" if content["looked"] == "all" else "between splits"
    return (
        f"Looked for: equal and near-equal pictures {within}, small classes, and pictures that "
        "are blank, inverted or off-centre"
    )


def _findings(content: dict[str, Any]) -> Iterator[DataFinding]:
    for each in content["equal"]:
        pairs = [tuple(pair) for pair in each["examples"]]
        yield _repeated("equal byte for byte", each, pairs)
    for each in content["near_equal"]:
        yield _repeated("nearly equal", each, [])
    for each in content["small_classes"]:
        where = f"{each['split']}, class {each['name']}"
        what = f"fewer pictures than the {each['needed']} that a class should have"
        yield DataFinding(what, where, f"{each['count']:,}", NONE, "")
    for each in content["oddities"]:
        rows = ", ".join(str(row) for row in each["rows"][:_MOST_ROWS])
        yield DataFinding(each["kind"], each["split"], f"{each['count']:,}", NONE, f"rows {rows}")


def _repeated(what: str, each: dict[str, Any], pairs: list[tuple[int, int]]) -> DataFinding:
    where = each["a"] if each["a"] == each["b"] else listed([each["a"], each["b"]])
    shown = ", ".join(f"{a} = {b}" for a, b in pairs[:_MOST_ROWS])
    examples = f"rows {shown}" if shown else ""
    return DataFinding(what, where, f"{each['count']:,}", f"{each['conflicts']:,}", examples)
