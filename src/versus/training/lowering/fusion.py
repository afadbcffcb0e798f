"""Which calls of a program become one: 2x2 max-pooling, with what can be done on the way."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from versus.backend import keras, torch
from versus.training.kernels.compiled import usable
from versus.training.lowering.call import Call, bind
from versus.training.lowering.first import convolve_and_pool
from versus.training.lowering.fused import (
    PooledFloor,
    PooledNormalised,
    Statistics,
    batch_statistics,
)
from versus.training.lowering.graph import Graph
from versus.training.lowering.native import Native, Tensor
from versus.training.lowering.normalization import move_averages
from versus.training.lowering.passes import sole_reader

FLOATS = (torch.float32, torch.float64)


def fusible(value: Any) -> bool:
    """Return whether fused calls can be run on what comes from this input, as things are now."""
    return (
        usable()
        and value.device.type == "cpu"
        and not torch.is_autocast_enabled("cpu")
        and getattr(torch, keras.config.floatx()) in FLOATS
    )


def fuse(calls: Sequence[Call], graph: Graph) -> list[Call]:
    """Return a program's calls, those that follow each other as one function can do them as one."""
    following = sole_reader(calls, graph)
    done: set[int] = set()
    found: list[Call] = []
    for number, call in enumerate(calls):
        if number in done:
            continue
        chain, members = _Chain(), []
        at: int | None = number
        while at is not None:
            grown = chain.grown(calls[at])
            if grown is None:
                break
            chain = grown
            members.append(at)
            at = following.get(at)
        if not chain.pools:
            found.append(call)
            continue
        done.update(members)
        found.append(chain.call([calls[n] for n in members]))
    return found


@dataclass(frozen=True)
class _Chain:
    """Calls so far, in any order that means the same.

    `ReLU? normalisation? ReLU? pooling ReLU?`, or `first convolution, pooling ReLU?`.
    """

    first: Any = None
    low: bool = False
    layer: Any = None
    floor: bool = False
    pools: bool = False
    up: bool = False

    def grown(self, call: Call) -> "_Chain | None":
        """Return this with one call more, None where it can't be."""
        native = call.native
        if native is None:
            return None
        if native.first is not None and self == _Chain():
            return replace(self, first=native.first)
        if native.floors:  # pooling and ReLU commute
            return replace(self, low=True) if self.layer is None else replace(self, floor=True)
        if native.normalises is not None and self == _Chain(low=self.low):
            return replace(self, layer=native.normalises)
        if not self.pools and (native.halves or (native.halves_up and self.first is not None)):
            return replace(self, pools=True, up=native.halves_up)
        return None

    def call(self, members: Sequence[Call]) -> Call:
        """Return the one call in place of its members."""
        first, last = members[0], members[-1]
        name, kind = (" + ".join(getattr(m, of) for m in members) for of in ("name", "kind"))
        each = [member.native for member in members if member.native is not None]

        def run(inputs: Any, training: bool) -> Tensor:
            if self.first is None:
                return self.run(inputs[0], training)
            found = convolve_and_pool(self.first, inputs[0], low=self.low, up=self.up)
            return found if found is not None else _one_by_one(each, inputs[0], training)

        return bind(name, kind, Native(run, fresh=True), first.inputs, last.outputs)

    def run(self, x: Tensor, training: bool) -> Tensor:
        """Return what the members give, one after the other, moving averages moved."""
        layer = self.layer
        if layer is None:
            return PooledFloor.apply(x, self.low)
        if training and layer.trainable:
            by = batch_statistics(x, self.low, layer.epsilon)
            move_averages(layer, torch.from_numpy(by.mean), torch.from_numpy(by.variance))
        else:
            mean, variance = (
                moving.value.detach().numpy().astype(np.float64)
                for moving in (layer.moving_mean, layer.moving_variance)
            )
            by = Statistics(mean, variance, layer.epsilon, 0)
        gamma = layer.gamma.value if layer.scale else None
        beta = layer.beta.value if layer.center else None
        return PooledNormalised.apply(x, gamma, beta, by, (self.low, self.floor))


def _one_by_one(natives: Sequence[Native], x: Tensor, training: bool) -> Tensor:
    for native in natives:
        x = native.call([x], training)
    return x
