"""Time left: measured speeds, and as many processes as work now."""

import pytest
from stand import finished, running, stopped, waiting

from versus.studies.watching.time_left import seconds_left

EPOCHS = {"a": 10, "b": 10}


def test_nothing_is_known_before_anything_is_measured():
    assert seconds_left([waiting("a", 0)], {}, EPOCHS) is None
    assert seconds_left([running("a", 0, seconds_left=None), waiting("a", 1)], {}, EPOCHS) is None
    assert seconds_left([finished("a", 0), waiting("a", 1)], {}, EPOCHS) is None, "nobody works"


def test_one_after_the_other():
    runs = [finished("a", 0, seconds=30.0), running("a", 1, seconds_left=12.0), waiting("a", 2)]
    assert seconds_left(runs, {}, EPOCHS) == pytest.approx(12 + 30)


def test_side_by_side():
    runs = [finished("a", 0, seconds=30.0)]
    runs += [running("a", 1, seconds_left=10.0), running("a", 2, seconds_left=25.0)]
    runs += [waiting("a", 3), stopped("a", 4), waiting("a", 5)]
    # 10 + 30 + 30 on the one, 25 + 30 on the other.
    assert seconds_left(runs, {}, EPOCHS) == pytest.approx(70)


def test_a_variant_that_has_not_run_is_as_fast_for_its_size():
    runs = [finished("a", 0, seconds=10.0), running("a", 1, seconds_left=1.0), waiting("b", 0)]
    assert seconds_left(runs, {"a": 5.0, "b": 50.0}, EPOCHS) == pytest.approx(1 + 100)
    epochs = {"a": 10, "b": 20}
    assert seconds_left(runs, {"a": 5.0, "b": 5.0}, epochs) == pytest.approx(1 + 20)
    assert seconds_left(runs, {}, EPOCHS) == pytest.approx(1 + 10), "an average one"


def test_a_run_under_way_says_how_long_a_whole_one_takes():
    runs = [running("a", 0, epochs=10, epoch=5, step=0, seconds_left=20.0), waiting("a", 1)]
    assert seconds_left(runs, {}, EPOCHS) == pytest.approx(20 + 40)


def test_a_run_that_has_just_begun_takes_what_others_took():
    started = running("a", 1, epochs=10, epoch=0, step=0, seconds_left=None)
    assert seconds_left([finished("a", 0, seconds=8.0), started], {}, EPOCHS) == pytest.approx(8)
