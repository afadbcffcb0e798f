"""What failed, what is missing, and what else a reader must know before trusting the numbers."""

from dataclasses import dataclass

import numpy as np

from versus.reports.confusion import summed_confusions
from versus.reports.links import Links
from versus.reports.numbers import listed, plural
from versus.reports.repeat import seed_text
from versus.results.opening import PREDICTIONS
from versus.results.record import RunRecord
from versus.studies.result import StudyResult

LOG = "log.txt"
_MOST_NAMED = 6  # runs or classes; of more the first five


@dataclass(frozen=True)
class Failure:
    """Runs of a variant that failed or diverged for the same reason, and where their logs are.

    Attributes:
        name: of the variant.
        seeds: of the runs, as text: "seed 1", "seeds 0 to 5".
        status: "failed" or "diverged".
        error: why.
        logs: the seed and the link to the log of each.
    """

    name: str
    seeds: str
    status: str
    error: str
    logs: tuple[tuple[int, str], ...]


def failures(result: StudyResult, links: Links) -> list[Failure]:
    """Return the runs that failed or diverged, those of one reason together."""
    return [
        Failure(
            *told,
            tuple(
                (r.seed, links.record(r, LOG)) for r in runs if LOG not in result.store.left_out(r)
            ),
        )
        for told, runs in _failures(result)
    ]


def failures_text(result: StudyResult) -> list[str]:
    """Return the same in a sentence each, without links."""
    return [
        f"{name}, {seeds}, {status}: {error}"
        for (name, seeds, status, error), _ in _failures(result)
    ]


def _failures(
    result: StudyResult,
) -> list[tuple[tuple[str, str, str, str], list[RunRecord]]]:
    """Return (variant, seeds, status, why) and the runs, in the order of the first of each."""
    groups: dict[tuple[str, str, str], list[RunRecord]] = {}
    for record in (*result.failed, *result.diverged):
        why = record.error or "no reason recorded"
        groups.setdefault((record.variant, record.status, why), []).append(record)
    found = []
    for (name, status, why), runs in groups.items():
        runs.sort(key=lambda record: record.seed)
        seeds = f"seed{'s'[: len(runs) > 1]} {seed_text([record.seed for record in runs])}"
        found.append(((name, seeds, status, why), runs))
    return found


def notes(result: StudyResult) -> list[str]:
    """Return what a reader must know, one sentence each; none is the usual case."""
    makers = (
        *(_sealed, _chosen, _missing, _damaged, _diverged, _looks, _decided_early, _extended),
        *(_left_out, _recipes, _one_seed, _unseen),
    )
    return [*result.caveats, *(note for make in makers if (note := make(result)))]


def _sealed(result: StudyResult) -> str:
    if result.judged_on == "test":
        return ""
    return (
        "The test set is sealed: every number here is of validation pictures, on which choices "
        "may have been made, so expect it to be a little too good."
    )


def _chosen(result: StudyResult) -> str:
    chosen = result.chosen_on_validation
    if chosen is None:
        return ""
    return (
        f"On validation, before the test set was opened, {chosen} was best; the numbers here are "
        "of the test pictures, on which nothing was chosen."
    )


def _missing(result: StudyResult) -> str:
    ended = (*result.records, *result.damaged, *result.untested)
    there = {(run.variant, run.seed) for run in ended}
    early = _stopped(result)
    missing = [
        f"{variant.name}/{seed}"
        for variant in result.study.variants
        for seed in result.study.seeds
        if (variant.name, seed) not in there and variant.name not in early
    ]
    if not missing:
        return ""
    return (
        f"{plural(len(missing), 'run')} of the study {'is' if len(missing) == 1 else 'are'} "
        f"missing ({_named(missing)}); the same command runs what is missing."
    )


def _stopped(result: StudyResult) -> dict[str, int]:
    """Return the variants all of whose pairs were decided, and with how many seeds."""
    if result.study.looks is None:
        return {}
    found: dict[str, int] = {}
    for variant in result.study.variants:
        own = [v for v in result.verdicts if variant.name in (v.a, v.b)]
        if all(v.word != "can't tell" and v.look is not None for v in own):
            found[variant.name] = max(v.looks[(v.look or 1) - 1] for v in own)
    return found


def _looks(result: StudyResult) -> str:
    looks = result.study.looks
    if looks is None:
        return ""
    return (
        "Seeds were added until every pair was decided, at looks fixed before the first run. "
        f"{looks.describe()} So a false word at any of them is as rare as with one look."
    )


def _decided_early(result: StudyResult) -> str:
    last = max(result.study.seeds, default=0) + 1
    early = [
        f"{name} was trained on {plural(seeds, 'seed')}"
        for name, seeds in _stopped(result).items()
        if seeds < last
    ]
    return f"{listed(early)}: all its pairs were decided then." if early else ""


def _extended(result: StudyResult) -> str:
    if not any(verdict.method == "extended" for verdict in result.verdicts):
        return ""
    before = listed([str(n) for n in result.study.extended])
    return (
        f"More seeds were asked for when {before} were there and their results could be seen. To "
        "look, and to go on if the word is not the one hoped for, makes false words more frequent; "
        "`versus run --until-decided` is the way to go on that allows for it."
    )


def _damaged(result: StudyResult) -> str:
    names = list(dict.fromkeys(f"{run.variant}/{run.seed}" for run in result.damaged))
    if not names:
        return ""
    return (
        f"{plural(len(names), 'run')} could not be read ({listed(names)}) and "
        f"{'is' if len(names) == 1 else 'are'} in no number here; "
        "`versus runs verify` says what is wrong."
    )


def _diverged(result: StudyResult) -> str:
    if not result.diverged:
        return ""
    return (
        f"{plural(len(result.diverged), 'run')} diverged: the loss was no number any more. They "
        "are left out of every mean, and with their seeds of every verdict, so a variant that "
        "diverges at times looks better here than it is."
    )


def _left_out(result: StudyResult) -> str:
    names = [
        f"{r.variant}/{r.seed}"
        for r in result.records
        if PREDICTIONS in r.files and not result.store.keeps(r, PREDICTIONS)
    ]
    if not names:
        return ""
    return (
        f"Of {plural(len(names), 'run')} ({_named(names)}) this folder keeps numbers only; what "
        "needs predictions of single pictures is not shown of them."
    )


def _recipes(result: StudyResult) -> str:
    first, *others = result.study.variants
    models = {(r.config.model, r.config.architecture_sha256) for r in result.records}
    if len(models) == 1 or all(variant.recipe == first.recipe for variant in others):
        return ""
    return (
        "The variants differ in recipe as well as in model, so a difference between them is that "
        "of model and recipe together."
    )


def _one_seed(result: StudyResult) -> str:
    if any(len(result.finished(variant.name)) != 1 for variant in result.study.variants):
        return ""
    return "There is one run of each variant, so nothing shows how much another seed would change."


def _unseen(result: StudyResult) -> str:
    """Say of which classes there is no picture to judge by."""
    matrices = [counts for _, counts in summed_confusions(result).values()]
    if not matrices:
        return ""
    none = np.sum(matrices, axis=(0, 2)) == 0
    names = [name for name, gone in zip(result.study.data.classes, none, strict=True) if gone]
    if not names:
        return ""
    return (
        f"No {result.judged_on} picture is of {_named(names, 'or')}: how well "
        f"{'that class is' if len(names) == 1 else 'those classes are'} told is not known."
    )


def _named(names: list[str], last: str = "and") -> str:
    if len(names) <= _MOST_NAMED:
        return listed(names, last)
    return f"{', '.join(names[: _MOST_NAMED - 1])} {last} {len(names) - _MOST_NAMED + 1} others"
