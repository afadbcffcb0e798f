"""The Pareto front: against the definition, by hand."""

from hypothesis import given
from hypothesis import strategies as st

from versus.evaluation.pareto import front

numbers = st.integers(0, 5)


def dominates(one, other):
    no_worse = one[0] <= other[0] and one[1] >= other[1]
    return no_worse and one != other


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=12))
def test_it_is_what_no_other_dominates(places):
    cost = {str(n): float(c) for n, (c, _) in enumerate(places)}
    quality = {str(n): float(q) for n, (_, q) in enumerate(places)}
    expected = {
        str(n) for n, here in enumerate(places) if not any(dominates(o, here) for o in places)
    }
    found = front(cost, quality)
    assert set(found) == expected
    assert len(found) == len(expected)
    assert [cost[name] for name in found] == sorted(cost[name] for name in found)
    worse = {name: -value for name, value in quality.items()}
    assert set(front(cost, worse, higher_is_better=False)) == expected


def test_by_hand():
    cost = {"small": 1.0, "large": 9.0, "waste": 9.5, "middle": 4.0}
    quality = {"small": 0.9, "large": 0.99, "waste": 0.98, "middle": 0.95}
    assert front(cost, quality) == ["small", "middle", "large"]
