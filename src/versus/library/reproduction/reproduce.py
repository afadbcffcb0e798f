"""Run what is missing of the documents' studies, and hold it against what they print."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from versus.errors import StudyError, UnknownNameError, VersusError
from versus.library.catalogue import STUDIES, find_study
from versus.library.published.documents import DOCUMENTS
from versus.library.published.figures import Claim, Document, System
from versus.library.reproduction.claims import ask_again
from versus.library.reproduction.measured import Runs, read_runs
from versus.library.reproduction.rows import DocumentRows, document_rows
from versus.studies.observer import Observer
from versus.studies.study import Study

Change = Callable[[Study], Study]


def reproduce(
    chosen: Sequence[str] = (),
    out: Path | str = "versus-runs",
    *,
    seeds: int | None = None,
    run: bool = True,
    jobs: int | None = 1,
    observer: Observer | None = None,
    change: Change | None = None,
) -> list[DocumentRows]:
    """Return what the documents print beside what runs measure.

    Args:
        chosen: letters of documents and names of studies; everything where empty.
        out: the folder that holds, or is to hold, one folder a study, as `versus run` writes it.
        seeds: 0 to N-1; each study's own where None.
        run: make the runs that are missing; where False only those that are there are read.
        jobs: how many runs go on at once; None as many as the cores have room for.
        observer: is told of each step.
        change: made to every study, such as fewer epochs; runs as printed then are no longer.

    Raises:
        UnknownNameError: there is no such document or study.
        StudyError: no document's number is read from that study.
        VersusError: a folder cannot be written. A study that cannot be run for another reason
            (weights that are not there) is said in its rows.
    """
    picked = choose(chosen)
    names = sorted({name for _, systems, claims in picked for name in needed(systems, claims)})
    wanted = [n for n in names if not chosen or n in chosen or _asked_by_letter(n, chosen)]
    runs: dict[str, Runs] = {}
    for name in names:
        study = find_study(name).with_changes(seeds=seeds)
        study = change(study) if change else study
        problem = _run(study, Path(out), jobs, observer) if run and name in wanted else ""
        runs[name] = read_runs(study, Path(out) / name)
        if not runs[name].problem and runs[name].result is None:
            runs[name].problem = problem
    return [
        document_rows(document, systems, tuple(ask_again(c, runs) for c in claims), runs)
        for document, systems, claims in picked
    ]


def with_what_is_there(
    documents: Sequence[DocumentRows], out: Path | str, *, seeds: int | None = None
) -> list[DocumentRows]:
    """Return the rows with those of every other system that has runs in a folder.

    So that a table written for one document keeps what was there of the others.

    Args:
        documents: of `reproduce`, perhaps of a part.
        out: where their runs are.
        seeds: as there.
    """
    every = {name for d in DOCUMENTS.values() for name in needed(d.systems, d.claims)}
    there = [name for name in sorted(every) if (Path(out) / name).is_dir()]
    if not there:
        return list(documents)
    found = reproduce(there, out, seeds=seeds, run=False)
    systems = {(d.letter, s.variant): s for d in found for s in d.systems if s.seconds.n}
    systems |= {(d.letter, s.variant): s for d in documents for s in d.systems}
    claims = {(d.letter, c.says): c for d in found for c in d.claims if c.reasons}
    claims |= {(d.letter, c.says): c for d in documents for c in d.claims}
    whole = [
        DocumentRows(
            d.letter,
            d.title,
            d.protocol,
            tuple(systems[key] for s in d.systems if (key := (d.letter, s.variant)) in systems),
            tuple(claims[key] for c in d.claims if (key := (d.letter, c.says)) in claims),
            d.errata,
        )
        for d in DOCUMENTS.values()
    ]
    return [document for document in whole if document.systems or document.claims]


Picked = tuple[Document, tuple[System, ...], tuple[Claim, ...]]


def choose(chosen: Sequence[str]) -> list[Picked]:
    """Return the documents asked for, each with its systems and claims that are asked for.

    Raises:
        UnknownNameError: there is no such document or study.
        StudyError: no document's number is read from that study.
    """
    letters = {word.upper() for word in chosen if word.upper() in DOCUMENTS}
    studies = {word for word in chosen if word.upper() not in DOCUMENTS}
    known = {name for d in DOCUMENTS.values() for name in needed(d.systems, d.claims)}
    for word in studies:
        if word in STUDIES and word not in known:
            raise StudyError(
                f"{word}: no number that a document prints is read from this study; it is run "
                f"with `versus run {word}`"
            )
        if word not in known:
            there = [*DOCUMENTS, *(name for name in STUDIES if name in known)]
            raise UnknownNameError("document or study", word, there, see="versus study list")
    picked = []
    for document in DOCUMENTS.values():
        systems, claims = document.systems, document.claims
        if chosen and document.letter not in letters:
            systems = tuple(s for s in systems if studies & set(needed([s], [])))
            claims = tuple(c for c in claims if studies & set(needed([], [c])))
        if systems or claims:
            picked.append((document, systems, claims))
    return picked


def needed(systems: Iterable[System], claims: Iterable[Claim]) -> list[str]:
    """Return the names of the studies that rows of these are read from."""
    names = [name for s in systems for name in (s.study, *(c.study for c in s.corrected))]
    names += [study for s in systems for study, _ in s.also]
    names += [e.study for s in systems for e in s.experiments]
    return names + [pair.study for c in claims for pair in (*c.printed, *c.fair)]


def _asked_by_letter(name: str, chosen: Sequence[str]) -> bool:
    documents = [DOCUMENTS[word.upper()] for word in chosen if word.upper() in DOCUMENTS]
    return any(name in needed(d.systems, d.claims) for d in documents)


def _run(study: Study, out: Path, jobs: int | None, observer: Observer | None) -> str:
    """Run what is missing of a study; return why it could not be, "" if it could."""
    from versus.studies.runner import run_study  # Keras and torch take seconds

    try:
        command = f"versus run {study.name} --seeds {len(study.seed_list)}"
        run_study(study, out / study.name, jobs=jobs, observer=observer, command=command)
    except VersusError as error:
        return f"could not be run: {error}"
    return ""
