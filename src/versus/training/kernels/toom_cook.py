"""The small matrices by which short convolutions take fewer products.

`m` places of a convolution with a kernel of `r` taps are those of a product of polynomials: at
m + r - 1 points both are looked up, multiplied, and the product is found from its values. So
m + r - 1 products do for m times r. (Winograd 1980; Lavin and Gray 2016, "Fast Algorithms for
Convolutional Neural Networks"; the points are chosen for small rounding errors: Barabasz et al.
2020, "Error Analysis and Improving the Accuracy of Winograd Convolution".)
"""

from fractions import Fraction
from typing import NamedTuple

Rows = tuple[tuple[float, ...], ...]

HALF = Fraction(1, 2)
# By how many: the last point of each is infinity.
POINTS: dict[int, tuple[Fraction | int, ...]] = {
    3: (0, 1),
    4: (0, 1, -1),
    5: (0, 1, -1, 2),
    6: (0, 1, -1, 2, -HALF),
    7: (0, 1, -1, 2, -2, HALF),
    8: (0, 1, -1, 2, -2, HALF, -HALF),
}


class Short(NamedTuple):
    """Matrices of a short convolution, `y = places @ ((taps @ g) * (values @ d))`.

    Attributes:
        values: `[m + r - 1, m + r - 1]`, of what is convolved.
        taps: `[m + r - 1, r]`, of the kernel.
        places: `[m, m + r - 1]`, of the products.
    """

    values: Rows
    taps: Rows
    places: Rows


def short(m: int, r: int) -> Short:
    """Return the matrices for `m` places and `r` taps, `y[i] = sum of d[i + k] * g[k]`."""
    points = [Fraction(point) for point in POINTS[m + r - 1]]
    values, taps = [], []
    for point in points:
        others = [other for other in points if other != point]
        scale = Fraction(1)
        for other in others:
            scale *= point - other
        sign = 1 if scale > 0 else -1
        values.append([sign * factor for factor in _product(others)] + [Fraction(0)])
        taps.append([point**power / abs(scale) for power in range(r)])
    values.append(_product(points))
    taps.append([Fraction(int(power == r - 1)) for power in range(r)])
    places = [
        [point**power for point in points] + [Fraction(int(power == m - 1))] for power in range(m)
    ]
    return Short(_rows(values), _rows(taps), _rows(places))


def _product(roots: list[Fraction]) -> list[Fraction]:
    """Return the coefficients of the product of x - root, the constant first."""
    found = [Fraction(1)]
    for root in roots:
        shifted, kept = [Fraction(0), *found], [*found, Fraction(0)]
        found = [up - root * same for up, same in zip(shifted, kept, strict=True)]
    return found


def _rows(matrix: list[list[Fraction]]) -> Rows:
    return tuple(tuple(float(number) for number in row) for row in matrix)
