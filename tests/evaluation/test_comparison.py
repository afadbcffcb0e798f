"""The one rule: words, the intervals beside them, and how often they are false."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from versus.errors import ConfigurationError
from versus.evaluation.comparison import Verdict, compare_pairs, holm, seeds_needed

UP = [0.021, 0.016, 0.027, 0.019, 0.022, 0.021]


def two(differences, *, base=0.9, endpoint="accuracy", **options):
    a = [base] * len(differences)
    b = [None if d is None else base + d for d in differences]
    (verdict,) = compare_pairs(
        {"fc": a, "cnn-pool": b}, range(len(a)), endpoint=endpoint, **options
    )
    return verdict


def test_holm():
    # Holm 1979, by hand: sorted .005 .01 .03 .04 times 4 3 2 1, never falling.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.7, 0.8]) == [1.0, 1.0]
    assert holm([0.02]) == [0.02]
    assert holm([]) == []


def test_seeds_needed():
    assert [seeds_needed(pairs) for pairs in (1, 3, 6)] == [6, 7, 8]
    assert seeds_needed(1, 0.99) == 8
    assert seeds_needed(1, 0.96875) == 6


def test_better():
    found = two(UP)
    assert found.word == "better"
    assert found.reason == (
        "cnn-pool is better than fc: on all 6 seeds its accuracy was higher, by 2.1 points on "
        "average (95 % interval 1.6 to 2.7)."
    )
    assert (found.a, found.b, found.n, found.seeds) == ("fc", "cnn-pool", 6, (0, 1, 2, 3, 4, 5))
    assert found.mean_difference == pytest.approx(0.021)
    assert found.sd_difference == pytest.approx(np.std(UP, ddof=1))
    assert (found.low, found.high) == pytest.approx((0.016, 0.027))
    assert found.p_value == found.p_adjusted == found.smallest_p_possible == 1 / 32
    assert (found.pairs, found.seeds_needed, found.exact) == (1, 6, True)
    assert (found.b_ahead, found.a_ahead, found.left_out) == (6, 0, ())
    assert found.p_equivalence is None
    assert Verdict.from_dict(found.to_dict()) == found


def test_worse():
    found = two([-d for d in UP])
    assert found.word == "worse"
    assert found.mean_difference == pytest.approx(-0.021)
    assert (found.low, found.high) == pytest.approx((-0.027, -0.016))
    assert found.reason == (
        "cnn-pool is worse than fc: on all 6 seeds its accuracy was lower, by 2.1 points on "
        "average (95 % interval 1.6 to 2.7)."
    )


def test_a_lower_nll_is_better():
    found = two([-d for d in UP], endpoint="nll", base=0.4)
    assert found.word == "better"
    assert (found.b_ahead, found.a_ahead) == (6, 0)
    assert found.reason == (
        "cnn-pool is better than fc: on all 6 seeds its loss (NLL) was lower, by 0.021 on average "
        "(95 % interval 0.016 to 0.027)."
    )
    assert two(UP, endpoint="nll").word == "worse"


def test_not_every_seed_need_agree():
    found = two([0.01, 0.012, 0.011, 0.013, 0.02, 0.015, 0.014, 0.016, -0.001])
    assert found.word == "better"
    assert "on 8 of 9 seeds" in found.reason


def test_equivalent():
    values = [0.001, -0.001, 0.0005, -0.0006, 0.0002, -0.0003, 0.0004]
    found = two(values, margin=0.005)
    assert found.word == "equivalent"
    assert found.p_equivalence == 2.0**-6
    assert found.low is not None
    assert found.high is not None
    assert -0.005 < found.low < 0 < found.high < 0.005
    assert found.reason == (
        "cnn-pool and fc are equivalent in accuracy: over 7 seeds the 95 % interval of cnn-pool "
        "minus fc, \u22120.065 to +0.070 points (on average +0.003), lies inside the margin of 0.5 "
        "points either way."
    )
    assert two(values).word == "can't tell"
    assert "no margin was stated" in two(values).reason
    wide = two([50 * d for d in values[:-1]] + [0.02], margin=0.01)
    assert wide.word == "can't tell"
    assert "contains zero and is not inside the margin of 1 point either way" in wide.reason


def test_different_comes_before_equivalent():
    found = two(UP, margin=0.05)
    assert found.word == "better"
    assert found.p_equivalence == 1 / 32


def test_a_difference_of_exactly_the_margin_is_not_inside_it():
    values = [0.005, -0.005, 0.005, -0.005, 0.005, -0.005]
    assert two(values, margin=0.005).word == "can't tell"
    assert two(values, margin=0.0051).word == "equivalent"


@pytest.mark.parametrize(("n", "said"), [(1, "1 seed can"), (3, "3 seeds can"), (5, "5 seeds can")])
def test_too_few_seeds(n, said):
    found = two(UP[:n], margin=0.05)
    assert found.word == "can't tell"
    assert (found.low, found.high) == (None, None)
    assert found.reason.startswith("Whether cnn-pool is better than fc can't be told: ")
    assert f"{said} never settle one pair: at least 6 are needed." in found.reason
    assert found.smallest_p_possible == 2.0 ** (1 - n)


def test_too_few_seeds_for_many_pairs():
    values = {
        name: [0.9 + step + d for d in UP]
        for step, name in zip((0, 0.01, 0.02), "abc", strict=True)
    }
    found = compare_pairs(values, range(6), endpoint="accuracy")
    assert [(v.a, v.b) for v in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert {v.word for v in found} == {"can't tell"}
    assert "6 seeds are too few to settle 3 pairs: at least 7 are needed." in found[0].reason


def test_the_same_on_every_seed():
    found = two([0.0] * 6)
    assert found.word == "can't tell"
    assert "exactly the same" in found.reason
    assert two([0.0] * 6, margin=0.001).word == "equivalent"


def test_seeds_that_do_not_count():
    found = two([*UP, None, math.nan, math.inf])
    assert found.word == "better"
    assert found.left_out == (6, 7, 8)
    said = (
        "Seeds 6, 7 and 8 are left out: not both have a finished run with a finite accuracy there."
    )
    assert found.reason.endswith(said)
    none = two([None, math.nan])
    assert (none.word, none.n, none.mean_difference, none.low) == ("can't tell", 0, None, None)
    assert (none.p_value, none.smallest_p_possible, none.sd_difference) == (1.0, 1.0, None)
    assert "no seed on which both have a finite accuracy" in none.reason


def test_a_pair_uses_the_seeds_it_shares():
    values = {"a": [0.5, None, 0.5], "b": [0.6, 0.6, None], "c": [None, 0.7, 0.7]}
    found = compare_pairs(values, [3, 4, 5], endpoint="accuracy")
    assert [v.seeds for v in found] == [(3,), (5,), (4,)]
    assert [v.left_out for v in found] == [(4, 5), (3, 4), (3, 5)]


def test_holms_later_steps_have_their_own_interval():
    rng = np.random.default_rng(0)
    base = 0.8 + 0.01 * rng.normal(size=8)
    small = np.array([0.01, 0.012, 0.009, 0.011, 0.01, 0.013, 0.012, -0.0005])
    values = {"a": base, "b": base + 0.1 + 0.001 * rng.normal(size=8), "c": base + small}
    found = {(v.a, v.b): v for v in compare_pairs(values, range(8), endpoint="accuracy")}
    close = found["a", "c"]
    assert close.p_value == 1 / 64
    assert close.p_value * 3 <= 0.05
    assert close.interval_level == pytest.approx(1 - 0.05 / 3)
    small[5] = -0.002
    values["c"] = base + small
    found = {(v.a, v.b): v for v in compare_pairs(values, range(8), endpoint="accuracy")}
    close = found["a", "c"]
    assert close.p_value * 3 > 0.05 >= close.p_adjusted
    assert close.word == "better"
    assert close.interval_level == pytest.approx(0.95)
    assert close.low is not None
    assert close.low > 0
    assert found["a", "b"].interval_level == pytest.approx(1 - 0.05 / 3)
    assert "95 % interval corrected for 3 pairs: " in found["a", "b"].reason


tenths = st.integers(-12, 25).map(lambda k: k / 1000)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.tuples(tenths, tenths, tenths), min_size=5, max_size=9),
    variants=st.integers(2, 3),
    margin=st.sampled_from([None, 0.005, 0.01, 0.02]),
    level=st.sampled_from([0.8, 0.9, 0.95]),
)
def test_an_interval_never_denies_its_word(rows, variants, margin, level):
    columns = list(zip(*rows, strict=True))[:variants]
    values = {f"v{i}": [0.5 + x for x in column] for i, column in enumerate(columns)}
    for v in compare_pairs(
        values, range(len(rows)), endpoint="accuracy", margin=margin, level=level
    ):
        low = -math.inf if v.low is None else v.low
        high = math.inf if v.high is None else v.high
        inside = margin is not None and low > -margin + 1e-9 and high < margin - 1e-9
        assert v.interval_level >= level - 1e-12
        assert (v.word == "better") == (low > 0) or v.word == "equivalent"
        assert (v.word == "worse") == (high < 0) or v.word == "equivalent"
        if v.word == "equivalent":
            assert inside
            assert variants > 2 or low <= 0 <= high
        if v.word == "can't tell":
            assert not inside
        if v.n < v.seeds_needed and variants == 2:
            assert v.word == "can't tell"


@settings(max_examples=50, deadline=None)
@given(rows=st.lists(st.tuples(tenths, tenths), min_size=6, max_size=9))
def test_the_other_way_round_is_the_mirror_image(rows):
    a, b = (list(0.5 + np.array(column)) for column in zip(*rows, strict=True))
    seeds = range(len(rows))
    (one,) = compare_pairs({"a": a, "b": b}, seeds, endpoint="accuracy", margin=0.01)
    (other,) = compare_pairs({"b": b, "a": a}, seeds, endpoint="accuracy", margin=0.01)
    assert other.word == {"better": "worse", "worse": "better"}.get(one.word, one.word)
    assert other.p_value == one.p_value
    assert other.p_equivalence == one.p_equivalence
    assert (other.b_ahead, other.a_ahead) == (one.a_ahead, one.b_ahead)
    assert (other.low, other.high) == pytest.approx((-one.high, -one.low))  # type: ignore[operator]


def test_more_than_twenty_seeds_give_the_same_verdict_every_time():
    rng = np.random.default_rng(5)
    differences = 0.002 + 0.004 * rng.normal(size=25)
    first = two(differences)
    assert not first.exact
    assert first.smallest_p_possible == 2.0**-15
    assert two(differences) == first
    assert two(-differences).p_value == first.p_value


@pytest.mark.parametrize(
    ("values", "seeds", "options", "words"),
    [
        ({"a": [0.5]}, [0], {}, "two or more variants"),
        ({"a": [0.5], "b": [0.5, 0.6]}, [0], {}, "b: expected a value per seed, 1"),
        ({"a": [0.5, 0.5], "b": [0.5, 0.6]}, [1, 1], {}, "every seed once"),
        ({"a": [0.5], "b": [0.5]}, [-1], {}, "seed"),
        ({"a": [0.5], "b": [97.6]}, [4], {}, "b, seed 4: expected accuracy from 0 to 1; got 97.6"),
        ({"a": [0.5], "b": [0.6]}, [0], {"margin": 0.0}, "margin"),
        ({"a": [0.5], "b": [0.6]}, [0], {"margin": 5}, "half a percentage point"),
        ({"a": [0.5], "b": [0.6]}, [0], {"margin": math.nan}, "margin"),
        ({"a": [0.5], "b": [0.6]}, [0], {"level": 95}, "level"),
        ({"a": [0.5], "b": [0.6]}, [0], {"endpoint": "loss"}, "accuracy or nll"),
        ({"a": [0.5], "b": [-0.6]}, [0], {"endpoint": "nll"}, "from 0 to inf"),
    ],
)
def test_what_cannot_be_compared(values, seeds, options, words):
    with pytest.raises(ConfigurationError, match=words):
        compare_pairs(values, seeds, **{"endpoint": "accuracy", **options})


@pytest.mark.parametrize(("n", "studies"), [(7, 500), (8, 500)])
def test_false_verdicts_come_in_at_most_one_study_of_twenty(n, studies):
    """Three variants alike: any better or worse is false. Rounded to 1/10,000, so with ties."""
    rng = np.random.default_rng(n)
    false = 0
    for _ in range(studies):
        accuracies = np.round(rng.normal(0.9, 0.0005, size=(3, n)), 4)
        found = compare_pairs(
            dict(zip("abc", accuracies, strict=True)), range(n), endpoint="accuracy"
        )
        false += any(v.word != "can't tell" for v in found)
    assert false / studies <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / studies)


def test_false_equivalents_are_as_rare_and_intervals_cover():
    """Differences of exactly the margin, one pair: "equivalent" and "worse" are false."""
    rng = np.random.default_rng(11)
    studies, false, covered = 600, 0, 0
    for _ in range(studies):
        found = two(rng.normal(0.005, 0.003, size=8), margin=0.005)
        false += found.word in ("equivalent", "worse")
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.005 <= found.high
    assert false / studies <= 0.025 + 2 * math.sqrt(0.025 * 0.975 / studies)
    assert covered / studies >= 0.95 - 2 * math.sqrt(0.05 * 0.95 / studies)


def test_a_real_difference_is_found():
    rng = np.random.default_rng(12)
    found = [two(rng.normal(0.006, 0.003, size=8)).word for _ in range(100)]
    assert found.count("better") >= 90
    assert "worse" not in found
