"""The layered drawing: nothing overlaps, lines go down, chains are straight."""

import itertools
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from versus.figures.layered import lay_out


@st.composite
def graphs(draw):
    count = draw(st.integers(1, 9))
    pairs = list(itertools.combinations(range(count), 2))
    edges = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=14)) if pairs else []
    return list(range(count)), edges


@settings(deadline=None)
@given(graphs())
def test_nothing_overlaps_and_every_line_leads_down(graph):
    nodes, edges = graph
    layout = lay_out(nodes, edges)
    assert set(layout.places) == set(nodes)
    assert set(layout.ways) == set(edges)
    rows = defaultdict(list)
    for place in layout.places.values():
        rows[place.layer].append(place.x)
    for (a, b), way in layout.ways.items():
        assert (way[0], way[-1]) == (layout.places[a], layout.places[b])
        assert [place.layer for place in way] == list(range(way[0].layer, way[-1].layer + 1))
        for bend in way[1:-1]:
            rows[bend.layer].append(bend.x)
    for row in rows.values():
        for left, right in itertools.pairwise(sorted(row)):
            assert right - left > 1 - 1e-6


def test_a_chain_is_straight_and_a_fork_is_centred():
    layout = lay_out("abcdef", [*itertools.pairwise("abc"), ("c", "d"), ("c", "e"), *("df", "ef")])
    x = {node: place.x for node, place in layout.places.items()}
    assert x["a"] == x["b"] == x["c"] == pytest.approx((x["d"] + x["e"]) / 2)
    assert x["f"] == pytest.approx(x["c"])


def test_a_skip_goes_straight_past_what_it_skips():
    layout = lay_out("abcde", [*itertools.pairwise("abcde"), ("a", "e")])
    bends = layout.ways["a", "e"][1:-1]
    assert len({bend.x for bend in bends}) == 1
    assert all(abs(bends[0].x - layout.places[node].x) >= 1 - 1e-9 for node in "bcd")
