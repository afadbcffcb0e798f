"""Long curves, drawn with few points: what stands out of them stays."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from versus.figures.thinning import thinned, thinned_band

NUMBERS = st.floats(-1e6, 1e6) | st.just(float("nan"))


def curve(values) -> pd.Series:
    return pd.Series(values, index=range(1, len(values) + 1), dtype=float)


@given(st.lists(NUMBERS, min_size=1, max_size=400), st.integers(4, 60))
def test_ends_extremes_and_order_stay(values, most):
    whole = curve(values)
    few = thinned(whole, most)
    assert len(few) <= max(most, min(len(whole), most))
    assert few.index.is_monotonic_increasing
    assert few.equals(whole.loc[few.index])
    assert {1, len(whole)} <= set(few.index)
    finite = whole.dropna()
    if len(finite):
        assert (few.min(), few.max()) == (finite.min(), finite.max())


def test_a_short_curve_is_left_alone():
    short = curve([3.0, 2.0, 1.0])
    assert thinned(short, 4) is short
    band = pd.DataFrame({"low": short, "high": short})
    assert thinned_band(band, 4) is band


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(0, 9)), min_size=1, max_size=300))
def test_a_band_is_never_narrower(pairs):
    low, size = np.array(pairs).T
    whole = pd.DataFrame({"low": low, "high": low + size}, index=range(1, len(low) + 1))
    few = thinned_band(whole, 20)
    assert len(few) == min(len(whole), 20)
    assert (few.index[0], few.index[-1]) == (1, len(whole))
    assert (few["low"].min(), few["high"].max()) == (whole["low"].min(), whole["high"].max())
