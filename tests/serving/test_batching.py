"""Pictures that wait go through the model together; too many are refused; nothing is mixed up."""

import asyncio
import functools
import threading
import time

import numpy as np
import pytest

from versus.serving.batching import Batcher
from versus.serving.limits import Limits
from versus.serving.refusal import RefusalError


def picture(number, count=1):
    return np.full((count, 1, 1, 1), number, np.uint8)


class Model:
    """Answers with what it was given, as slowly as told; notes the sizes of its batches."""

    def __init__(self):
        self.sizes = []
        self.go = threading.Event()
        self.go.set()
        self.fails = False

    def __call__(self, images):
        assert self.go.wait(10)
        self.sizes.append(len(images))
        if self.fails:
            raise ValueError("the model failed")
        return images[:, 0, 0].astype(np.float32)


@pytest.fixture
def run(looping):
    """Return a function that runs a scenario with a Batcher of a model."""
    return functools.partial(run_on, looping)


def run_on(looping, scenario, model, limits=None):
    async def main():
        batcher = Batcher(model, limits or Limits())
        try:
            return await scenario(batcher)
        finally:
            model.go.set()
            batcher.close()

    return looping.run(main())


def test_each_gets_its_own_rows(run):
    async def scenario(batcher):
        asked = [batcher.submit(picture(n, 1 + n % 5)) for n in range(200)]
        return await asyncio.gather(*asked)

    model = Model()
    for number, rows in enumerate(run(scenario, model)):
        assert rows.tolist() == [[number]] * (1 + number % 5)
    assert sum(model.sizes) == sum(1 + n % 5 for n in range(200))
    assert max(model.sizes) <= 256
    assert len(model.sizes) < 20


def test_what_comes_while_it_computes_goes_together(run):
    model = Model()

    async def scenario(batcher):
        model.go.clear()
        first = asyncio.create_task(batcher.submit(picture(0)))
        await asyncio.sleep(0.02)  # it is being computed
        others = [asyncio.create_task(batcher.submit(picture(n))) for n in range(1, 11)]
        await asyncio.sleep(0)
        model.go.set()
        await asyncio.gather(first, *others)

    run(scenario, model)
    assert model.sizes == [1, 10]


def test_a_batch_has_a_limit(run):
    async def scenario(batcher):
        return await asyncio.gather(*(batcher.submit(picture(n, 3)) for n in range(4)))

    model = Model()
    run(scenario, model, Limits(batch=7))
    assert model.sizes == [6, 6]


def test_a_full_queue_refuses_at_once_and_recovers(run):
    model = Model()

    async def scenario(batcher):
        model.go.clear()
        asked = [asyncio.create_task(batcher.submit(picture(n))) for n in range(8)]
        await asyncio.sleep(0.02)
        started = time.monotonic()
        with pytest.raises(RefusalError) as caught:
            await batcher.submit(picture(9))
        assert time.monotonic() - started < 1  # it does not wait for the model, which waits for us
        assert (caught.value.status, caught.value.retry_after) == (503, 1)
        model.go.set()
        await asyncio.gather(*asked)
        assert batcher.pictures == 0
        return await batcher.submit(picture(5))

    assert run(scenario, model, Limits(queue=8)).tolist() == [[5]]


def test_a_slow_model_refuses_what_would_wait_too_long(run):
    model = Model()

    async def scenario(batcher):
        batcher._seconds_each = 1.0
        model.go.clear()
        asked = [asyncio.create_task(batcher.submit(picture(n))) for n in range(3)]
        await asyncio.sleep(0.02)
        with pytest.raises(RefusalError, match=r"3 pictures wait already, for 3\.0 s"):
            await batcher.submit(picture(9))
        model.go.set()
        await asyncio.gather(*asked)

    run(scenario, model, Limits(wait_seconds=2.5))


def test_an_answer_that_does_not_come_is_given_up(run):
    model = Model()

    async def scenario(batcher):
        model.go.clear()
        with pytest.raises(RefusalError, match="no answer within"):
            await batcher.submit(picture(1))
        assert batcher.pictures == 0
        model.go.set()
        return await batcher.submit(picture(2))

    assert run(scenario, model, Limits(answer_seconds=0.05)).tolist() == [[2]]


def test_a_request_that_is_gone_is_not_computed(run):
    model = Model()

    async def scenario(batcher):
        model.go.clear()
        first = asyncio.create_task(batcher.submit(picture(0)))
        await asyncio.sleep(0.02)
        gone = asyncio.create_task(batcher.submit(picture(1)))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        model.go.set()
        await first
        await batcher.submit(picture(2))

    run(scenario, model)
    assert model.sizes == [1, 1]


def test_a_model_that_fails_ends_its_requests_and_goes_on(run):
    model = Model()

    async def scenario(batcher):
        model.fails = True
        for _ in range(2):
            with pytest.raises(ValueError, match="the model failed"):
                await batcher.submit(picture(1))
        model.fails = False
        return await batcher.submit(picture(3))

    assert run(scenario, model).tolist() == [[3]]


def test_the_loop_goes_on_while_the_model_computes(run):
    model = Model()

    async def scenario(batcher):
        model.go.clear()
        asked = asyncio.create_task(batcher.submit(picture(1)))
        for _ in range(50):
            await asyncio.sleep(0)
        assert not asked.done()
        model.go.set()
        await asked

    run(scenario, model)


def test_batches_are_told(looping):
    told = []

    async def main():
        batcher = Batcher(Model(), Limits(), lambda size, seconds: told.append(size))
        await asyncio.gather(*(batcher.submit(picture(n)) for n in range(5)))
        batcher.close()

    looping.run(main())
    assert told == [5]
