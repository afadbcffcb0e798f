"""Latency: how long a trained model takes to answer, for one picture and for many at once."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from versus.backend import device_name, keras, torch
from versus.schema import Schema
from versus.training.inference import why_keras_predicts
from versus.training.lowering.program import lower

BATCH = 256
# Seconds that one of the two measurements may take, and the most repetitions in them.
BUDGET, MOST, FEWEST = 0.06, 100, 5

Call = Callable[[], None]


class Latency(Schema):
    """Times of the forward pass of one model, pictures in memory to probabilities in memory.

    Measured once the model is trained, after some passes that do not count. They depend on the
    machine, on its other work and on the threads, and are never the same twice.

    Attributes:
        ms: median milliseconds for one picture by itself.
        ms_low, ms_high: the 10th and 90th percentile of the repetitions.
        pictures_per_second: in batches of `batch`, the median.
        pictures_per_second_low, pictures_per_second_high: the 10th and 90th percentile.
        batch: pictures at once.
        device: "cpu", "cuda" or "mps".
        by: "versus", the lowered program, or "keras", the model itself.
    """

    ms: float
    ms_low: float
    ms_high: float
    pictures_per_second: float
    pictures_per_second_low: float
    pictures_per_second_high: float
    batch: int
    device: str
    by: str


def measure_latency(model: keras.Model, images: npt.NDArray[np.uint8]) -> Latency:
    """Measure `model` in less than 0.2 s (more only where five passes take longer).

    Args:
        model: trained, of one output.
        images: uint8 `[n, height, width, channels]`; repeated where there are less than a batch.
    """
    by = "keras" if why_keras_predicts(model) else "versus"
    many = torch.from_numpy(images[np.arange(BATCH) % len(images)])
    with torch.no_grad():
        forward = _forward(model, by)
        one = _seconds(lambda: forward(many[:1]))
        all_ = _seconds(lambda: forward(many))
    ms = np.percentile(1000 * one, [10, 50, 90])
    rate = np.percentile(BATCH / all_, [10, 50, 90])
    return Latency(
        ms=float(ms[1]),
        ms_low=float(ms[0]),
        ms_high=float(ms[2]),
        pictures_per_second=float(rate[1]),
        pictures_per_second_low=float(rate[0]),
        pictures_per_second_high=float(rate[2]),
        batch=BATCH,
        device=device_name(),
        by=by,
    )


def _forward(model: keras.Model, by: str) -> Callable[[torch.Tensor], Any]:
    """Return what takes pictures through the model, with the answer back in ordinary memory."""
    device = device_name()
    dtype = getattr(torch, keras.config.floatx())
    if by == "keras":
        return lambda part: model(part.to(device, dtype), training=False).cpu()
    program = lower(model, torch.Generator(device))
    return lambda part: program([part.to(device, dtype)], training=False)[0].cpu()


def _seconds(call: Call) -> npt.NDArray[np.float64]:
    """Return the time of each repetition, float64 `[n]`, as many as the budget has room for."""
    call()  # the first one allocates
    found: list[float] = []
    end = time.perf_counter() + BUDGET
    while len(found) < FEWEST or (len(found) < MOST and time.perf_counter() < end):
        start = time.perf_counter()
        call()
        found.append(time.perf_counter() - start)
    return np.array(found)
