"""Thinning: a long curve drawn with as many points as a figure can show, its peaks kept."""

import numpy as np
import pandas as pd

MOST = 300
"""Points of a line: more than a figure of a column's width has room for."""


def thinned(curve: pd.Series, most: int = MOST) -> pd.Series:
    """Return `curve` with at most `most` points: the first, the last, and peaks and troughs.

    The points between the ends are put into groups that follow each other; of each group the least
    and the greatest value stay, at their own places. A shorter curve is returned as it is.

    Args:
        curve: values by epoch.
        most: points that may stay, 4 or more.
    """
    if len(curve) <= most:
        return curve
    kept = {0, len(curve) - 1}
    values = curve.to_numpy(dtype=np.float64)
    for group in np.array_split(np.arange(1, len(curve) - 1), (most - 2) // 2):
        finite = group[np.isfinite(values[group])]
        if len(finite):
            kept |= {finite[values[finite].argmin()], finite[values[finite].argmax()]}
        else:
            kept.add(group[0])  # the gap that it is
    return curve.iloc[sorted(kept)]


def thinned_band(band: pd.DataFrame, most: int = MOST) -> pd.DataFrame:
    """Return a band with at most `most` epochs: each stands for its group, as wide as its widest.

    Args:
        band: columns `low` and `high`, by epoch.
        most: epochs that may stay.
    """
    if len(band) <= most:
        return band
    groups = np.array_split(np.arange(len(band)), most)
    epochs = [band.index[group[0]] for group in groups]
    epochs[-1] = band.index[-1]
    return pd.DataFrame(
        {
            "low": [band["low"].iloc[group].min() for group in groups],
            "high": [band["high"].iloc[group].max() for group in groups],
        },
        index=pd.Index(epochs, name=band.index.name),
    )
