"""Which calls of a program become kernels: convolutions; 2x2 max-pooling and what goes with it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from versus.backend import keras, torch
from versus.training.kernels.compiled import usable
from versus.training.lowering.call import Call, bind
from versus.training.lowering.first import convolve_and_pool
from versus.training.lowering.fused import (
    PooledFloor,
    PooledNormalised,
    batch_statistics,
)
from versus.training.lowering.graph import Graph
from versus.training.lowering.halved import halved, normalised
from versus.training.lowering.native import FLOATS, Native, Tensor
from versus.training.lowering.normalization import move_averages
from versus.training.lowering.passes import sole_reader
from versus.training.lowering.statistics import Statistics, kept_statistics, weights
from versus.training.lowering.winograd import with_fewer_products


def fusible(value: Any) -> bool:
    """Return whether fused calls can be run on what comes from this input, as things are now."""
    return (
        usable()
        and value.device.type == "cpu"
        and not torch.is_autocast_enabled("cpu")
        and getattr(torch, keras.config.floatx()) in FLOATS
    )


def fuse(calls: Sequence[Call], graph: Graph, *, predicting: bool = False) -> list[Call]:
    """Return a program's calls, those that follow each other as one function can do them as one.

    Args:
        calls: of a program; of one that pools first where `predicting`.
        graph: of the model.
        predicting: nothing is learnt.
    """
    following = sole_reader(calls, graph)
    done: set[int] = set()
    found: list[Call] = []
    for number, call in enumerate(calls):
        if number in done:
            continue
        chain, members = _Chain(predicting), []
        at: int | None = number
        while at is not None:
            grown = chain.grown(calls[at])
            if grown is None:
                break
            chain = grown
            members.append(at)
            at = following.get(at)
        if not chain.worth_it:
            found.append(with_fewer_products(call))
            continue
        done.update(members)
        found.append(chain.call([calls[n] for n in members]))
    return found


@dataclass(frozen=True)
class _Chain:
    """Calls so far, in any order that means the same.

    `ReLU? normalisation? ReLU? pooling ReLU?`, or `first convolution, pooling ReLU?`; where nothing
    is learnt `first convolution? pooling ReLU? normalisation* ReLU?`, or normalisations alone.
    """

    predicting: bool
    first: Any = None
    low: bool = False
    layers: tuple[Any, ...] = ()
    floor: bool = False
    pools: bool = False
    up: bool = False

    def grown(self, call: Call) -> "_Chain | None":
        """Return this with one call more, None where it can't be."""
        native = call.native
        if native is None:
            return None
        begun = self != _Chain(self.predicting)
        if native.first is not None and not begun:
            return replace(self, first=native.first)
        if native.floors and (self.pools or not self.predicting):  # pooling and ReLU commute
            return replace(self, floor=True) if self.layers else replace(self, low=True)
        if native.normalises is not None and self._may_normalise():
            return replace(self, layers=(*self.layers, native.normalises))
        if self.pools or (self.predicting and self.layers):
            return None
        if native.halves or (native.halves_up and self.first is not None):
            return replace(self, pools=True, up=native.halves_up)
        return None

    def _may_normalise(self) -> bool:
        if self.predicting:
            return not self.floor and (self.pools or self.first is None)
        return not self.pools and not self.layers and self.first is None

    @property
    def worth_it(self) -> bool:
        """Whether it is more than torch does in one go itself."""
        return self.pools or len(self.layers) > 1

    def call(self, members: Sequence[Call]) -> Call:
        """Return the one call in place of its members."""
        first, last = members[0], members[-1]
        name, kind = (" + ".join(getattr(m, of) for m in members) for of in ("name", "kind"))
        each = [member.native for member in members if member.native is not None]

        def run(inputs: Any, training: bool) -> Tensor:
            found = self.run(inputs[0], training)
            return found if found is not None else _one_by_one(each, inputs[0], training)

        return bind(name, kind, Native(run, fresh=True), first.inputs, last.outputs)

    def run(self, x: Tensor, training: bool) -> Tensor | None:
        """Return what the members give, moving averages moved; None where it can't be at once."""
        layers, relus, learns = self.layers, (self.low, self.floor), torch.is_grad_enabled()
        if x.dtype not in FLOATS or (self.predicting and layers and learns):
            return None
        if self.first is not None:
            return convolve_and_pool(self.first, x, up=self.up, layers=layers, relus=relus)
        if self.predicting and not self.pools:
            return normalised(x, layers)
        if self.predicting and not learns:
            return halved(x, layers, relus)
        if not layers:
            return PooledFloor.apply(x, self.low)
        by = _statistics(layers[0], x, self.low, training)
        return PooledNormalised.apply(x, *weights(layers[0]), by, relus)


def _statistics(layer: Any, x: Tensor, low: bool, training: bool) -> Statistics:
    """Return what a normalisation goes by, its averages moved where it learns."""
    if not (training and layer.trainable):
        return kept_statistics(layer)
    by = batch_statistics(x, low, layer.epsilon)
    move_averages(layer, torch.from_numpy(by.mean), torch.from_numpy(by.variance))
    return by


def _one_by_one(natives: Sequence[Native], x: Tensor, training: bool) -> Tensor:
    for native in natives:
        x = native.call([x], training)
    return x
