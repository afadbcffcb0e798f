"""The net of a variant as it stands here, untrained: for its counts, and to know it in runs."""

from typing import TYPE_CHECKING

from versus.data.dataset import Dataset
from versus.data.named_sets import NAMED_SETS, SHAPE
from versus.models.zoo import ZOO
from versus.studies.study import Study

if TYPE_CHECKING:
    from versus.backend import keras


def net(study: Study, variant: str) -> "keras.Model | None":
    """Return a variant's net, where others' weights belong with random ones, unmarked.

    None over data that would have to be read first, and of a variant that the study lacks.
    """
    pictures = _pictures(study)
    given = next((v.model for v in study.variants if v.name == variant), None)
    if pictures is None or given is None:
        return None
    # Keras and torch take seconds, and where all is known from runs nothing is built.
    from versus.models.build import build
    from versus.models.pretrained import untrained

    with untrained():
        return build(given, *pictures, seed=0)


def pretrained(study: Study, variant: str) -> bool:
    """Return whether a variant begins with weights that others trained."""
    entry = ZOO.get(str(study.variant(variant).model))
    return entry is not None and entry.builder.startswith("versus.models.transfer:")


def _pictures(study: Study) -> tuple[tuple[int, int, int], int] | None:
    """Return the shape of a study's pictures and how many classes they have."""
    if isinstance(study.data, Dataset):
        return study.data.input_shape, len(study.data.classes)
    named = NAMED_SETS.get(study.data)
    return None if named is None else (SHAPE, len(named.classes))
