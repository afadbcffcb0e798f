"""How many parameters a net has: as its runs say, or, before the first of them, as it is built."""

from versus.data.dataset import Dataset
from versus.data.named_sets import NAMED_SETS, SHAPE
from versus.library.reproduction.measured import Runs
from versus.studies.study import Study


def counts(runs: Runs, variant: str) -> tuple[int, int] | tuple[None, None]:
    """Return a variant's parameters and the trainable ones among them.

    None of both where nobody can know before a run: of what scikit-learn learns, and of nets over
    data that would have to be read first.
    """
    finished = runs.finished(variant)
    if finished:
        return finished[0].parameters, finished[0].trainable
    pictures = _pictures(runs.study)
    return (None, None) if pictures is None else _built(runs.study, variant, *pictures)


def _pictures(study: Study) -> tuple[tuple[int, int, int], int] | None:
    """Return the shape of a study's pictures and how many classes they have."""
    if isinstance(study.data, Dataset):
        return study.data.input_shape, len(study.data.classes)
    named = NAMED_SETS.get(study.data)
    return None if named is None else (SHAPE, len(named.classes))


def _built(
    study: Study, variant: str, shape: tuple[int, int, int], classes: int
) -> tuple[int, int] | tuple[None, None]:
    # Keras and torch take seconds, and where every system has runs nothing is built.
    from versus.models.build import build
    from versus.models.cost import count
    from versus.models.estimator import Estimator
    from versus.models.pretrained import untrained

    with untrained():
        given = study.variant(variant).model
        model = build(given, shape, classes, seed=0)  # pyright: ignore[reportArgumentType]
    if isinstance(model, Estimator):
        return None, None
    return count(model.weights), count(model.trainable_weights)
