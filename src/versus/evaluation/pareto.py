"""The Pareto front: the models that no other one beats in cost and in quality at once."""

from collections.abc import Mapping


def front(
    cost: Mapping[str, float], quality: Mapping[str, float], *, higher_is_better: bool = True
) -> list[str]:
    """Return the names that are not dominated, the cheapest first.

    One dominates another if it costs no more, is no worse, and is better in one of the two. Of
    equals in both none dominates the other. The numbers are taken as they stand: whether a
    difference between means is more than chance, a verdict says.

    Args:
        cost: by name, the lower the better.
        quality: by the same names.
        higher_is_better: of the quality.
    """
    sign = 1 if higher_is_better else -1
    found: list[str] = []
    best = -float("inf")
    last = (float("nan"), float("nan"))
    for name in sorted(cost, key=lambda name: (cost[name], -sign * quality[name])):
        here = (cost[name], sign * quality[name])
        if here[1] > best or here == last:
            found.append(name)
            best, last = here[1], here
    return found
