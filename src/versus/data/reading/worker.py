"""A worker: reads tasks from stdin, decodes, writes pixels into a file, answers on stdout."""

import json
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from versus.data.decoding import MOST_BYTES, quiet
from versus.data.preparation import Preparation
from versus.data.reading.decode_rows import Picture, Rule, decode_rows
from versus.data.sources.opening import open_again
from versus.data.sources.tree import Member, Tree
from versus.filesystem.placed import PlacedWriter


def work() -> None:
    """Do one task a line until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started this one ends it
    answers, sys.stdout = sys.stdout, sys.stderr
    head = json.loads(sys.stdin.readline())
    way = Preparation.from_dict(head["preparation"])
    rule = Rule(way, head["own_size"], head["own_channels"])
    size = int(np.prod(way.shape))
    opened = _opener(head["pictures"])
    with PlacedWriter(Path(head["file"])) as out, quiet():
        for line in sys.stdin:
            task = json.loads(line)
            pictures = [
                (place, *opened(key))
                for place, key in zip(task["places"], task["keys"], strict=True)
            ]
            answers.write(_answer(pictures, rule, out, size) + "\n")
            answers.flush()


def _answer(pictures: list[Picture], rule: Rule, out: PlacedWriter, size: int) -> str:
    def write(place: int, pixels: npt.NDArray[np.uint8]) -> None:
        out.write(place * size, np.ascontiguousarray(pixels).data)

    try:
        outcome = decode_rows(pictures, rule, write)
    except OSError as error:
        return json.dumps({"error": f"the cache cannot be written ({error}): free some space"})
    return json.dumps(vars(outcome))


def _opener(spec: dict[str, Any]) -> Callable[[Any], tuple[str, Callable[[], bytes]]]:
    """Return what gives, for a key of `EncodedPictures.keys`, its name and what reads it."""
    if spec["kind"] == "table":
        from versus.data.sources.arrow_pictures import opener  # brings pyarrow

        return opener(spec)
    files: dict[str, Member] = {}
    tree: Tree = replace(open_again(spec), files=files)

    def opened(key: tuple[str, int, int]) -> tuple[str, Callable[[], bytes]]:
        def read() -> bytes:
            files.clear()
            files[key[0]] = Member(*key)
            return tree.read(key[0], MOST_BYTES)

        return tree.where(key[0]), read

    return opened


if __name__ == "__main__":
    work()
