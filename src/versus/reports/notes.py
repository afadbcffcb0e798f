"""What failed, what is missing, and what else a reader must know before trusting the numbers."""

from dataclasses import dataclass

from versus.reports.links import Links
from versus.reports.numbers import listed, plural
from versus.studies.result import StudyResult


@dataclass(frozen=True)
class Failure:
    """A run that failed or diverged, why, and where its log is."""

    name: str
    seed: int
    status: str
    error: str
    log: str


def failures(result: StudyResult, links: Links) -> list[Failure]:
    """Return every run that failed or diverged."""
    return [
        Failure(
            r.variant, r.seed, r.status, r.error or "no reason recorded", links.record(r, "log.txt")
        )
        for r in (*result.failed, *result.diverged)
    ]


def failures_text(result: StudyResult) -> list[str]:
    """Return the same in a sentence each, without links."""
    return [
        f"{r.variant}, seed {r.seed}, {r.status}: {r.error or 'no reason recorded'}"
        for r in (*result.failed, *result.diverged)
    ]


def notes(result: StudyResult) -> list[str]:
    """Return what a reader must know, one sentence each; none is the usual case."""
    makers = (
        *(_sealed, _chosen, _missing, _damaged, _diverged, _looks, _decided_early, _extended),
        *(_recipes, _one_seed),
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
    shown = listed(missing) if len(missing) <= 6 else f"{', '.join(missing[:5])} and others"
    return (
        f"{plural(len(missing), 'run')} of the study {'is' if len(missing) == 1 else 'are'} "
        f"missing ({shown}); the same command runs what is missing."
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


def _recipes(result: StudyResult) -> str:
    first, *others = result.study.variants
    if all(variant.recipe == first.recipe for variant in others):
        return ""
    return (
        "The variants differ in recipe as well as in model, so a difference between them is that "
        "of model and recipe together."
    )


def _one_seed(result: StudyResult) -> str:
    if any(len(result.finished(variant.name)) != 1 for variant in result.study.variants):
        return ""
    return "There is one run of each variant, so nothing shows how much another seed would change."
