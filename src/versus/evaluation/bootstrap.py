"""Bootstrap: over seeds, and over seeds and pictures at once."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

from versus.errors import ConfigurationError
from versus.evaluation.intervals import Interval, check_level
from versus.seeding import stream

Scores = npt.NDArray[np.float32]

REPLICATES = 4_000
_BLOCK_BYTES = 64 * 2**20


class Resampled(NamedTuple):
    """Intervals of the mean difference B minus A, of two different questions.

    Attributes:
        same_pictures: of other seeds on these very pictures: seeds are resampled.
        new_pictures: of other seeds on other pictures of the same kind: seeds and pictures are.
    """

    same_pictures: Interval
    new_pictures: Interval


class CrossedBootstrap:
    """Resamples of seeds and pictures, crossed, the same for every pair of a study.

    Every run is measured on the same pictures, so seeds and pictures are two crossed samples, and
    each is drawn anew by itself, with replacement (the "pigeonhole" bootstrap: A. B. Owen 2007,
    "The pigeonhole bootstrap", Annals of Applied Statistics 1, who shows that its variance is a
    little too large rather than too small). An interval goes from one quantile of the resampled
    means to another; with n seeds the quantiles are moved out as if by a t-quantile with n - 1
    degrees of freedom, since a plain bootstrap of a few values is too narrow (T. Hesterberg 2015,
    "What teachers should know about the bootstrap", American Statistician 69, section 5.3).
    """

    def __init__(self, scores: Mapping[str, Scores], replicates: int = REPLICATES) -> None:
        """Resample the pictures.

        Args:
            scores: of each variant, float32 `[seeds, pictures]`: 1 for a right answer and 0 for a
                wrong one, or the loss of each picture. Pictures are the same for all.
            replicates: resamples to draw.

        Raises:
            ConfigurationError: the variants have different numbers of pictures, or none.
        """
        counts = {values.shape[1] for values in scores.values() if values.ndim == 2}
        if len(counts) != 1 or not min(counts):
            raise ConfigurationError(
                "expected scores [seeds, pictures] with the same pictures for every variant; got "
                + ", ".join(f"{name} {values.shape}" for name, values in scores.items())
            )
        self._replicates = replicates
        self._means = {name: values.mean(axis=1, dtype=float) for name, values in scores.items()}
        self._resampled = _over_pictures(scores, counts.pop(), replicates)

    def pair(
        self, a: str, b: str, rows: tuple[Sequence[int], Sequence[int]], level: float = 0.95
    ) -> Resampled | None:
        """Return the intervals of a pair, None where it has fewer than `fewest(level)` seeds.

        Args:
            a: the first variant.
            b: the second.
            rows: of the seeds that both have, in the scores of `a` and of `b`.
            level: the confidence of each interval.
        """
        n = len(rows[0])
        if n < fewest(level):
            return None
        tail = _expanded_tail(n, level)
        rng = stream(0, "bootstrap of seeds", n)
        weights = rng.multinomial(n, [1 / n] * n, size=self._replicates) / n
        here = self._means[b][list(rows[1])] - self._means[a][list(rows[0])]
        there = self._resampled[b][list(rows[1])] - self._resampled[a][list(rows[0])]
        same, new = weights @ here, np.einsum("rs,sr->r", weights, there)
        return Resampled(_quantiles(same, tail), _quantiles(new, tail))


def fewest(level: float = 0.95) -> int:
    """Return how many seeds intervals of this confidence take.

    Resampled means never leave the span of the n values they are made of, and that lies wholly on
    one side of the true difference in 2^(1 - n) of all studies: with five, in more than 5 %.
    """
    return 1 - math.floor(math.log2(1 - check_level(level)))


def _over_pictures(
    scores: Mapping[str, Scores], pictures: int, replicates: int
) -> dict[str, npt.NDArray[np.float64]]:
    """Return the mean of every run in every resample of the pictures, `[seeds, replicates]`."""
    rng = stream(0, "bootstrap of pictures", pictures)
    # How often each picture is drawn; a block at a time, so that memory does not grow with it.
    rows = max(1, min(replicates, _BLOCK_BYTES // (4 * pictures)))
    found: dict[str, list[Any]] = {name: [] for name in scores}
    for start in range(0, replicates, rows):
        size = min(rows, replicates - start)
        drawn = rng.integers(pictures, size=(size, pictures), dtype=np.int32)
        drawn += np.arange(size, dtype=np.int32)[:, None] * pictures
        counts = np.bincount(drawn.ravel(), minlength=size * pictures)
        counts = counts.reshape(size, pictures).astype(np.float32)
        for name, values in scores.items():
            found[name].append(values @ counts.T)
    return {
        name: np.concatenate(parts, axis=1).astype(float) / pictures
        for name, parts in found.items()
    }


def _expanded_tail(n: int, level: float) -> float:
    """Return the part of the resamples beyond each end, smaller than (1 - level) / 2."""
    t: Any = stats.t
    norm: Any = stats.norm
    wide = math.sqrt(n / (n - 1)) * float(t.isf((1 - check_level(level)) / 2, n - 1))
    return float(norm.sf(wide))


def _quantiles(means: npt.NDArray[np.float64], tail: float) -> Interval:
    low, high = np.quantile(means, [tail, 1 - tail])
    return Interval(float(low), float(high))
