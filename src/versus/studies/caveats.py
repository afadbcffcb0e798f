"""Caveats: what every output of a study says beside its numbers, a sentence each."""

from collections.abc import Sequence

from versus.results.opening import Opening
from versus.results.record import RunRecord
from versus.results.study_record import StudyRecord

ON_TEST = (
    "Validated on the test set: choices were made on the pictures that judge the runs, "
    "so the numbers are optimistic."
)


def validated_on_test(study: StudyRecord) -> bool:
    """Whether the study's validation pictures are its test pictures."""
    return study.protocol.get("validation") == "test"


def caveats(
    study: StudyRecord, openings: Sequence[Opening], untested: Sequence[RunRecord]
) -> list[str]:
    """Return what a reader of the numbers must know.

    Args:
        study: as recorded.
        openings: of its sealed test set.
        untested: finished runs that no opening has measured, while others were.
    """
    found = [ON_TEST] if validated_on_test(study) else []
    found += [f"Equal pictures: {equal.sentence()}." for equal in study.data.equal_pictures or []]
    if openings:
        found.append(_opened(openings))
    if openings and openings[-1].finished is None:
        found.append(
            f"Opening {openings[-1].number} of the test set was interrupted: "
            "`versus open-test` goes on with it."
        )
    elif openings and untested:
        one = len(untested) == 1
        found.append(
            f"{len(untested)} finished run{'' if one else 's'} "
            f"{'is' if one else 'are'} not tested and in no number here: "
            f"`versus open-test` tests {'it' if one else 'them'}, which opens the test set again."
        )
    return found


def _opened(openings: Sequence[Opening]) -> str:
    times = "once" if len(openings) == 1 else f"{len(openings)} times"
    when = ", ".join(opening.started[:16].replace("T", " ") for opening in openings)
    later = "" if len(openings) == 1 else ", so what was seen before may have led to the later runs"
    return f"The test set was sealed; test opened {times} ({when} UTC){later}."
