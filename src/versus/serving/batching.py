"""Dynamic batching: pictures that wait while a model computes go through it together.

Nothing is held back to fill a batch: a lone request starts at once, and under load batches grow
by themselves. The model runs in a thread of its own, so the event loop goes on meanwhile.
"""

import asyncio
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from versus.serving.limits import Limits
from versus.serving.refusal import overloaded

Images = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.float32]
Answer = Callable[[Images], Rows]
Observed = Callable[[int, float], None]

# Of the seconds a picture takes: how much the latest batch counts.
_LATEST = 0.2


class _Waiting(NamedTuple):
    images: Images
    future: "asyncio.Future[Rows]"


class Batcher:
    """Runs one model, batch after batch; made and used on one event loop."""

    def __init__(
        self,
        answer: Answer,
        limits: Limits,
        observed: Observed = lambda pictures, seconds: None,
    ) -> None:
        """Start the thread that the model runs in.

        Args:
            answer: the model: uint8 `[n, height, width, channels]` to float32 `[n, classes]`.
            limits: `batch` is the largest batch, too.
            observed: told the size and the seconds of every batch, on the event loop.
        """
        self._answer, self._limits, self._observed = answer, limits, observed
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[_Waiting] = deque()
        self._pictures = 0
        self._busy = False
        self._seconds_each = 0.0
        self._work: queue.SimpleQueue[list[_Waiting] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="model", daemon=True)
        self._thread.start()

    @property
    def pictures(self) -> int:
        """How many wait or are being computed."""
        return self._pictures

    async def submit(self, images: Images) -> Rows:
        """Return the probabilities of some pictures, computed with others that wait.

        Args:
            images: uint8 `[n, height, width, channels]`, n at most `limits.batch`.

        Raises:
            RefusalError: 503: too many wait, or the answer did not come in time.
        """
        count, limits = len(images), self._limits
        expected = self._pictures * self._seconds_each
        if self._pictures + count > limits.queue or expected > limits.wait_seconds:
            raise overloaded(f"{self._pictures} pictures wait already, for {expected:.1f} s")
        future: asyncio.Future[Rows] = self._loop.create_future()
        self._pictures += count
        try:
            self._waiting.append(_Waiting(images, future))
            if not self._busy:
                # Not at once: what else has come with this one joins it.
                self._busy = True
                self._loop.call_soon(self._next)
            async with asyncio.timeout(limits.answer_seconds):
                return await future
        except TimeoutError:
            raise overloaded(f"no answer within {limits.answer_seconds:g} s") from None
        finally:
            self._pictures -= count

    def close(self) -> None:
        """End the thread, once it has computed what it has."""
        self._work.put(None)
        self._thread.join(timeout=5)

    def _next(self) -> None:
        """Give the thread what waits, as much as one batch takes."""
        taken: list[_Waiting] = []
        size = 0
        while self._waiting:
            one = self._waiting[0]
            if one.future.done():  # its request is gone
                self._waiting.popleft()
                continue
            if taken and size + len(one.images) > self._limits.batch:
                break
            taken.append(self._waiting.popleft())
            size += len(one.images)
        self._busy = bool(taken)
        if taken:
            self._work.put(taken)

    def _run(self) -> None:
        """The thread: batch in, rows out."""
        while (taken := self._work.get()) is not None:
            started = time.perf_counter()
            rows: Rows | Exception
            try:
                arrays = [one.images for one in taken]
                rows = self._answer(arrays[0] if len(arrays) == 1 else np.concatenate(arrays))
            except Exception as error:  # whatever ONNX Runtime raises: the requests must end
                rows = error
            seconds = time.perf_counter() - started
            self._loop.call_soon_threadsafe(self._done, taken, rows, seconds)

    def _done(self, taken: list[_Waiting], rows: Rows | Exception, seconds: float) -> None:
        """Hand the rows out, on the event loop."""
        self._next()
        start = 0
        for one in taken:
            stop = start + len(one.images)
            if one.future.done():
                pass
            elif isinstance(rows, Exception):
                one.future.set_exception(rows)
            else:
                one.future.set_result(rows[start:stop])
            start = stop
        latest = seconds / start
        self._seconds_each += _LATEST * (latest - self._seconds_each)
        self._observed(start, seconds)
