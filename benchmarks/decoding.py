"""How fast picture files become a data set, and how much memory that takes.

    python benchmarks/decoding.py speed          # 28x28 PNGs, one process and all workers
    python benchmarks/decoding.py memory         # 100,000 pictures of 96x96x3, loaded and trained

Pictures are made up, once, in a folder that goes away.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = 10


def picture(rng, size, channels):
    """Smooth shades with a few sharp edges, so that files have the sizes that real ones have."""
    coarse = rng.integers(0, 256, (4, 4, channels), dtype=np.uint8).squeeze()
    image = Image.fromarray(coarse).resize((size, size), Image.Resampling.BICUBIC)
    array = np.array(image)
    top, left = rng.integers(0, size // 2, 2)
    array[top : top + size // 3, left : left + size // 4] = rng.integers(0, 256)
    return Image.fromarray(array)


def make(folder: Path, count: int, size: int, channels: int, kind: str) -> None:
    rng = np.random.default_rng(0)
    for label in range(CLASSES):
        (folder / f"class {label}").mkdir(parents=True)
    for number in range(count):
        image = picture(rng, size, channels)
        suffix = {"PNG": "png", "JPEG": "jpg"}[kind]
        image.save(folder / f"class {number % CLASSES}" / f"{number}.{suffix}", kind)


def speed(count: int) -> None:
    from versus.data.decoding import decode
    from versus.data.options import ReadOptions
    from versus.data.preparation import Preparation
    from versus.data.reading import rendering
    from versus.data.reading.own import read_own
    from versus.data.reading.workers import cores

    with tempfile.TemporaryDirectory() as place:
        os.environ["VERSUS_CACHE"] = str(Path(place) / "cache")
        for channels, name in ((1, "grey"), (3, "RGB")):
            folder = Path(place) / name
            make(folder, count, 28, channels, "PNG")
            files = [path.read_bytes() for path in sorted(folder.rglob("*.png"))[:5000]]
            way = Preparation(height=28, width=28, channels=channels)
            began = time.process_time()
            for data in files:
                way.apply(decode(data, "here").pixels)
            alone = len(files) / (time.process_time() - began)
            print(f"{name}: decoded and prepared, {alone:,.0f} a second of a core", flush=True)
            for few, what in ((10**9, "one process"), (0, f"{cores()} workers")):
                rendering.FEW_FILES, rendering.FEW_BYTES = few, few
                began, used = time.perf_counter(), cpu()
                data = read_own(folder, name, ReadOptions())
                seconds, used = time.perf_counter() - began, cpu() - used
                print(
                    f"{name}: {count:,} files to a Dataset by {what} in {seconds:.1f} s, "
                    f"{count / used:,.0f} a second of a core",
                    flush=True,
                )
                assert sum(map(len, data.splits.values())) == count


def cpu() -> float:
    """Seconds of a core that this process and its children have used: other work adds nothing."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


LOAD = """
import json, resource, sys, time
import versus
from versus.data.equal_pictures import find_equal_pictures

def tell(what, began):
    lines = dict(line.split(":", 1) for line in open("/proc/self/status"))
    sizes = {k: int(lines[k].split()[0]) // 1024 for k in ("VmHWM", "RssAnon", "RssFile")}
    seconds = round(time.perf_counter() - began, 1)
    print(json.dumps({"what": what, "seconds": seconds, **sizes}), flush=True)
    return time.perf_counter()

began = time.perf_counter()
data = versus.load(sys.argv[1])
began = tell("load", began)
print(data, data.fingerprint[:20])
began = tell("fingerprint", began)
find_equal_pictures(data)
began = tell("equal pictures", began)
if sys.argv[2] == "train":
    model = versus.build("fc", data.input_shape, len(data.classes), seed=0)
    began = tell("model built", began)
    versus.fit(model, data, versus.Recipe(epochs=1, batch_size=128), seed=0, verbose=0)
    began = tell("one epoch", began)
    versus.evaluate(model, data)
    tell("evaluated", began)
print("most of a worker:", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


def memory(count: int, folder: Path | None) -> None:
    with tempfile.TemporaryDirectory() as place:
        pictures = folder or Path(place) / "pictures"
        if not pictures.exists():
            make(pictures, count, 96, 3, "JPEG")
        environment = {**os.environ, "VERSUS_CACHE": str(Path(place) / "cache")}
        for what in ("first", "again", "train"):
            print(what, flush=True)
            subprocess.run(
                [sys.executable, "-c", LOAD, str(pictures), what], env=environment, check=True
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("speed", "memory"))
    parser.add_argument("--count", type=int)
    parser.add_argument("--folder", type=Path, help="keep the made-up pictures here")
    given = parser.parse_args()
    if given.what == "speed":
        speed(given.count or 20_000)
    else:
        memory(given.count or 100_000, given.folder)


if __name__ == "__main__":
    main()
