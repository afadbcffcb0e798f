"""A layered drawing of a directed graph: where each node stands, and the way of each line.

Source: K. Sugiyama et al. 1981, "Methods for visual understanding of hierarchical system
structures": layers by longest path, bends where a line passes a layer, order by barycentres.
"""

import itertools
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

# scipy has no types.
from scipy.optimize import linprog  # pyright: ignore

SWEEPS = 8

Node = Hashable


class Place(NamedTuple):
    """Where something stands: across (1 is the distance of two neighbours), and its layer."""

    x: float
    layer: int


@dataclass(frozen=True)
class Layout:
    """A drawing.

    Attributes:
        places: of every node.
        ways: of every edge, the places that it goes through, both ends included.
    """

    places: Mapping[Node, Place]
    ways: Mapping[tuple[Node, Node], Sequence[Place]]


def lay_out(nodes: Sequence[Node], edges: Sequence[tuple[Node, Node]]) -> Layout:
    """Return where to draw the nodes and edges of a graph without circles.

    Args:
        nodes: in an order in which every edge leads from an earlier to a later one.
        edges: (from, to), each once.
    """
    layer = dict.fromkeys(nodes, 0)
    for node in nodes:
        layer[node] = max((layer[a] + 1 for a, b in edges if b == node), default=0)
    chains = {edge: _chain(edge, layer) for edge in edges}
    rows: list[list[Node]] = [[] for _ in range(max(layer.values(), default=0) + 1)]
    for node in nodes:
        rows[layer[node]].append(node)
    for chain in chains.values():
        for bend in chain[1:-1]:
            rows[bend[2]].append(bend)  # pyright: ignore
    steps = [pair for c in chains.values() for pair in itertools.pairwise(c)]
    above: dict[Node, list[Node]] = {node: [] for row in rows for node in row}
    below: dict[Node, list[Node]] = {node: [] for row in rows for node in row}
    for a, b in steps:
        below[a].append(b)
        above[b].append(a)
    x = _across(rows, above, below)
    at = {node: Place(x[node], n) for n, row in enumerate(rows) for node in row}
    return Layout(
        {node: at[node] for node in nodes},
        {edge: [at[node] for node in chain] for edge, chain in chains.items()},
    )


def _chain(edge: tuple[Node, Node], layer: Mapping[Node, int]) -> list[Node]:
    """Return the nodes of an edge with a bend in every layer that it passes."""
    a, b = edge
    return [a, *(("bend", edge, n) for n in range(layer[a] + 1, layer[b])), b]


def _across(
    rows: list[list[Node]], above: dict[Node, list[Node]], below: dict[Node, list[Node]]
) -> dict[Node, float]:
    """Order each row by where its neighbours stand, then place it near them without overlap."""
    x = {node: i - (len(row) - 1) / 2 for row in rows for i, node in enumerate(row)}
    for sweep in range(SWEEPS):
        downward = sweep % 2 == 0
        near = above if downward else below
        for row in rows if downward else reversed(rows):
            wish = {n: _mean([x[m] for m in near[n]], x[n]) for n in row}
            row.sort(key=lambda node: wish[node])
            x |= _apart(row, wish)
    return _straightened(rows, above, below) or x


def _straightened(
    rows: list[list[Node]], above: dict[Node, list[Node]], below: dict[Node, list[Node]]
) -> dict[Node, float] | None:
    """Return places, in the order of the rows, with which chains are straight and forks centred.

    A linear programme: what is made small is how far each node stands from the middle of those
    above it, and of those below it. None where straight chains would have to cross.
    """
    column: dict[Node, int] = {}
    for node in (node for row in rows for node in row):
        only = above[node][0] if len(above[node]) == 1 else None
        straight = only is not None and len(below[only]) == 1
        column[node] = column[only] if straight else len(set(column.values()))
    columns = len(set(column.values()))
    pulls = [(n, near) for side in (above, below) for n, near in side.items() if near]
    size = columns + len(pulls)  # a place for each column, a distance for each pull

    def row_of(terms: Iterable[tuple[int, float]]) -> npt.NDArray[np.float64]:
        row = np.zeros(size)
        for number, factor in terms:
            row[number] += factor
        return row

    limits, bounds = [], []
    for row in rows:
        for a, b in itertools.pairwise(row):
            limits.append(row_of([(column[a], 1.0), (column[b], -1.0)]))
            bounds.append(-1.0)
    for number, (node, near) in enumerate(pulls):
        for sign in (1.0, -1.0):
            apart = [(column[node], sign), *((column[m], -sign / len(near)) for m in near)]
            limits.append(row_of([*apart, (columns + number, -1.0)]))
            bounds.append(0.0)
    cost = np.r_[np.zeros(columns), np.ones(len(pulls))]
    free = [(None, None)] * columns + [(0, None)] * len(pulls)
    found: Any = linprog(cost, A_ub=limits or None, b_ub=bounds or None, bounds=free)
    return {node: float(found.x[c]) for node, c in column.items()} if found.success else None


def _apart(row: Sequence[Node], wish: Mapping[Node, float]) -> dict[Node, float]:
    """Return places of a row in its order, at least 1 apart, whose mean is that of the wishes."""
    placed: list[float] = []
    for node in row:
        placed.append(max(wish[node], placed[-1] + 1) if placed else wish[node])
    shift = _mean([wish[n] for n in row], 0.0) - _mean(placed, 0.0)
    return {node: value + shift for node, value in zip(row, placed, strict=True)}


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
