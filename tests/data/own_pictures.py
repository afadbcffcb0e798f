"""Small data sets of one's own, good ones in every format, for tests."""

import csv
import io
import shutil
import tarfile
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from versus.data import idx

CLASSES = ("ape", "bee", "cat")
PER_CLASS = 8
SIDE = 6


def pixels(label: int, number: int, channels: int = 1) -> np.ndarray:
    """A picture that no other is equal to, uint8 `[6, 6]` or `[6, 6, channels]`."""
    values = np.arange(SIDE * SIDE * channels) * 3 + label * 60 + number * 7
    shape = (SIDE, SIDE) if channels == 1 else (SIDE, SIDE, channels)
    return (values % 256).astype(np.uint8).reshape(shape)


def png(array: np.ndarray, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, kind, **options)
    return buffer.getvalue()


def put(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def image_folder(root: Path, *, splits=(), channels: int = 1, classes=CLASSES) -> Path:
    """`class/number.png`, under a folder for each split where there are any."""
    for place, split in enumerate(splits or ("",)):
        for label, name in enumerate(classes):
            for number in range(PER_CLASS):
                data = png(pixels(label, number + 20 * place, channels))
                put(root / split / name / f"{number}.png", data)
    return root


def flat_folder(root: Path, *, header=("file", "label"), extra=()) -> Path:
    """`images/*.png` and a labels.csv beside them."""
    rows = []
    for label, name in enumerate(CLASSES):
        for number in range(PER_CLASS):
            file = f"{name}-{number}.png"
            put(root / "images" / file, png(pixels(label, number)))
            rows.append([file, name, *(value(label, number) for value in extra)])
    write_csv(root / "labels.csv", [header, *rows])
    return root


def write_csv(path: Path, rows, delimiter: str = ",") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def arrays(count: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """Pictures uint8 `[n, 6, 6]` and labels int64 `[n]` of three classes."""
    labels = np.arange(count) % 3
    return np.array([pixels(label, number) for number, label in enumerate(labels)]), labels


def npz(path: Path, **changed) -> Path:
    """Keras's four arrays; an array that is None is left out."""
    x, y = arrays()
    given = {"x_train": x, "y_train": y, "x_test": x[:9] + 1, "y_test": y[:9], **changed}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **{k: v for k, v in given.items() if v is not None})
    return path


def npy_pair(root: Path) -> Path:
    x, y = arrays()
    root.mkdir(parents=True, exist_ok=True)
    np.save(root / "images.npy", x)
    np.save(root / "labels.npy", y)
    return root


def idx_folder(root: Path) -> Path:
    """IDX under names of their own."""
    x, y = arrays()
    for name, part in (("train", slice(0, 18)), ("test", slice(18, 24))):
        idx.write(root / f"mine-{name}-images.idx", x[part], compress=name == "test")
        idx.write(root / f"mine-{name}-labels.idx", y[part].astype(np.uint8), compress=False)
    return root


def pixel_csv(path: Path, *, header: bool = True, change=lambda rows: rows) -> Path:
    x, y = arrays()
    rows = [[label, *picture.ravel().tolist()] for label, picture in zip(y, x, strict=True)]
    head = [["label", *(f"pixel{i}" for i in range(SIDE * SIDE))]] if header else []
    return write_csv(path, [*head, *change(rows)])


def zipped(folder: Path, path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, f"top/{file.relative_to(folder)}")
    return path


def tarred(folder: Path, path: Path, mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:
        archive.add(folder, "top")
    return path


def parquet(path: Path) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [
        {"image": {"bytes": png(pixels(label, number)), "path": None}, "label": label}
        for label in range(3)
        for number in range(PER_CLASS)
    ]
    names = '{"info": {"features": {"label": {"names": ["ape", "bee", "cat"]}}}}'
    table = pa.Table.from_pylist(rows).replace_schema_metadata({"huggingface": names})
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, row_group_size=5)
    return path


def arrow_file(path: Path) -> Path:
    """The same as an Arrow file, which is mapped into memory as it is."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(parquet(path.with_suffix(".parquet")))
    path.with_suffix(".parquet").unlink()
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    return path


def copy(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to)
    return to
