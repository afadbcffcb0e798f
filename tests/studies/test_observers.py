"""One contract for everything that shows a study's progress, and what each shows."""

import dataclasses
import io
import json
import re
import time

import pytest
from rich.console import Console

from versus.backend import keras
from versus.results.store import DirectoryStore
from versus.studies.observer import Observer
from versus.studies.runner import run_study
from versus.studies.study import Study, Variant
from versus.studies.watching.live import LiveProgress
from versus.studies.watching.progress import PlainProgress, progress_on
from versus.training.beat import Beat
from versus.training.recipe import Recipe

RECIPE = Recipe(learning_rate=0.01, batch_size=32, epochs=2)
CURSOR_HIDDEN, CURSOR_SHOWN = "\x1b[?25l", "\x1b[?25h"


class Breaks(keras.layers.Layer):
    """Raises once it is trained."""

    def call(self, inputs, training=False):
        if training and len(inputs) > 1:
            raise RuntimeError("broken on purpose")
        return inputs


def broken(input_shape, classes):
    head = keras.layers.Dense(classes, activation="softmax")
    return keras.Sequential([keras.Input(input_shape), Breaks(), keras.layers.Flatten(), head])


class Terminal(io.StringIO):
    def isatty(self):
        return True


def live():
    console = Console(file=Terminal(), force_terminal=True, width=100, height=24,
                      color_system="standard")  # fmt: skip
    return LiveProgress(console), console.file


def plain():
    stream = io.StringIO()
    return PlainProgress(stream), stream


class Recording(Observer):
    """Notes what it is told."""

    def __init__(self):
        self.told, self.beats = [], []

    def study_started(self, plan):
        self.told.append("study")

    def run_started(self, run):
        self.told.append(("started", run.variant.name, run.seed))

    def progressed(self, run, beat):
        self.beats.append((run.variant.name, run.seed, beat))

    def run_ended(self, record):
        self.told.append((record.status, record.variant, record.seed))

    def study_ended(self):
        self.told.append("end")


def recording():
    return Recording(), io.StringIO()


OBSERVERS = {"live": live, "plain": plain, "nothing": lambda: (Observer(), io.StringIO()),
             "recording": recording}  # fmt: skip


@pytest.fixture
def study(tiny):
    variants = [Variant("fc", recipe=RECIPE), Variant("broken", broken, RECIPE)]
    return Study("?", tiny, variants, seeds=2, name="pair")


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("make", OBSERVERS.values(), ids=OBSERVERS)
def test_a_study_goes_through_whatever_is_watching(study, tmp_path, make, jobs):
    observer, stream = make()
    result = run_study(study, tmp_path, observer=observer, jobs=jobs)
    assert sorted((r.variant, r.seed, r.status) for r in result.records) == [
        ("broken", 0, "failed"),
        ("broken", 1, "failed"),
        ("fc", 0, "finished"),
        ("fc", 1, "finished"),
    ]
    assert not list(tmp_path.glob("*/.*.progress.json")), "gone with the runs"
    text = stream.getvalue()
    if make in (live, plain):
        assert "broken, seed 1: failed: RuntimeError: " in text
        assert "broken on purpose" in text
    # Everything is there already, but what failed is made again.
    observer, stream = make()
    run_study(study, tmp_path, observer=observer, jobs=jobs)
    if make in (live, plain):
        assert "2 of 4 runs are there already" in stream.getvalue()


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_run_says_where_it_is(study, tmp_path, jobs):
    observer = Recording()
    run_study(study, tmp_path, observer=observer, jobs=jobs)
    assert (observer.told[0], observer.told[-1]) == ("study", "end")
    for seed in range(2):
        beats = [b for name, s, b in observer.beats if (name, s) == ("fc", seed)]
        assert (beats[0].stage, beats[0].done) == ("preparing", 0.0)
        assert (beats[-1].stage, beats[-1].done) == ("testing", 1.0)
        assert {beat.epochs for beat in beats} == {2}
        started = observer.told.index(("started", "fc", seed))
        assert started < observer.told.index(("finished", "fc", seed))


class Leaves(Recording):
    """Interrupts the study at its first run's first word, as Ctrl-C does."""

    def __init__(self, inner, error):
        super().__init__()
        self.inner, self.error = inner, error

    def study_started(self, plan):
        self.inner.study_started(plan)

    def progressed(self, run, beat):
        self.inner.progressed(run, beat)
        time.sleep(0.6)  # the table is drawn twice a second
        raise self.error

    def study_ended(self):
        self.inner.study_ended()


@pytest.mark.parametrize(
    ("error", "jobs"),
    [
        (KeyboardInterrupt(), 1),
        (KeyboardInterrupt(), 2),
        (SystemExit(3), 1),
        (ValueError("a fault"), 2),  # in the process of a run, it would be the run's
    ],
)
def test_the_terminal_is_given_back(study, tmp_path, error, jobs):
    table, stream = live()
    with pytest.raises(type(error)):
        run_study(study, tmp_path, observer=Leaves(table, error), jobs=jobs)
    text = stream.getvalue()
    assert text.count(CURSOR_HIDDEN) == text.count(CURSOR_SHOWN) == 1
    assert text.rindex(CURSOR_HIDDEN) < text.rindex(CURSOR_SHOWN)
    assert "preparing" in text, "it was drawn"
    assert text.rstrip().splitlines()[-1].endswith("elapsed")


def test_the_table_shows_the_runs_the_words_and_that_they_are_not_final(study, tmp_path):
    now = 0.0
    console = Console(file=Terminal(), force_terminal=True, width=100, height=24)
    table = LiveProgress(console, clock=lambda: now)
    seen = []

    inner = table.run_ended

    def run_ended(record):
        nonlocal now
        now += 60.0
        inner(record)
        seen.append("\n".join(line.plain for line in table._board().lines(100, 23)))

    table.run_ended = run_ended
    variants = [*study.variants, Variant("other", "fc", RECIPE)]
    run_study(dataclasses.replace(study, variants=variants, seeds=3), tmp_path, observer=table)
    last = seen[-1]
    assert last.startswith(f"pair · {study.data_name} · 3 variants x 3 seeds")
    assert "6 of 9 runs · 3 failed" in last
    assert "9:00 elapsed" in last
    assert re.search(r"✗ broken/2  failed: RuntimeError", last)
    assert [len(curve) for curve in table._losses["fc", 2]] == [RECIPE.epochs] * 2
    assert re.search(r"✓ fc/2  +test accuracy [01]\.\d{4}", last)
    # Two of the three variants have seeds in common, from the second of their runs on.
    assert ["verdict so far, not final" in picture for picture in seen] == [False] * 2 + [True] * 7
    assert re.search(r"other or fc: too early +\S+ points, 3 of 3 seeds, \d+ needed", last)


def test_plain_lines_come_by_time_and_name_every_run(study, tmp_path):
    now, lines = 0.0, []

    class Stream(io.StringIO):
        def write(self, text):
            lines.append(text)
            return len(text)

    observer = PlainProgress(Stream(), clock=lambda: now)
    store = DirectoryStore(tmp_path)

    class Plans(Observer):
        def study_started(self, plan):
            self.plan = plan
            raise KeyboardInterrupt

    plans = Plans()
    with pytest.raises(KeyboardInterrupt):
        run_study(study.with_changes(seeds=4), store, observer=plans)
    plan = plans.plan
    observer.study_started(plan)
    beat = Beat(epochs=2, epoch=1, step=2, steps=3, loss=0.5, accuracy=0.75,
                pictures_per_second=12345.6, seconds_left=90.0)  # fmt: skip
    for now in (1.0, 14.9):  # noqa: B007  (the clock reads it)
        observer.progressed(plan.missing[0], beat)
    assert lines == [f"pair: 2 variants x 4 seeds on {study.data_name}\n"]
    lines.clear()
    for run in plan.missing[1:6]:
        observer.progressed(run, beat)
    now = 16.0
    observer.progressed(plan.missing[0], beat)
    assert lines[0] == (
        "  fc, seed 0: epoch 2/2, step 2/3, loss 0.5000, accuracy 0.7500, 12,346 pictures/s, "
        "1:30 left\n"
    )
    assert lines[-1] == "  and 2 more runs\n"
    assert len(lines) == 5
    now = 20.0
    observer.progressed(plan.missing[0], beat)
    assert len(lines) == 5, "and not again so soon"


@pytest.mark.parametrize(
    ("real", "environment", "kind"),
    [
        (True, {"TERM": "xterm"}, LiveProgress),
        (True, {"TERM": "dumb"}, PlainProgress),
        (False, {"TERM": "xterm"}, PlainProgress),
        (False, {"TERM": "xterm", "FORCE_COLOR": "1"}, PlainProgress),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, LiveProgress),
    ],
)
def test_a_table_needs_a_terminal(monkeypatch, real, environment, kind):
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert type(progress_on(Terminal() if real else io.StringIO())) is kind


def test_the_plan_keeps_what_an_estimate_needs(study, tmp_path):
    result = run_study(study, tmp_path)
    kept = json.loads((tmp_path / "plan.json").read_text())["multiply_adds"]
    assert kept == {r.variant: r.multiply_adds for r in result.records}
