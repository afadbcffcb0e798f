"""StudyRecord: what a study was, in plain values, so that it can be reported anywhere."""

from typing import Any

from pydantic import Field

from versus.results.seal import FORMAT
from versus.schema import Schema


class VariantRecord(Schema):
    """One variant: its name, its MODEL, its recipe as JSON and in one line."""

    name: str
    model: str
    recipe: dict[str, Any]
    recipe_text: str


class DataRecord(Schema):
    """The data set: what it is and how many pictures each split has.

    Attributes:
        shape: (height, width, channels) of one picture.
        counts: pictures by split.
    """

    name: str
    fingerprint: str
    classes: list[str]
    shape: tuple[int, int, int]
    counts: dict[str, int]
    source: str


class StudyRecord(Schema):
    """What a study was.

    Attributes:
        format: version of this layout.
        name, question, source, endpoint, margin: as the Study has them.
        seeds: of every run asked for so far.
        protocol, protocol_text: as JSON, and in one sentence.
        command: how to run the study again.
        suppress: codes of `versus check` that the study does not tell, each with its reason.
    """

    format: int = FORMAT
    name: str
    question: str
    source: str
    endpoint: str
    margin: float | None
    seeds: list[int]
    variants: list[VariantRecord]
    data: DataRecord
    protocol: dict[str, Any]
    protocol_text: str
    command: str
    suppress: dict[str, str] = Field(default_factory=dict)
