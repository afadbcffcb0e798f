"""What changes a program's calls without changing what it computes."""

from collections import Counter
from collections.abc import Sequence

from versus.training.lowering.call import Call, bind
from versus.training.lowering.graph import Graph
from versus.training.lowering.native import Native


def pool_first(calls: Sequence[Call], graph: Graph, *, predicting: bool = False) -> list[Call]:
    """Swap activation and max-pooling where nothing else reads in between.

    The two commute for an activation that never falls, and pooling first leaves a quarter of the
    values to it.

    Args:
        calls: of a program.
        graph: of the model.
        predicting: go before layers too that rise as their weights are now, and before all in a
            row.
    """
    readers = _readers(calls, graph)
    swapped = list(calls)
    by_output = _by_output(calls)
    for n, pool in enumerate(calls):
        if pool.native is None or not pool.native.pools:
            continue
        before = by_output.get(pool.inputs[0])
        act = calls[before] if before is not None else None
        if act is None or act.native is None:
            continue
        if not (act.native.monotone or (predicting and act.native.rising)):
            continue
        if readers[pool.inputs[0]] != 1 or before is None:
            continue
        middle = act.outputs
        swapped[before] = _rewired(pool, pool.native, act.inputs, middle)
        swapped[n] = _rewired(act, act.native, middle, pool.outputs)
        if predicting:
            return pool_first(swapped, graph, predicting=True)
    return swapped


def in_place(calls: Sequence[Call], graph: Graph) -> list[Call]:
    """Let an activation write over its input where nobody reads that again.

    Half the memory traffic of a ReLU: its output is in the cache already.
    """
    readers = _readers(calls, graph)
    by_output = _by_output(calls)
    changed = list(calls)
    for n, call in enumerate(calls):
        if call.native is None or call.native.in_place is None or readers[call.inputs[0]] != 1:
            continue
        before = by_output.get(call.inputs[0])
        producer = calls[before].native if before is not None else None
        if producer is not None and producer.fresh:
            written = Native(call.native.in_place, monotone=call.native.monotone)
            changed[n] = _rewired(call, written, call.inputs, call.outputs)
    return changed


def last_reads(calls: Sequence[Call], graph: Graph) -> list[tuple[int, ...]]:
    """Return for each call the slots that nothing reads after it."""
    read = set(graph.outputs)
    found = []
    for call in reversed(calls):
        touched = {*call.inputs, *call.outputs}
        found.append(tuple(sorted(touched - read)))
        read |= touched
    return found[::-1]


def sole_reader(calls: Sequence[Call], graph: Graph) -> dict[int, int]:
    """Return for each call whose one output only one call reads, and once, which call that is."""
    readers, by_output = _readers(calls, graph), _by_output(calls)
    found = {}
    for n, call in enumerate(calls):
        if len(call.inputs) == 1 and readers[call.inputs[0]] == 1:
            before = by_output.get(call.inputs[0])
            if before is not None:
                found[before] = n
    return found


def _readers(calls: Sequence[Call], graph: Graph) -> Counter[int]:
    """Return how often each slot is read, by calls or as an output of the model."""
    found = Counter(slot for call in calls for slot in call.inputs)
    found.update(graph.outputs)
    return found


def _by_output(calls: Sequence[Call]) -> dict[int, int]:
    """Return which call fills a slot."""
    return {call.outputs[0]: n for n, call in enumerate(calls) if len(call.outputs) == 1}


def _rewired(call: Call, native: Native, inputs: tuple[int, ...], outputs: tuple[int, ...]) -> Call:
    return bind(call.name, call.kind, native, inputs, outputs)
