"""Kernels on several threads: every picture once, faults told, after a fork too."""

import os

import numpy as np
import pytest

from versus.training.kernels import compiled, team
from versus.training.kernels.compiled import run


@compiled.compiled
def count_up(first, last, seen, by):
    """Count how often each place was seen."""
    for place in range(first, last):
        seen[place] += by


@compiled.compiled
def refuse(first, last, seen):
    """Fail in the second half."""
    if first > 0:
        raise ValueError("no")


@pytest.fixture(params=["torch's threads", "plain threads"])
def threads(request, monkeypatch):
    """How many there are, on either kind."""
    if request.param == "plain threads":
        monkeypatch.setattr(compiled, "starter", lambda: None)
    else:
        assert team.starter() is not None
    monkeypatch.setattr(compiled.torch, "get_num_threads", lambda: 3)
    return 3


def counted(count, values=10**9):
    seen = np.zeros(count, np.int64)
    run(count_up, count, values, seen, 1)
    return seen


@pytest.mark.parametrize("count", [1, 2, 3, 7, 1000])
def test_every_picture_is_done_once(threads, count):
    assert (counted(count) == 1).all()


def test_a_part_that_fails_is_told(threads):
    with pytest.raises((MemoryError, ValueError)):
        run(refuse, 8, 10**9, np.zeros(8))


def test_little_work_stays_on_this_thread(monkeypatch):
    monkeypatch.setattr(compiled, "starter", lambda: pytest.fail("several threads were asked for"))
    assert (counted(5, values=10) == 1).all()


def test_plain_threads_tell_what_one_raises():
    done = []
    team.at_once(4, done.append)
    assert sorted(done) == [0, 1, 2, 3]

    def fail(part):
        if part == 1:
            raise ValueError("piece 1")

    with pytest.raises(ValueError, match="piece 1"):
        team.at_once(2, fail)


@pytest.mark.filterwarnings("ignore:This process")
def test_a_forked_process_has_threads_of_its_own(monkeypatch):
    monkeypatch.setattr(compiled.torch, "get_num_threads", lambda: 2)
    assert (counted(6) == 1).all()  # the parent's threads are there
    child = os.fork()
    if not child:
        right = team.starter() is None and (counted(6) == 1).all()
        os._exit(0 if right else 1)
    assert os.waitpid(child, 0)[1] == 0
