"""What columns of labels and of splits are called in the wild, and what splits are called there."""

from versus.data.sources.names import split_of, split_within

LABEL_NAMES = frozenset(
    [
        "label",
        "labels",
        "class",
        "class_id",
        "classid",
        "class_name",
        "target",
        "category",
        "species",
        "y",
        "kind",
        "emotion",
        "breed",
        "diagnosis",
        "dx",
        "letter",
        "digit",
    ]
)
SPLIT_NAMES = frozenset(["split", "set", "subset", "partition", "usage", "fold"])

# As the FER-2013 challenge has them.
_KAGGLE = {"publictest": "validation", "privatetest": "test"}


def split_word(text: str) -> str:
    """Return the split that a field of a table names, "" for none."""
    return split_of(text) or split_within(text) or _KAGGLE.get(text.strip().lower(), "")
