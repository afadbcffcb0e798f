"""What `versus data inspect` finds, misses and costs, on real data with near-copies planted in.

    VERSUS_DATA=... python benchmarks/inspection.py OUT [--sets mnist] [--parts recall]

Near-copies: 1,000 test pictures are replaced by copies of training pictures, shifted by one pixel
in one of eight directions (zeros come in), 10 % brighter (clipped at 255), 10 % darker, or as a
JPEG of quality 80; a quarter each. False alarms are counted on the sets as they are.
"""

import argparse
import io
import json
import statistics
import time
from pathlib import Path

import numpy as np
from PIL import Image

from versus.data import catalogue
from versus.data.dataset import Dataset, Split
from versus.data.inspection.inspection import inspect_dataset
from versus.data.inspection.near_equal import find_near_equal_pictures, near_equal_pairs
from versus.evaluation.label_errors import find_label_errors
from versus.evaluation.out_of_fold import out_of_fold
from versus.seeding import stream

MANNERS = ("shifted", "brighter", "darker", "jpeg")
DIRECTIONS = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if y or x]
PLANTED, SEEDS = 1_000, 1
# The 15 test pictures whose label fewer than three of five people kept (C. Northcutt, A. Athalye
# and J. Mueller 2021, "Pervasive label errors in test sets"; mturk/mnist_mturk.json of
# cleanlab/label-errors).
CONFIRMED = {
    "mnist": (
        *(947, 1621, 1901, 2130, 2462, 2597, 2654, 3520),
        *(3558, 5937, 6651, 6783, 8527, 9679, 9729),
    )
}


def shifted(picture: np.ndarray, down: int, right: int) -> np.ndarray:
    """Move by one pixel; what comes in is 0."""
    moved = np.zeros_like(picture)
    height, width = picture.shape[:2]
    rows, columns = (
        slice(max(-down, 0), height - max(down, 0)),
        slice(max(-right, 0), width - max(right, 0)),
    )
    moved[max(down, 0) : height + min(down, 0), max(right, 0) : width + min(right, 0)] = picture[
        rows, columns
    ]
    return moved


def jpeg(picture: np.ndarray) -> np.ndarray:
    """Pack as a JPEG of quality 80, and unpack."""
    packed = io.BytesIO()
    Image.fromarray(picture[..., 0]).save(packed, "JPEG", quality=80)
    return np.asarray(Image.open(packed))[..., np.newaxis]


def near_copy(picture: np.ndarray, manner: str, number: int) -> np.ndarray:
    if manner == "shifted":
        return shifted(picture, *DIRECTIONS[number % 8])
    if manner == "jpeg":
        return jpeg(picture)
    factor = 1.1 if manner == "brighter" else 0.9
    return np.rint(np.minimum(picture * factor, 255)).astype(np.uint8)


def planted(data: Dataset, seed: int) -> tuple[Dataset, np.ndarray, list[str]]:
    """Return the set with near-copies, their (train row, test row), and the manner of each."""
    rng = stream(seed, "planted")
    sources = rng.choice(len(data.train), PLANTED, replace=False)
    targets = rng.choice(len(data.test), PLANTED, replace=False)
    images, labels = np.array(data.test.images), np.array(data.test.labels)
    manners = [MANNERS[number % 4] for number in range(PLANTED)]
    for number, (source, target) in enumerate(zip(sources, targets, strict=True)):
        images[target] = near_copy(data.train.images[source], manners[number], number // 4)
        labels[target] = data.train.labels[source]
    changed = Dataset(data.name, data.classes, data.train, Split(images, labels))
    return changed, np.stack([sources, targets], 1), manners


def recall(data: Dataset, seed: int) -> dict[str, float]:
    """The share of planted near-copies that is found, by manner and in all."""
    changed, truth, manners = planted(data, seed)
    pairs, _ = near_equal_pairs(changed.train, changed.test)
    found = set(map(tuple, pairs.tolist()))
    # A copy of a picture of one value, or of one that stays as it is, is equal, not nearly so.
    hit = [
        tuple(pair) in found
        or np.array_equal(changed.train.images[pair[0]], changed.test.images[pair[1]])
        for pair in truth.tolist()
    ]
    shares = {m: [h for h, each in zip(hit, manners, strict=True) if each == m] for m in MANNERS}
    return {m: statistics.mean(h) for m, h in shares.items()} | {"all": statistics.mean(hit)}


def clocked(function, repeats: int) -> dict[str, list[float]]:
    walls, processors = [], []
    for _ in range(repeats):
        wall, processor = time.perf_counter(), time.process_time()
        function()
        walls.append(round(time.perf_counter() - wall, 2))
        processors.append(round(time.process_time() - processor, 2))
    return {"seconds": walls, "processor seconds": processors}


def times(data: Dataset) -> dict:
    """Seconds by the clock and of the processor, three times each."""
    return {
        "near-equal, everywhere": clocked(lambda: find_near_equal_pictures(data), 3),
        "as with a study": clocked(lambda: inspect_dataset(data, within=False), 3),
    }


def found(data: Dataset) -> dict:
    """What is told of the set as it is."""
    inspection = inspect_dataset(data)
    return {
        "warnings": [warned.what for warned in inspection.warnings()],
        "near_equal": [near.to_dict() for near in inspection.near_equal],
        "oddities": [odd.to_dict() for odd in inspection.oddities],
    }


def labels(data: Dataset) -> dict:
    """The suspected labels: how many, and the 20 most suspect."""
    start = time.perf_counter()
    errors = find_label_errors(data, out_of_fold(data))
    content = errors.to_dict()
    test = {suspect.row for suspect in errors.suspects if suspect.split == "test"}
    confirmed = CONFIRMED.get(data.name, ())
    return content | {
        "suspected": len(errors.suspects),
        "suspects": content["suspects"][:20],
        "confirmed by others, and suspected": [row for row in confirmed if row in test],
        "confirmed by others, and not": [row for row in confirmed if row not in test],
        "seconds": round(time.perf_counter() - start),
    }


PARTS = {
    "recall": lambda data: {f"seed {seed}": recall(data, seed) for seed in range(SEEDS)},
    "found": found,
    "times": times,
    "labels": labels,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--sets", nargs="+", default=["mnist", "fashion-mnist"])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in arguments.sets:
        for part in arguments.parts:
            content = PARTS[part](catalogue.load(name))
            text = json.dumps(content, indent=1, ensure_ascii=False)
            (arguments.out / f"{name}-{part}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
