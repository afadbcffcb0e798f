"""Decoding on all cores: processes of our own that read, decode, and write into one file.

Threads do not help with small pictures, whose decoding is mostly Python. Processes are started
anew, not forked: this one may have threads. Each is given rows, and writes their pixels to their
places, so that nothing but row numbers and faults goes between.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from versus.cores import cores
from versus.data.reading.decode_rows import Outcome, Rule
from versus.data.reading.progress import decoding_bar
from versus.data.sources.found import EncodedPictures
from versus.errors import DataError

MOST_AT_ONCE = 512
"""Pictures that a worker is given at once."""

MOST_BAD = 1000
"""After so many that cannot be read, no more are tried: this is no set of pictures."""

_STDERR = subprocess.DEVNULL  # what image libraries say there is said by our errors too


def decode_in_workers(
    pictures: EncodedPictures, rows: npt.NDArray[np.int64], rule: Rule, file: Path
) -> Outcome:
    """Write the pixels of the pictures in `rows`, one after the other, into `file`.

    Raises:
        DataError: a worker ends, as when the system runs out of memory, or nearly no picture can
            be read.
    """
    order = np.argsort(rows, kind="stable")  # as they lie in their source
    processes = min(cores(), max(1, len(rows) // 64))
    at_once = max(1, min(MOST_AT_ONCE, len(rows) // (4 * processes)))
    pool = _Pool(pictures, rows, rule, file)
    for start in range(0, len(order), at_once):
        pool.tasks.put(order[start : start + at_once])
    with decoding_bar(len(rows)) as pool.report:
        pool.run(processes)
    return pool.outcome


class _Pool:
    """Worker processes, each led by a thread of this one."""

    def __init__(
        self, pictures: EncodedPictures, rows: npt.NDArray[np.int64], rule: Rule, file: Path
    ) -> None:
        self._pictures, self._rows = pictures, rows
        self.tasks: queue.SimpleQueue[npt.NDArray[np.int64]] = queue.SimpleQueue()
        self.outcome = Outcome()
        self.report: Callable[[int], None] = lambda done: None
        self._lock = threading.Lock()
        self._done = 0
        self._error: BaseException | None = None
        self._workers: list[subprocess.Popen[bytes]] = []
        self._head = {
            "pictures": pictures.spec(),
            "preparation": rule.preparation.to_dict(),
            "own_size": rule.own_size,
            "own_channels": rule.own_channels,
            "file": str(file),
        }

    def run(self, processes: int) -> None:
        """Work off all tasks."""
        threads: list[threading.Thread] = []
        try:
            for _ in range(processes):
                worker = _start()
                self._workers.append(worker)
                threads.append(threading.Thread(target=self._lead, args=(worker,), daemon=True))
                threads[-1].start()
            for thread in threads:
                thread.join()
        finally:  # after Ctrl-C too
            for worker in self._workers:
                worker.kill()
                worker.wait()
                for pipe in (worker.stdin, worker.stdout):
                    if pipe is not None:
                        with suppress(OSError):  # what it was told last is lost with it
                            pipe.close()
            for thread in threads:
                thread.join()
        if self._error is not None:
            raise self._error

    def _lead(self, worker: subprocess.Popen[bytes]) -> None:
        try:
            _tell(worker, self._head)
            while not self._ended():
                try:
                    places = self.tasks.get_nowait()
                except queue.Empty:
                    return
                rows: list[int] = self._rows[places].tolist()
                task = {"keys": self._pictures.keys(rows), "places": places.tolist()}
                _tell(worker, task)
                self._take(_hear(worker, self._pictures.where(rows[0])), len(rows))
        except BaseException as error:
            self._error = self._error or error

    def _ended(self) -> bool:
        return self._error is not None or self.outcome.colour or len(self.outcome.bad) > MOST_BAD

    def _take(self, answer: dict[str, Any], count: int) -> None:
        if "error" in answer:
            raise DataError(answer["error"])
        with self._lock:
            self.outcome.bad += [(place, why) for place, why in answer["bad"]]
            self.outcome.notes.update(answer["notes"])
            self.outcome.colour = self.outcome.colour or answer["colour"]
            self._done += count
            self.report(self._done)
            if len(self.outcome.bad) > MOST_BAD:
                _, why = min(self.outcome.bad)
                raise DataError(f"{why} (and over {MOST_BAD:,} more: are these pictures?)")


def _start() -> subprocess.Popen[bytes]:
    path = os.pathsep.join(entry for entry in sys.path if entry)
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "versus.data.reading.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=_STDERR,
        env={**os.environ, "PYTHONPATH": path},
    )


def _tell(worker: subprocess.Popen[bytes], content: dict[str, Any]) -> None:
    assert worker.stdin is not None  # noqa: S101
    try:
        worker.stdin.write(json.dumps(content).encode() + b"\n")
        worker.stdin.flush()
    except OSError:
        pass  # it has ended, which is heard next


def _hear(worker: subprocess.Popen[bytes], where: str) -> dict[str, Any]:
    assert worker.stdout is not None  # noqa: S101
    line = worker.stdout.readline()
    if not line:
        raise DataError(
            f"{where}: the process that decoded this or one of the next pictures ended "
            f"(code {worker.wait()}): expected it to go on: there may be too little memory, or "
            "one of them breaks the decoder: give fewer pictures"
        )
    return json.loads(line)
