"""StudyRecord: what a study was, in plain values, so that it can be reported anywhere."""

from typing import Any

from pydantic import Field

from versus.data.equal_pictures import EqualPictures
from versus.data.options import Reading
from versus.data.preparation import Preparation
from versus.evaluation.looks import Looks
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
        equal_pictures: what is equal in and between the splits; None where an older versus did
            not look.
        preparation: how pictures were brought to this size; None where they are as they came.
        reading: how own pictures were read; None for the sets that have a name.
    """

    name: str
    fingerprint: str
    classes: list[str]
    shape: tuple[int, int, int]
    counts: dict[str, int]
    source: str
    equal_pictures: list[EqualPictures] | None = None
    preparation: Preparation | None = None
    reading: Reading | None = None


class StudyRecord(Schema):
    """What a study was.

    Attributes:
        format: version of this layout.
        name, question, source, endpoint, margin: as the Study has them.
        seeds: of every run asked for so far.
        protocol, protocol_text: as JSON, and in one sentence.
        command: how to run the study again.
        looks: when the study is judged, where seeds are added until every pair is decided; fixed
            before the first run. None where the seeds are.
        extended: how many seeds there were each time that more were asked for after runs had
            finished, in a study of fixed seeds.
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
    looks: Looks | None = None
    extended: list[int] = Field(default_factory=list)
    suppress: dict[str, str] = Field(default_factory=dict)
