"""How many parameters a net has: as its runs say, or, before the first of them, as it is built."""

from versus.library.reproduction.measured import Runs
from versus.library.reproduction.nets import net


def counts(runs: Runs, variant: str) -> tuple[int, int] | tuple[None, None]:
    """Return a variant's parameters and the trainable ones among them.

    None of both where nobody can know before a run: of what scikit-learn learns, and of nets over
    data that would have to be read first.
    """
    finished = runs.finished(variant)
    if finished:
        return finished[0].parameters, finished[0].trainable
    model = net(runs.study, variant)
    if model is None:
        return None, None
    from versus.models.cost import count  # Keras and torch, which are here by now
    from versus.models.estimator import Estimator

    if isinstance(model, Estimator):
        return None, None
    return count(model.weights), count(model.trainable_weights)
