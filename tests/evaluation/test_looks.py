"""Looks: fixed beforehand, each spending its part; words stand once they are given."""

import math

import numpy as np
import pytest

from versus.errors import ConfigurationError
from versus.evaluation.comparison import compare_pairs
from versus.evaluation.looks import Looks, plan_looks
from versus.evaluation.sequential import compare_in_looks

TWO = Looks(seeds=(8, 12), alphas=(0.02, 0.03))
UP = [0.02, 0.01, 0.03, 0.02, 0.01, 0.03, 0.02, 0.01]


def in_looks(differences, looks=TWO, *, there=None, margin=None):
    """Judge B against A, whose differences are given; `there` is how many seeds have ended."""
    n = looks.most
    b = [0.5 + d for d in differences] + [None] * (n - len(differences))
    there = len(differences) if there is None else there
    ended = {"a": range(there), "b": range(there)}
    (verdict,) = compare_in_looks(
        {"a": [0.5] * n, "b": b}, range(n), ended, looks, endpoint="accuracy", margin=margin
    )
    return verdict


def test_the_looks_of_a_pair():
    looks = plan_looks(2)
    assert looks.seeds == (8, 13, 20, 30)
    assert sum(looks.alphas) == pytest.approx(0.05)
    assert looks.alphas[0] == pytest.approx(0.05 * 8 / 30)
    assert "8 seeds (0.013)" in looks.describe()
    assert Looks.from_dict(looks.to_dict()) == looks


@pytest.mark.parametrize("variants", [2, 3, 5])
@pytest.mark.parametrize("most", [12, 30])
@pytest.mark.parametrize("margin", [None, 0.01])
def test_the_first_look_can_give_a_word(variants, most, margin):
    looks = plan_looks(variants, most, margin=margin)
    assert looks.most == most
    assert sum(looks.alphas) == pytest.approx(0.05)
    n, names = most, [f"v{number}" for number in range(variants)]
    values = {name: [0.5 + 0.02 * place] * n for place, name in enumerate(names)}
    ended = dict.fromkeys(names, range(looks.seeds[0]))
    found = compare_in_looks(values, range(n), ended, looks, endpoint="accuracy", margin=margin)
    assert {(v.look, v.word) for v in found} == {(1, "better")}


def test_too_few_seeds_for_any_look():
    with pytest.raises(ConfigurationError, match="at most 5 seeds can never decide 1 pair"):
        plan_looks(2, 5)
    assert plan_looks(2, 6).seeds == (6,)
    with pytest.raises(ConfigurationError, match="two or more variants"):
        plan_looks(1)


@pytest.mark.parametrize(
    "change", [{"seeds": (12, 8)}, {"alphas": (0.05,)}, {"alphas": (0.05, 0.05)}, {"seeds": ()}]
)
def test_looks_that_cannot_be(change):
    with pytest.raises(ConfigurationError, match="Looks"):
        Looks(**{**TWO.to_dict(), **change})


def test_before_the_first_look_there_is_no_word():
    found = in_looks(UP[:7])
    assert (found.word, found.look, found.low, found.p_adjusted) == ("can't tell", None, None, 1.0)
    assert (found.n, found.left_out) == (7, ())
    assert "7 seeds are there: the first look is at 8. So far b minus a is" in found.reason
    assert "1 seed is there: the first look is at 8" in in_looks(UP[:1]).reason


def test_a_look_counts_once_all_its_runs_have_ended():
    assert in_looks(UP, there=7).word == "can't tell"
    assert in_looks(UP, there=8).word == "better"


def test_a_failed_run_does_not_keep_a_look_away():
    differences = [*UP[:4], *UP[5:], 0.02]
    n = 12
    b = (
        [0.5 + d for d in differences[:4]]
        + [None]
        + [0.5 + d for d in differences[4:]]
        + [None] * 3
    )
    (found,) = compare_in_looks(
        {"a": [0.5] * n, "b": b},
        range(n),
        {"a": range(12), "b": range(12)},
        TWO,
        endpoint="accuracy",
    )
    assert (found.look, found.n, found.left_out[0]) == (1, 7, 4)


def test_a_word_stands_whatever_comes_later():
    first = in_looks(UP)
    assert (first.word, first.look, first.looks, first.method) == (
        "better",
        1,
        (8, 12),
        "sequential",
    )
    assert first.reason.endswith("Look 1 of 2, at 8 seeds, decided it.")
    later = in_looks([*UP, -0.5, -0.5, -0.5, -0.5])
    assert later == first


def test_a_look_spends_its_part_only():
    """At 8 seeds p is 1/128 at least: below 0.02, above a look's 0.005."""
    stingy = Looks(seeds=(8, 12), alphas=(0.005, 0.045))
    found = in_looks(UP, stingy)
    assert found.word == "can't tell"
    assert found.p_value == 2.0**-7
    assert found.p_adjusted == pytest.approx(2.0**-7 * 0.05 / 0.005)
    assert found.reason.endswith("Look 1 of 2; the next is at 12 seeds.")
    (once,) = compare_pairs(
        {"a": [0.5] * 8, "b": [0.5 + d for d in UP]}, range(8), endpoint="accuracy"
    )
    assert once.word == "better"
    # The interval is that of the look's own level.
    assert in_looks(UP).interval_level == pytest.approx(0.98)
    assert in_looks(UP).low <= once.low


def test_equivalence_in_looks():
    close = [0.001, -0.001, 0.0005, -0.0005, 0.0007, -0.0007, 0.0003, -0.0003]
    found = in_looks(close, margin=0.01)
    assert (found.word, found.look) == ("equivalent", 1)
    assert -0.01 < found.low < found.high < 0.01


def test_a_decided_pair_needs_no_more_seeds_and_counts_in_holm():
    """The open pair's variants go on; the third stops at the first look."""
    rng = np.random.default_rng(1)
    n, looks = 14, Looks(seeds=(9, 14), alphas=(0.025, 0.025))
    near = 0.5 + 0.01 * rng.normal(size=n)
    values = {
        "far": [0.1 + 0.001 * k for k in range(9)] + [None] * 5,
        "a": near.tolist(),
        "b": (near + [0.001 * k - 0.0038 for k in range(9)] + [0] * 0).tolist()
        if n == 9
        else (near + np.r_[0.001 * np.arange(9) - 0.0038, np.full(5, 0.02)]).tolist(),
    }
    ended = {"far": range(9), "a": range(14), "b": range(14)}
    found = {
        (v.a, v.b): v for v in compare_in_looks(values, range(n), ended, looks, endpoint="accuracy")
    }
    assert found["far", "a"].look == found["far", "b"].look == 1
    assert found["far", "a"].word == found["far", "b"].word == "better"
    last = found["a", "b"]
    assert (last.look, last.n) == (2, 14)
    # Alone in its family now: p counts once, over the look's half of alpha.
    assert last.p_adjusted == pytest.approx(min(1.0, 2 * last.p_value))


def test_false_words_stay_rare_over_all_looks():
    """Three equal variants with a margin that is often reached; and intervals hold."""
    rng = np.random.default_rng(4)
    looks, studies, false, held = plan_looks(3, 16, margin=0.004), 300, 0, 0
    assert len(looks.seeds) > 1
    for _ in range(studies):
        noise = rng.normal(0.9, 0.002, size=(3, 16))
        noise[2] += 0.004  # so that "equivalent" is false of it, and "better" of the other two
        values = dict(zip("abc", np.round(noise, 4).tolist(), strict=True))
        ended = dict.fromkeys("abc", range(16))
        found = compare_in_looks(values, range(16), ended, looks, endpoint="accuracy", margin=0.004)
        truth = {"b": 0.0, "c": 0.004}
        false += found[0].word in ("better", "worse") or any(
            v.word in ("worse", "equivalent") for v in found[1:]
        )
        held += all(
            (v.low is None or v.low <= truth[v.b]) and (v.high is None or v.high >= truth[v.b])
            for v in found
        )
    error = math.sqrt(0.05 * 0.95 / studies)
    assert false / studies <= 0.05 + 2 * error
    assert held / studies >= 0.95 - 2 * error
