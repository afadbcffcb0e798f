"""Arrays by name: a .npz, or .npy files in a folder or archive; Keras's names and others."""

import re
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from versus.data.cache import cache_folder
from versus.data.files import reading
from versus.data.options import ReadOptions
from versus.data.sources.found import Found, RawLabels
from versus.data.sources.label_arrays import as_labels, labels_of
from versus.data.sources.names import SPLITS, shown, suffix
from versus.data.sources.npy import ArrayFile, array_file
from versus.data.sources.pixel_arrays import PixelArrays
from versus.data.sources.tree import Tree
from versus.data.sources.zip_tree import ZipTree, damaged_zip, zip_members
from versus.errors import ConfigurationError, DataError, DataUnavailableError

_IMAGES = frozenset(
    [
        "x",
        "image",
        "images",
        "img",
        "imgs",
        "picture",
        "pictures",
        "pixels",
        "data",
        "features",
        "inputs",
    ]
)
_LABELS = frozenset(["y", "label", "labels", "target", "targets", "lbl", "lbls", "kinds"])
_SPLIT_NAMES = {"train": "train", "validation": "val", "test": "test", "": ""}
_ROLES = ("x_train", "y_train", "x_val", "y_val", "x_test", "y_test", "x", "y", "classes")


def find_named_arrays(tree: Tree, options: ReadOptions) -> Found | None:
    """Return what the arrays in a tree hold; None where there are none.

    Raises:
        DataError: a file is damaged or holds Python objects, pictures or labels are missing, or
            are not what they should be.
        ConfigurationError: `keys` name an array that is not there.
    """
    tree = _inside(tree)
    files = {name[:-4]: name for name in tree.files if suffix(name) == ".npy"}
    if not files or len(files) < len(tree.files) - _plain_texts(tree):
        return None
    arrays = {key: _array(tree, name) for key, name in files.items()}
    roles = _roles(arrays, options.keys, shown(str(tree.path)))
    splits = [split for split in ("train", "validation", "test", "") if _role("x", split) in roles]
    images = [arrays[roles[_role("x", split)]] for split in splits]
    pixels = PixelArrays(images, options.size)
    labels = [
        labels_of(arrays[roles[_role("y", split)]], image.shape[0], image.where)
        for split, image in zip(splits, images, strict=True)
    ]
    of_split = [s for s, i in zip(splits, images, strict=True) for _ in range(i.shape[0])]
    return Found(
        format="NumPy arrays",
        pictures=pixels,
        labels=_joined(labels, shown(str(tree.path))),
        splits=of_split,
        groups=_groups(arrays, options.group, len(of_split), shown(str(tree.path))),
        classes=_classes(arrays, roles),
        notes=dict(pixels.notes),
    )


def _inside(tree: Tree) -> Tree:
    """Return the arrays of the one .npz that a folder or archive holds, else the tree itself."""
    inner = [name for name in tree.files if suffix(name) == ".npz"]
    if len(inner) != 1:
        return tree
    copied = tree.local(inner[0], cache_folder() / "unpacked")
    with reading(copied), damaged_zip(tree.where(inner[0])):
        archive = zipfile.ZipFile(copied)
    return zip_members(archive, tree.path / inner[0], tree.files[inner[0]].size)


def _plain_texts(tree: Tree) -> int:
    return sum(suffix(name) in (".txt", ".md", ".json") for name in tree.files)


def _array(tree: Tree, name: str) -> ArrayFile:
    where = tree.where(name)
    if isinstance(tree, ZipTree):
        with damaged_zip(where):
            return array_file(where, tree.files[name].size, lambda: tree.open(name))
    return array_file(where, tree.files[name].size, lambda: tree.open(name))


def _role(what: str, split: str) -> str:
    return f"{what}_{_SPLIT_NAMES[split]}".rstrip("_")


def _guess(key: str) -> str:
    """Return the role that a key's words say, "" for none."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key.rpartition("/")[2])
    words = [word for word in re.split(r"[^a-z0-9]+", apart.lower()) if word]
    if set(words) & {"names", "classes"}:
        return "classes"
    splits = {SPLITS[word] for word in words if word in SPLITS}
    kinds = {"x" for word in words if word in _IMAGES} | {"y" for word in words if word in _LABELS}
    if "y" in kinds:
        kinds = {"y"}  # "data_labels" are labels
    if len(splits) > 1 or len(kinds) != 1:
        return ""
    return _role(kinds.pop(), splits.pop() if splits else "")


def _roles(arrays: Mapping[str, Any], keys: Mapping[str, str], where: str) -> dict[str, str]:
    """Return the key of each role."""
    there = ", ".join(map(shown, arrays))
    for role, key in keys.items():
        if role not in _ROLES or key not in arrays:
            raise ConfigurationError(
                f"--keys {role}={key}: expected one of {', '.join(_ROLES)} and the name of an "
                f"array; {shown(where)} holds {there}"
            )
    roles = dict(keys)
    for key in arrays:
        role = _guess(key)
        if not role or role in keys or key in keys.values():
            continue
        if role in roles:
            raise DataError(
                f"{where}: '{shown(roles[role])}' and '{shown(key)}' could both be {role}: "
                f"expected one: say which with --keys {role}=..."
            )
        roles[role] = key
    pictures = [role for role in roles if role.startswith("x")]
    lacking = [f"y{role[1:]}" for role in pictures if f"y{role[1:]}" not in roles]
    if not pictures or lacking or ("x" in roles and len(pictures) > 1):
        missing = lacking or ["x", "y"]
        raise DataUnavailableError(
            f"{where}: expected arrays x_train, y_train, x_test, y_test, or x, y; there is no "
            f"{' and no '.join(missing)} among {there}: say which they are with --keys "
            f"{','.join(f'{role}=...' for role in missing)}"
        )
    return roles


def _joined(parts: Sequence[RawLabels], where: str) -> RawLabels:
    numbers = [part for part in parts if isinstance(part, np.ndarray)]
    if len(numbers) == len(parts):
        return np.concatenate(numbers)
    if numbers:
        raise DataError(
            f"{where}: labels are numbers in one split and names in another: expected the same in "
            "all: bring them to one"
        )
    return [name for part in parts for name in part]


def _classes(arrays: Mapping[str, ArrayFile], roles: Mapping[str, str]) -> tuple[str, ...] | None:
    if "classes" not in roles:
        return None
    file = arrays[roles["classes"]]
    names = as_labels(file.whole(), file.where) if len(file.shape) == 1 else ()
    return None if isinstance(names, np.ndarray) or not names else tuple(names)


def _groups(
    arrays: Mapping[str, ArrayFile], key: str | None, count: int, where: str
) -> list[str] | None:
    if key is None:
        return None
    if key not in arrays or arrays[key].shape != (count,):
        raise ConfigurationError(
            f"--group: expected the name of an array of {count:,} values in {where}; got {key!r}: "
            f"there are {', '.join(f'{shown(n)} {a.shape}' for n, a in arrays.items())}"
        )
    return [str(value) for value in arrays[key].whole()]
