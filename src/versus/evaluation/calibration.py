"""Calibration: whether a model that is 90 % sure is right 90 % of the time.

Confidence is the probability of the predicted class. Bins hold equally many pictures ("equal
mass"), as equally wide ones leave most of them nearly empty on easy data.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr  # pyright: ignore[reportMissingTypeStubs]
from scipy.stats import binom  # pyright: ignore[reportMissingTypeStubs]

from versus.evaluation.predictions import Predictions

Floats = npt.NDArray[np.float64]

BINS = 15
"""How many bins, as in most of the literature; fewer where many pictures share one confidence."""


@dataclass(frozen=True, eq=False)
class Bins:
    """Pictures of similar confidence together, from the least sure to the surest.

    Attributes:
        confidence: the mean of each bin, float64 `[b]`.
        accuracy: the share that is right, float64 `[b]`.
        count: pictures, int64 `[b]`, none of them 0.
    """

    confidence: Floats
    accuracy: Floats
    count: npt.NDArray[np.int64]

    @property
    def weight(self) -> Floats:
        """The share of all pictures in each bin."""
        return self.count / self.count.sum()


def equal_mass_bins(predictions: Predictions, bins: int = BINS) -> Bins:
    """Return at most `bins` bins of equally many pictures, by confidence.

    Pictures of the very same confidence stay together, in the bin of the middle one of them, so
    the order of the pictures plays no part. Many are exactly 1.0 on easy data: then one bin is
    larger, and there are fewer.
    """
    values, groups, sizes = np.unique(
        predictions.confidence.astype(np.float64), return_inverse=True, return_counts=True
    )
    n = len(predictions)
    middle = np.cumsum(sizes) - (sizes + 1) / 2
    number = np.minimum((middle * bins // n).astype(np.int64), bins - 1)
    count = np.bincount(number, weights=sizes, minlength=bins)
    sure = np.bincount(number, weights=sizes * values, minlength=bins)
    right = np.bincount(number[groups], weights=predictions.correct, minlength=bins)
    there = count > 0
    return Bins(
        sure[there] / count[there], right[there] / count[there], count[there].astype(np.int64)
    )


def ece(bins: Bins) -> float:
    """Return the expected calibration error, 0 to 1: the mean distance of confidence and accuracy.

    Source: M. P. Naeini, G. F. Cooper and M. Hauskrecht 2015, "Obtaining well calibrated
    probabilities using Bayesian binning", AAAI; with equal mass: R. Roelofs, N. Cain, J. Shlens
    and M. C. Mozer 2022, "Mitigating bias in calibration error estimation", AISTATS.

    It is biased upwards: each bin's accuracy is a sample, and its distance counts whichever way it
    falls. A perfectly calibrated model shows `ece_by_chance`, not 0; on a few thousand pictures
    and at 99 % accuracy that is most of what is seen.
    """
    return float(np.sum(bins.weight * np.abs(bins.accuracy - bins.confidence)))


def ece_by_chance(bins: Bins) -> float:
    """Return the `ece` that a perfectly calibrated model of these confidences shows on average.

    This is the whole bias of `ece` for such a model, and about the most it is for any. Each bin
    counts as a binomial of its mean confidence, whose mean deviation De Moivre knew exactly
    (P. Diaconis and S. Zabell 1991, "Closed form summation for classical distributions",
    Statistical Science 6).
    """
    p, n = np.clip(bins.confidence, 0.0, 1.0), bins.count
    above = np.floor(n * p) + 1
    deviation = 2 * above * (1 - p) * binom.pmf(above, n, p) / n
    return float(np.sum(bins.weight * deviation))


def ece_debiased(bins: Bins) -> float:
    """Return `ece` less its bias as estimated from the bins themselves, at least 0.

    For each bin the accuracy is taken as the truth, a normal error of its own spread is added, and
    what that adds to the distance on average is subtracted. Source: A. Kumar, P. Liang and T. Ma
    2019, "Verified uncertainty calibration", NeurIPS, for the absolute error; they draw the normal
    errors, the mean that they estimate (of a folded normal) is computed here. Where a model is off
    in most bins nearly all bias goes; where it is calibrated, about 0.6 of `ece_by_chance` stays.
    """
    distance = bins.accuracy - bins.confidence
    spread = np.sqrt(bins.accuracy * (1 - bins.accuracy) / bins.count)
    noisy = np.abs(distance)
    wide = spread > 0
    z = distance[wide] / spread[wide]
    noisy[wide] = spread[wide] * np.sqrt(2 / np.pi) * np.exp(-(z**2) / 2)
    noisy[wide] += distance[wide] * (2 * ndtr(z) - 1)
    return max(0.0, float(np.sum(bins.weight * (2 * np.abs(distance) - noisy))))


def calibration(predictions: Predictions) -> dict[str, float | list[list[float]]]:
    """Return the calibration of a run on one split, ready for JSON.

    Returns:
        "ece", "ece_by_chance", "ece_debiased", and "reliability": for each bin [mean confidence,
        accuracy, number of pictures], from the least sure to the surest.
    """
    bins = equal_mass_bins(predictions)
    rows = zip(bins.confidence, bins.accuracy, bins.count, strict=True)
    return {
        "ece": ece(bins),
        "ece_by_chance": ece_by_chance(bins),
        "ece_debiased": ece_debiased(bins),
        "reliability": [[float(sure), float(right), int(count)] for sure, right, count in rows],
    }
