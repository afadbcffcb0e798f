"""Which rows are train, validation and test: as given, or else drawn, by class and by group."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from versus import seeding
from versus.data.options import ReadOptions
from versus.data.reading.labels import Coded
from versus.data.sources.names import shown
from versus.data.splits import stratified
from versus.errors import DataError

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Partition:
    """Rows of each split, rising, and in words where they are from."""

    splits: dict[str, Rows]
    words: str


def partition(
    coded: Coded,
    given: Sequence[str],
    groups: Sequence[str] | None,
    options: ReadOptions,
    where: str,
) -> Partition:
    """Return the rows of each split.

    Splits that the source gives are kept. Test pictures that it does not give are drawn out of all
    others, then validation pictures out of what is left, class by class or, where groups are
    given, by whole groups. The same labels, groups and seed give the same rows.

    Args:
        coded: the labels.
        given: the split of each row as the source has it, "" for none.
        groups: of each row, or None.
        options: fractions and seed.
        where: the source, for messages.

    Raises:
        DataError: a class has too few pictures or groups, or a group lies in two given splits.
    """
    names = np.asarray(given, dtype="U10")
    splits = {name: np.flatnonzero(names == name) for name in ("train", "validation", "test")}
    left = np.flatnonzero((names == "train") | (names == ""))
    of_group = None if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    if of_group is not None:
        _check_given(splits, of_group, groups or (), where)
    needed = 1 + (not splits["test"].size) + (not splits["validation"].size)
    _check_counts(coded, left, needed if options.val_fraction else needed - 1, where)
    words: list[str] = []
    if splits["test"].size:
        words.append("test as given")
    else:
        left, splits["test"] = _draw(coded, left, of_group, options.test_fraction, "test", options)
        words.append(f"test {options.test_fraction:.0%} of all")
    if splits["validation"].size:
        words.append("validation as given")
    elif options.val_fraction:
        left, held = _draw(coded, left, of_group, options.val_fraction, "validation", options)
        splits["validation"] = held
        words.append(f"validation {options.val_fraction:.0%} of what is left")
    else:
        # A Protocol may take the last part of train, which must not be the last class.
        left = seeding.stream(options.seed, "own pictures", "order").permutation(left)
        words.append("validation left to the Protocol")
    splits["train"] = left
    drawn_now = [name for name in splits if name == "train" or not (names == name).any()]
    for split, rows in ((name, splits[name]) for name in drawn_now):
        _check_all_there(coded, rows, split, where, grouped=of_group is not None)
    drawn = any("of " in word for word in words)
    by = ", by whole groups" if of_group is not None else " of each class"
    text = ", ".join(words) + (f", drawn{by} by seed {options.seed}" if drawn else "")
    return Partition({name: rows for name, rows in splits.items() if rows.size}, text)


def _draw(
    coded: Coded,
    rows: Rows,
    of_group: Rows | None,
    fraction: float,
    name: str,
    options: ReadOptions,
) -> tuple[Rows, Rows]:
    """Return (kept, drawn), both rising."""
    rng = seeding.stream(options.seed, "own pictures", name)
    if of_group is None:
        kept, taken = stratified(coded.codes[rows], fraction, rng)
        return rows[kept], rows[taken]
    drawn = _draw_by_group(coded.codes[rows], of_group[rows], fraction, rng)
    if not drawn.any():
        raise DataError(
            f"no group can be set apart for {name}: expected two groups or more of each class in "
            "what is drawn from: --group names too few; give smaller groups, or none"
        )
    return rows[~drawn], rows[drawn]


def _draw_by_group(
    codes: Rows, of_group: Rows, fraction: float, rng: np.random.Generator
) -> npt.NDArray[np.bool_]:
    """Draw whole groups so that each class comes near its fraction.

    Groups are taken in a drawn order, large ones first, wherever that brings the counts nearer to
    what is wanted; as scikit-learn's StratifiedGroupKFold does.
    """
    numbers, place = np.unique(of_group, return_inverse=True)
    counts = np.zeros((len(numbers), int(codes.max()) + 1), np.int64)
    np.add.at(counts, (place, codes), 1)
    total = counts.sum(axis=0)
    wanted, have = fraction * total, np.zeros_like(total)
    chosen = np.zeros(len(numbers), np.bool_)
    order = rng.permutation(len(numbers))
    order = order[np.argsort(-counts[order].sum(axis=1), kind="stable")]
    scale = np.maximum(total, 1)
    for group in order:
        later = have + counts[group]
        nearer = (((later - wanted) / scale) ** 2).sum() < (((have - wanted) / scale) ** 2).sum()
        if nearer and ((total - later > 0) | (total == 0) | (counts[group] == 0)).all():
            chosen[group], have = True, later
    for code in np.flatnonzero((have == 0) & (total > 0)):  # a class that was left out
        for group in order[::-1]:
            later = have + counts[group]
            if counts[group, code] and not chosen[group] and (later < total)[total > 0].all():
                chosen[group], have = True, later
                break
    return chosen[place]


def _check_counts(coded: Coded, rows: Rows, needed: int, where: str) -> None:
    counts = np.bincount(coded.codes[rows], minlength=len(coded.classes))
    few = np.flatnonzero(counts < needed)
    if few.size:
        code = int(few[0])
        raise DataError(
            f"{where}: class '{shown(coded.classes[code])}' has {counts[code]} picture"
            f"{'' if counts[code] == 1 else 's'}: expected {needed} or more, one for each split "
            "that is drawn and one to train on: add pictures, or leave the class out"
        )


def _check_given(
    splits: dict[str, Rows], of_group: Rows, groups: Sequence[str], where: str
) -> None:
    names = [name for name, rows in splits.items() if rows.size]
    for number, one in enumerate(names):
        for other in names[number + 1 :]:
            both = np.intersect1d(of_group[splits[one]], of_group[splits[other]])
            if both.size:
                row = int(np.flatnonzero(of_group == both[0])[0])
                raise DataError(
                    f"{where}: group '{shown(groups[row])}' is in {one} and in {other}: expected "
                    "each group in one split only: sort the pictures anew, or leave out --group"
                )


def _check_all_there(coded: Coded, rows: Rows, split: str, where: str, *, grouped: bool) -> None:
    if not rows.size:
        return
    counts = np.bincount(coded.codes[rows], minlength=len(coded.classes))
    missing = np.flatnonzero(counts == 0)
    if missing.size:
        name = shown(coded.classes[int(missing[0])])
        why = "its groups are too few or too large" if grouped else "it has none there"
        raise DataError(
            f"{where}: class '{name}' would have no picture in {split} ({why}): expected some of "
            "every class in each split: add pictures of other groups, or give the splits yourself"
        )
