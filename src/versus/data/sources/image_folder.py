"""Image folders: `class/...`, or `train|val|test/class/...`, in a folder, a zip or a tar."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath

from versus.data.options import ReadOptions
from versus.data.sources.found import Found
from versus.data.sources.names import PICTURE_SUFFIXES, shown, sort_key, split_of, suffix
from versus.data.sources.picture_files import PictureFiles, is_picture
from versus.data.sources.tree import Tree
from versus.errors import ConfigurationError, DataError


def root_of(tree: Tree) -> str:
    """Return the folder, as "" or "a/b/", that all else lies in: archives often have one.

    A folder that says a split is none, nor is one that holds files itself.
    """
    root = ""
    while True:
        below = [f for f in tree.folders if f.startswith(root) and "/" not in f[len(root) :]]
        below = [f for f in below if f != root.rstrip("/")]
        files = tree.by_folder.get(root.rstrip("/"), [])
        if len(below) != 1 or files or split_of(below[0][len(root) :]):
            return root
        inner = f"{below[0]}/"
        if not any(f.startswith(inner) for f in tree.folders):
            return root if _holds_pictures(tree, below[0]) else inner
        root = inner


def find_image_folder(tree: Tree, options: ReadOptions) -> Found | None:
    """Return what an image folder holds; None where this is none.

    Args:
        tree: of the folder or archive.
        options: `group` is a regular expression; what it finds in a path names its group.

    Raises:
        DataError: a class is empty, names collide, a split lacks a class, or pictures lie outside
            of any class.
        ConfigurationError: the expression is none, or finds nothing in some path.
    """
    root = root_of(tree)
    names, others = _pictures(tree)
    if not names:
        return None
    loose = [name for name in names if "/" not in name[len(root) :]]
    if loose:
        raise DataError(
            f"{shown(str(tree.path))}: {len(loose):,} pictures lie in no folder, the first "
            f"is '{shown(loose[0])}': expected a folder for each class, or a labels.csv beside the "
            "pictures that names a file and a label a row"
        )
    has_splits = _has_splits(tree, root, names)
    depth = root.count("/") + has_splits
    rows = [_row(tree, name, depth, has_splits=has_splits) for name in names]
    _check_classes(tree, root, has_splits=has_splits, used={(s, c) for s, c in rows})
    notes = {
        "hidden or system files": tree.ignored,
        "files that are no pictures": others,
        "pictures in folders below that of their class": sum(
            name.count("/") > depth + 1 for name in names
        ),
    }
    return Found(
        format="image folders" + (" by split" if has_splits else ""),
        pictures=PictureFiles(tree, names),
        labels=[_composed(label) for _, label in rows],
        splits=[split for split, _ in rows],
        groups=groups_of(names, options.group, tree),
        notes={what: count for what, count in notes.items() if count},
    )


def groups_of(names: Sequence[str], group: str | None, tree: Tree) -> list[str] | None:
    """Return what the expression finds in each path: its first group in brackets, or all of it."""
    if group is None:
        return None
    try:
        pattern = re.compile(group)
    except re.error as error:
        raise ConfigurationError(
            f"--group: expected a regular expression, as these data have no columns; "
            f"got {group!r} ({error})"
        ) from error
    found: list[str] = []
    for name in names:
        match = pattern.search(name)
        if match is None:
            raise ConfigurationError(
                f"--group: {group!r} finds nothing in the path '{shown(name)}' of "
                f"{shown(str(tree.path))}: expected an expression that finds every picture's "
                "group, as 'patient([0-9]+)'"
            )
        found.append(next((part for part in match.groups() if part is not None), match[0]))
    return found


def _pictures(tree: Tree) -> tuple[list[str], int]:
    """Return the names of all pictures, and how many other files there are."""
    names = [name for name in tree.files if is_picture(tree, name)]
    return names, len(tree.files) - len(names)


def _holds_pictures(tree: Tree, folder: str) -> bool:
    return any(suffix(name) in PICTURE_SUFFIXES for name in tree.by_folder.get(folder, []))


def _has_splits(tree: Tree, root: str, names: Sequence[str]) -> bool:
    """Whether the folders that hold pictures are splits, not classes.

    Raises:
        DataError: some are and some are not.
    """
    heads = sorted({name[len(root) :].partition("/")[0] for name in names}, key=sort_key)
    splits = [head for head in heads if split_of(head)]
    if "train" in map(split_of, splits) and len(splits) < len(heads):
        other = next(head for head in heads if not split_of(head))
        raise DataError(
            f"{shown(str(tree.path))}: {' and '.join(splits)} are splits, but '{shown(other)}' "
            "holds pictures too and is none: expected splits only, or classes only: move it away"
        )
    return len(splits) == len(heads)


def _row(tree: Tree, name: str, depth: int, *, has_splits: bool) -> tuple[str, str]:
    """Return (split, class) of a picture."""
    parts = PurePosixPath(name).parts
    if len(parts) <= depth + 1:
        raise DataError(
            f"{tree.where(name)}: expected {parts[depth - 1]}/CLASS/picture; this picture lies in "
            "no class folder: sort it into one, or move it away if its class is not known"
        )
    return (split_of(parts[depth - 1]) if has_splits else ""), parts[depth]


def _check_classes(tree: Tree, root: str, *, has_splits: bool, used: set[tuple[str, str]]) -> None:
    """Raise DataError where a class folder has no pictures, or a split lacks a class."""
    depth = root.count("/") + has_splits
    for folder in tree.folders:
        parts = PurePosixPath(folder).parts
        if len(parts) == depth + 1 and folder.startswith(root):
            split = split_of(parts[depth - 1]) if has_splits else ""
            if (split, parts[depth]) not in used:
                raise DataError(
                    f"{shown(str(tree.path))}/{shown(folder)}: expected pictures of a class; this "
                    "folder has none: add some, or remove it"
                )
    by_split = {split: sorted((c for s, c in used if s == split), key=sort_key)
                for split, _ in used}  # fmt: skip
    for split, classes in by_split.items():
        by_split[split] = _composed_apart(classes, f"{shown(str(tree.path))}/{split}".rstrip("/"))
    if has_splits and "train" not in by_split:
        raise DataError(
            f"{shown(str(tree.path))}: expected a folder train beside {', '.join(by_split)}; there "
            "is none: add it, or give a folder of classes alone"
        )
    for split, classes in by_split.items():
        differing = set(classes) ^ set(by_split.get("train", classes))
        if differing:
            one = min(differing, key=sort_key)
            inside, outside = (split, "train") if one in classes else ("train", split)
            alike = [name for name in by_split[outside] if name.casefold() == one.casefold()]
            called = f", where '{shown(alike[0])}' is" if alike else ""
            raise DataError(
                f"{shown(str(tree.path))}: class '{shown(one)}' is in {inside} but not in "
                f"{outside}{called}: expected the same classes in every split: rename, add or "
                "remove it"
            )


def _composed(name: str) -> str:
    """Return a name with its accents as one sign each: macOS writes them as two."""
    return unicodedata.normalize("NFC", name)


def _composed_apart(classes: Sequence[str], where: str) -> list[str]:
    """Return the names of one split's classes composed; raise DataError where two become one."""
    found = [_composed(name) for name in classes]
    twice = next((name for name in found if found.count(name) > 1), None)
    if twice is not None:
        raise DataError(
            f"{where}: two folders are called '{shown(twice)}', with accents written in two ways: "
            "expected names that nobody confuses: rename or join them"
        )
    return found
