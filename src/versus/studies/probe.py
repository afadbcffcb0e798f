"""Probe: a few real training steps of each variant, to tell how long its runs will take."""

import contextlib
import statistics
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from versus.backend import keras, threads
from versus.data.dataset import Dataset, Split
from versus.errors import TrainingError
from versus.evaluation.predict import measure
from versus.models.build import build
from versus.schema import Schema
from versus.studies.budget import Allowance
from versus.studies.plan import PlannedRun
from versus.studies.processes.executor import Died, Executor, SerialExecutor, Task, Tell
from versus.studies.processes.local import ProcessExecutor
from versus.studies.processes.starting import NoServer
from versus.studies.run_files import saved
from versus.training.engines import choose_engine, train
from versus.training.estimators import is_estimator, learned
from versus.training.latency import measure_latency
from versus.training.recipe import Recipe

# Steps of one short epoch, the seconds that such epochs go on for, and how many at least.
STEPS, SECONDS, LEAST = 8, 1.5, 3
MEASURED = 512
# Pictures that are learned from where all are learned from at once.
AT_ONCE = 2_000


class Timing(Schema):
    """How long the parts of a variant's run take, in seconds.

    Attributes:
        start: building, compiling and the first steps, beyond what later steps take.
        step: of a training step, after the first ones.
        picture: of measuring a picture, in validation and in the test.
        end: measuring the latency, and saving the model.
        frozen: whether most of the model does not train, so that its features are computed once.
    """

    start: float
    step: float
    picture: float
    end: float
    frozen: bool

    def run(self, given: Allowance, train: int, validation: int, test: int) -> float:
        """Return the seconds of a whole run that trains all it may.

        Args:
            given: epochs, steps, or seconds of training alone.
            train: training pictures.
            validation: measured after every epoch, and once more in the end.
            test: measured in the end.
        """
        epoch = -(-train // given.recipe.batch_size) * self.step
        epochs, training = given.recipe.epochs, given.recipe.epochs * epoch
        if given.seconds is not None:
            epochs, training = int(given.seconds / epoch), given.seconds
        elif given.steps is not None:  # perhaps within the last epoch
            training = given.steps * self.step
        pictures = (epochs + 1) * validation + test
        features = (train + validation) * self.picture if self.frozen else 0.0
        return self.start + features + training + pictures * self.picture + self.end


@dataclass(frozen=True)
class Probing:
    """What the process of a probe needs, and does.

    Attributes:
        runs: one of each variant.
        data: the study's.
        tasks: by their numbers, which run each of them tries.
        seconds: that the training of each goes on for.
    """

    runs: tuple[PlannedRun, ...]
    data: Dataset
    tasks: tuple[int, ...]
    seconds: float

    def __call__(self, task: int, tell: Tell) -> Timing | str:
        """Return the timing, or what went wrong, to be told by the process that asked."""
        try:
            return _time(self.runs[self.tasks[task]], self.data, self.seconds)
        except Exception as error:
            return f"{type(error).__name__}: {error}"


def measure_timings(runs: Sequence[PlannedRun], data: Dataset, jobs: int) -> list[Timing]:
    """Return the timing of each run, measured as it will be made.

    With several jobs as many processes measure at once.

    Raises:
        TrainingError: a variant cannot be trained.
    """
    tasks = tuple(number for number in range(len(runs)) for _ in range(jobs))
    waiting = deque(range(len(tasks)))
    found: list[list[Timing]] = [[] for _ in runs]
    with _executor(Probing(tuple(runs), data, tasks, SECONDS), jobs) as executor:
        for task, outcome in executor.map(lambda: _next(waiting), lambda *_: None):
            result = outcome.reason if isinstance(outcome, Died) else outcome
            if isinstance(result, str):
                name = runs[tasks[task]].variant.name
                raise TrainingError(f"{name}: a trial of a few steps: {result}")
            found[tasks[task]].append(result)
    # The slower of those side by side: a study is as fast as its slowest process.
    return [max(timings, key=lambda timing: timing.step) for timings in found]


def _executor(work: Probing, jobs: int) -> Executor:
    if jobs > 1:
        with contextlib.suppress(NoServer):  # runs would go one after the other then, too
            return ProcessExecutor(work, jobs)
    return SerialExecutor(work)


def _next(waiting: "deque[int]") -> Task | None:
    return Task(waiting.popleft()) if waiting else None


def _time(run: PlannedRun, data: Dataset, seconds: float) -> Timing:
    """Train on a few batches over and over, and measure some pictures."""
    with threads(run.protocol.threads):
        began = time.perf_counter()
        part = run.protocol.split(data, run.seed)
        model = build(run.builder, data.input_shape, len(data.classes), run.seed)
        built = time.perf_counter() - began
        small = part.train.take(
            np.arange(min(len(part.train), STEPS * run.variant.recipe.batch_size))
        )
        if is_estimator(model):
            return _time_at_once(run, model, part.train, data)
        recipe = Recipe.from_dict(
            {**run.variant.recipe.to_dict(), "epochs": 10_000, "early_stopping": None}
        )
        engine, _ = choose_engine(model, run.protocol.engine, recipe)
        history = train(
            model, recipe, small, None, seed=run.seed, engine=engine, callbacks=[_Enough(seconds)]
        )
        first, *later = history.epoch_seconds
        typical = statistics.median(later)
        ready = history.seconds - sum(history.epoch_seconds)
        return Timing(
            start=built + max(0.0, ready) + max(0.0, first - typical),
            step=typical / -(-len(small) // recipe.batch_size),
            picture=_per_picture(run, model, data),
            end=_end(model, data),
            frozen=2 * run.cost.trainable < run.cost.parameters,
        )


def _time_at_once(run: PlannedRun, model: keras.Model, part: Split, data: Dataset) -> Timing:
    """Return the timing of what learns in one go: of some pictures, and with their square more."""
    some = part.take(np.arange(0, len(part), max(1, len(part) // AT_ONCE)))
    history = train(model, run.variant.recipe, some, None, seed=run.seed)
    model = learned(model)
    seconds = history.seconds * (len(part) / len(some)) ** 2
    steps = -(-len(part) // run.variant.recipe.batch_size)
    picture = _per_picture(run, model, data) * len(part) / len(some)
    end = _end(model, data)
    return Timing(start=0.0, step=seconds / steps, picture=picture, end=end, frozen=False)


def _per_picture(run: PlannedRun, model: keras.Model, data: Dataset) -> float:
    """Return the seconds of measuring a picture, once it has been done before."""
    pictures = data.train.take(np.arange(min(MEASURED, len(data.train))))
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        measure(model, pictures, data.classes, run.variant.recipe)
        seconds.append(time.perf_counter() - start)
    return min(seconds[1:]) / len(pictures)


def _end(model: keras.Model, data: Dataset) -> float:
    """Return the seconds of what a run does once it has been measured."""
    start = time.perf_counter()
    measure_latency(model, data.train.images)
    saved(model)
    return time.perf_counter() - start


class _Enough(keras.callbacks.Callback):
    """Ends a training once it has gone on for long enough."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._until = time.perf_counter() + seconds

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Stop after some epochs and some time."""
        if epoch + 1 >= LEAST and time.perf_counter() > self._until:
            model: Any = self.model
            model.stop_training = True
