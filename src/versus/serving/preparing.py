"""Picture files are prepared in a few threads of their own, and no more wait than those manage."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from versus.bundles.picture import Seen, prepare
from versus.data.preparation import Preparation
from versus.serving.limits import Limits
from versus.serving.refusal import overloaded

THREADS = 2
MOST_WAITING = 64


class Preparer:
    """Turns picture files into what models see, off the event loop."""

    def __init__(self, limits: Limits) -> None:
        """Start nothing yet.

        Args:
            limits: of the pixels of a picture, and of the seconds it may take.
        """
        self._limits = limits
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="prepare")
        self._waiting = 0

    async def prepare(
        self, data: bytes, preparations: Sequence[Preparation], *, as_is: bool = False
    ) -> list[Seen]:
        """Return what each Preparation makes of a picture; equal ones are made once.

        Raises:
            RefusalError: 503: too many wait, or it took too long.
            DataFormatError: these bytes are no picture that can be used.
        """
        if self._waiting >= MOST_WAITING:
            raise overloaded(f"{self._waiting} pictures are being read already")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._limits.answer_seconds):
                return await asyncio.get_running_loop().run_in_executor(
                    self._pool, self._prepare, data, preparations, as_is
                )
        except TimeoutError:
            raise overloaded("the picture was not read in time") from None
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _prepare(self, data: bytes, preparations: Sequence[Preparation], as_is: bool) -> list[Seen]:
        made: dict[str, Seen] = {}
        for preparation in preparations:
            key = preparation.model_dump_json()
            if key not in made:
                most = self._limits.pixels
                made[key] = prepare(data, "the picture", preparation, most, as_is=as_is)
        return [made[preparation.model_dump_json()] for preparation in preparations]
