"""Sentences that name variants, so that a page can show each name in its colour."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Named:
    """The name of a variant, within a sentence."""

    name: str


Sentence = tuple[str | Named, ...]


def sentence(template: str, **names: str) -> Sentence:
    """Return `template` with each "{key}" replaced by the variant's name under that key.

    Only the template is looked through for braces, never a name.

    Example:
        >>> sentence("{b} is better.", b="cnn")
        (Named(name='cnn'), ' is better.')
    """
    parts: list[str | Named] = []
    for piece in template.split("{"):
        key, closed, rest = piece.partition("}")
        if closed and key in names:
            parts += [Named(names[key]), rest]
        else:
            parts.append(piece)
    return tuple(part for part in parts if part != "")


def enumerated(names: Sequence[str]) -> Sentence:
    """Return the names with commas between them and "and" before the last one."""
    parts: list[str | Named] = []
    for number, name in enumerate(names):
        if number:
            parts.append(" and " if number == len(names) - 1 else ", ")
        parts.append(Named(name))
    return tuple(parts)


def text(parts: Sentence) -> str:
    """Return the sentence without its marks."""
    return "".join(part.name if isinstance(part, Named) else part for part in parts)
