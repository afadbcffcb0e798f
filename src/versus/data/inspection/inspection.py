"""Inspection: everything that was found about the pictures of a data set, as plain values."""

from dataclasses import dataclass
from typing import Literal

from versus.data.dataset import Dataset
from versus.data.description import SplitDescription, describe
from versus.data.equal_pictures import EqualPictures, find_equal_pictures
from versus.data.inspection.near_equal import NearEqualPictures, find_near_equal_pictures
from versus.data.inspection.oddities import Oddity, find_oddities
from versus.data.inspection.small_classes import SmallClass, find_small_classes
from versus.schema import Schema

METHOD = 1
"""Changes with what is looked for, or how: what an earlier one found is then looked for again."""

_MOST_NAMED = 5


@dataclass(frozen=True)
class Warned:
    """One thing to be told of a data set.

    Attributes:
        what: was found, as a sentence.
        mend: what to do, as a sentence.
        grave: whether it touches what a comparison on these data is worth.
    """

    what: str
    mend: str
    grave: bool = True


class Inspection(Schema):
    """What was found; `to_dict()` gives it ready for JSON.

    Attributes:
        method: the `METHOD` by which it was found.
        name, fingerprint: of the Dataset.
        looked: "across": near-equal pictures were looked for between splits alone; "all": within
            them too.
        classes: one name a label.
        splits: shapes, ranges and pictures a class.
        small_classes: with too few pictures.
        oddities: blank, inverted and off-centre pictures.
        equal: pictures that are equal byte for byte.
        near_equal: pictures that are nearly so.
    """

    method: int
    name: str
    fingerprint: str
    looked: Literal["across", "all"]
    classes: tuple[str, ...]
    splits: dict[str, SplitDescription]
    small_classes: list[SmallClass]
    oddities: list[Oddity]
    equal: list[EqualPictures]
    near_equal: list[NearEqualPictures]

    def warnings(self) -> list[Warned]:
        """Return what is to be told, the gravest first; empty where all is well."""
        return sorted(self._warnings(), key=lambda warned: not warned.grave)

    def sentence(self) -> str:
        """Return what is to be told in one line, "" where there is nothing."""
        return "; ".join(warned.what for warned in self.warnings())

    def _warnings(self) -> list[Warned]:
        found = [
            Warned(
                equal.sentence(),
                _mend(equal.a, equal.b, equal.conflicts),
                grave=equal.a != equal.b or equal.conflicts > 0,
            )
            for equal in self.equal
        ]
        found += [
            Warned(
                near.sentence(),
                _mend(near.a, near.b, near.conflicts),
                grave=near.a != near.b or near.conflicts > 0,
            )
            for near in self.near_equal
        ]
        found += [_few(split, self.small_classes) for split in self._splits_with_small_classes()]
        found += [
            Warned(oddity.sentence(), MENDS[oddity.kind], grave=oddity.kind != "off-centre")
            for oddity in self.oddities
        ]
        return found

    def _splits_with_small_classes(self) -> list[str]:
        return list(dict.fromkeys(small.split for small in self.small_classes))


MENDS = {
    "blank": "Look at them, and take out those that show nothing: they can only be guessed.",
    "inverted": "Invert them, or see that the model is to know both.",
    "off-centre": "Look at them: drawn signs are best centred alike in training and in use.",
}


def inspect_dataset(dataset: Dataset, *, within: bool = True) -> Inspection:
    """Look for everything that is known to spoil a comparison on these pictures.

    Args:
        dataset: what to look at; its pictures are read in chunks.
        within: whether near-equal pictures are looked for within splits too, and not between them
            alone: 70,000 pictures take some five times as long.
    """
    description = describe(dataset)
    return Inspection(
        method=METHOD,
        name=dataset.name,
        fingerprint=dataset.fingerprint,
        looked="all" if within else "across",
        classes=dataset.classes,
        splits=description.splits,
        small_classes=find_small_classes(dataset),
        oddities=find_oddities(dataset),
        equal=find_equal_pictures(dataset),
        near_equal=find_near_equal_pictures(dataset, within=within),
    )


def _mend(a: str, b: str, conflicts: int) -> str:
    if conflicts:
        return "Look at those under two labels first: one of the two labels is wrong."
    if a == b:
        return f"Keep one of each: a repeated picture counts twice in {a}."
    return f"Take them out of {a}, or see that claimed differences are well above their share."


def _few(split: str, small: list[SmallClass]) -> Warned:
    there = [each for each in small if each.split == split]
    names = ", ".join(f"{each.name} ({each.count})" for each in there[:_MOST_NAMED])
    more = f" and {len(there) - _MOST_NAMED} more" if len(there) > _MOST_NAMED else ""
    use = "learned and split" if split == "train" else "measured"
    classes = "1 class has" if len(there) == 1 else f"{len(there):,} classes have"
    return Warned(
        f"{classes} fewer than {there[0].needed} {split} pictures, too few to be {use}: "
        f"{names}{more}",
        "Collect more of them, or take these classes out of the question.",
    )
