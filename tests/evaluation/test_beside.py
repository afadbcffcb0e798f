"""What stands beside a verdict: each number against what can be worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from versus.errors import ConfigurationError
from versus.evaluation.beside import (
    Description,
    Range,
    SeedsToSettle,
    Spread,
    difference,
    seeds_to_settle,
    spread,
)
from versus.evaluation.bootstrap import CrossedBootstrap, fewest
from versus.evaluation.comparison import compare_pairs
from versus.evaluation.looks import plan_looks
from versus.evaluation.sequential import compare_in_looks
from versus.evaluation.superiority import chance_ahead, mcnemar
from versus.evaluation.telling import settling


def test_the_chance_after_six_of_six():
    found = chance_ahead(6, 0)
    assert found.estimate == pytest.approx(6.5 / 7)
    assert (found.low, found.high) == pytest.approx((0.025 ** (1 / 6), 1.0))


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
def test_the_chance_of_the_other_one(ahead, behind, level):
    if ahead + behind + level == 0:
        return
    one, other = chance_ahead(ahead, behind, level), chance_ahead(behind, ahead, level)
    assert one.estimate == pytest.approx(1 - other.estimate)
    assert (one.low, one.high) == pytest.approx((1 - other.high, 1 - other.low))
    assert 0 <= one.low < one.estimate < one.high <= 1


def test_the_interval_of_the_chance_holds():
    rng = np.random.default_rng(0)
    for p in (0.5, 0.75, 0.95):
        found = [chance_ahead(int(k), 10 - int(k)) for k in rng.binomial(10, p, size=500)]
        assert np.mean([one.low <= p <= one.high for one in found]) >= 0.95 - 0.02


@pytest.mark.parametrize("counts", [(0, 0, 0), (-1, 2, 0)])
def test_a_chance_from_nothing(counts):
    with pytest.raises(ConfigurationError, match="counts of seeds"):
        chance_ahead(*counts)


def test_mcnemar_by_hand():
    a = np.array([True] * 10 + [False] * 3 + [True] * 5)
    b = np.array([True] * 10 + [True] * 3 + [False] * 5)
    found = mcnemar(a, b)
    assert (found.only_a, found.only_b) == (5, 3)
    # 8 coins, 3 heads or fewer, or 5 or more: 2 x (1 + 8 + 28 + 56) / 256.
    assert found.p_value == pytest.approx(2 * 93 / 256)
    assert mcnemar(a, a).p_value == 1.0


def scores(means, pictures=400, noise=0.0, seed=0):
    rng = np.random.default_rng(seed)
    easy = rng.uniform(size=pictures)
    shift = noise * rng.normal(size=(len(means), 1))
    return (easy < np.array(means)[:, None] + shift).astype(np.float32)


def test_the_bootstrap_of_what_never_varies():
    """No seed differs, so these pictures leave no doubt; other pictures do."""
    values = {"a": scores([0.8] * 6), "b": scores([0.9] * 6)}
    found = CrossedBootstrap(values).pair("a", "b", (range(6), range(6)))
    here = float(values["b"][0].mean() - values["a"][0].mean())
    assert found.same_pictures == pytest.approx((here, here))
    low, high = found.new_pictures
    assert low < here < high
    # 400 coins of about 0.1: a standard error of 0.015, and a t-quantile of 5 degrees beyond it.
    assert 0.025 < (high - low) / 2 < 0.07


def test_the_bootstrap_is_the_same_every_time_and_mirrors():
    values = {"a": scores([0.8] * 6, noise=0.02), "b": scores([0.82] * 6, noise=0.02, seed=1)}
    rows = (range(6), range(6))
    one, again = (CrossedBootstrap(values).pair("a", "b", rows) for _ in range(2))
    assert one == again
    other = CrossedBootstrap(values).pair("b", "a", rows)
    assert other.new_pictures == pytest.approx((-one.new_pictures.high, -one.new_pictures.low))
    assert one.new_pictures.low < one.same_pictures.low < one.same_pictures.high


def test_the_bootstrap_needs_so_many_seeds_that_they_surround_the_truth():
    """All n differences lie on one side of their centre in 2^(1 - n) of all studies."""
    assert [fewest(level) for level in (0.5, 0.9, 0.95, 0.99)] == [2, 5, 6, 8]
    rng = np.random.default_rng(0)
    for n, enough in ((5, False), (6, True)):
        values = {"a": scores([0.8] * n, noise=0.02), "b": scores([0.8] * n, noise=0.02, seed=1)}
        found = CrossedBootstrap(values, 50).pair("a", "b", (range(n), range(n)))
        assert (found is not None) == enough
        differences = rng.normal(size=(100_000, n))
        surrounded = (differences.min(axis=1) < 0) & (differences.max(axis=1) > 0)
        assert (surrounded.mean() > 0.95) == enough


def test_the_bootstrap_needs_the_same_pictures():
    with pytest.raises(ConfigurationError, match="same pictures"):
        CrossedBootstrap({"a": scores([0.8]), "b": scores([0.8], pictures=300)})


def verdict(differences, **options):
    n = len(differences)
    values = {"a": [0.5] * n, "b": [0.5 + d for d in differences]}
    return compare_pairs(values, range(n), endpoint="accuracy", **options)[0]


def test_seeds_to_settle():
    wavering = [0.01, -0.002, 0.008, -0.004, 0.009, 0.001]
    found = seeds_to_settle(verdict(wavering))
    assert found.seen is not None
    assert found.seen > 6
    assert found.margin is None
    with_margin = seeds_to_settle(verdict(wavering, margin=0.008))
    assert with_margin.margin is not None
    assert seeds_to_settle(verdict([0.01] * 6)) is None, "it is settled"
    assert seeds_to_settle(verdict([0.0] * 6)) is None, "nothing varied"
    assert seeds_to_settle(verdict([0.01, -0.01] * 4)) == SeedsToSettle(seen=None, margin=None)


def test_a_difference_with_its_interval():
    found = difference([0.1] * 6, [0.2, 0.3, 0.2, 0.3, 0.2, None], range(6))
    assert found.mean == pytest.approx(0.14)
    assert (found.low, found.high) == (None, None)
    assert difference([0.1] * 6, [0.2] * 6, range(6)).low == pytest.approx(0.1)
    assert spread([1.0, None, 3.0]).to_dict() == {"mean": 2.0, "sd": pytest.approx(2**0.5), "n": 2}


def test_how_more_seeds_are_had_depends_on_how_these_were():
    """What was looked at for the last time cannot be looked at again."""
    rng = np.random.default_rng(3)
    scores = {name: [float(x) for x in rng.normal(0.9, 0.01, 12)] for name in "ab"}
    looks = plan_looks(2, 12)
    nothing = dict.fromkeys(("chance", "same_pictures", "new_pictures"))
    some = Spread(mean=0.9, sd=0.01, n=12)
    description = Description(
        a="a", b="b", endpoint="accuracy", spread_a=some, spread_b=some, pictures=100, models=(),
        nll=Range(mean=None, low=None, high=None), why_no_bootstrap="", **nothing,
        to_settle=SeedsToSettle(seen=50, margin=None),
    )  # fmt: skip

    def said(verdict):
        return settling(verdict, description)

    (fixed,) = compare_pairs(scores, range(12), endpoint="accuracy")
    assert said(fixed).endswith("in a new study, or with --until-decided in another folder.")
    for there, ending in ((8, "its later looks may."), (12, "in a new study.")):
        held = {name: set(range(there)) for name in "ab"}
        seen = {name: column[:there] + [None] * (12 - there) for name, column in scores.items()}
        (found,) = compare_in_looks(seen, range(12), held, looks, endpoint="accuracy")
        assert found.word == "can't tell"
        assert said(found).endswith(ending)
