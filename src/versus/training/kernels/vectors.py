"""Two pieces of machine code that no compiler makes of a loop by itself: vectors in registers.

Both take addresses, as `array.ctypes.data` gives them, and distances counted in elements. Nothing
is checked here: who calls must own the memory.
"""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils, config
from numba.core.codegen import get_host_cpu_features
from numba.extending import intrinsic

from versus.training.kernels.toom_cook import Rows, short

# Of the processor that numba compiles for: this one, or what NUMBA_CPU_FEATURES says.
_ASKED = getattr(config, "CPU_FEATURES", None)
WIDE = "+avx512f" in (get_host_cpu_features() if _ASKED is None else _ASKED).split(",")
BYTES = 64 if WIDE else 32
"""Of a vector register."""
ROWS = 8
"""Rows of a product that are made at once: with the columns they fill the registers."""
EACH_ROW = (0,) * ROWS
"""A tuple as long, which tells their number when a kernel is compiled."""
COLUMNS = 2 if WIDE else 1
"""Vectors of columns that are made at once, at most."""


class _Memory:
    """Loads and stores of vectors by address, in the code that is being built."""

    def __init__(self, builder: Any, number: Any) -> None:
        self.builder = builder
        self.size = 4 if number == types.float32 else 8
        self.scalar = ir.FloatType() if number == types.float32 else ir.DoubleType()
        self.vector = ir.VectorType(self.scalar, BYTES // self.size)

    def place(self, address: Any, distance: Any, times: int = 1) -> Any:
        """Return the address `times` distances on."""
        step = self.builder.mul(distance, distance.type(self.size * times))
        return self.builder.add(address, step)

    def load(self, address: Any) -> Any:
        """Return the vector that begins at an address."""
        where = self.builder.inttoptr(address, self.vector.as_pointer())
        return self.builder.load(where, align=self.size, typ=self.vector)

    def store(self, vector: Any, address: Any) -> None:
        """Write a vector."""
        where = self.builder.inttoptr(address, self.vector.as_pointer())
        self.builder.store(vector, where, align=self.size)

    def spread(self, address: Any) -> Any:
        """Return the one number at an address in all places of a vector."""
        where = self.builder.inttoptr(address, self.scalar.as_pointer())
        number = self.builder.load(where, align=self.size, typ=self.scalar)
        lanes, place = self.vector.count, ir.IntType(32)
        one = self.builder.insert_element(
            ir.Constant(self.vector, ir.Undefined), number, ir.Constant(place, 0)
        )
        mask = ir.Constant(ir.VectorType(place, lanes), [0] * lanes)
        return self.builder.shuffle_vector(one, one, mask)

    def fused(self, a: Any, b: Any, c: Any) -> Any:
        """Return a times b plus c, rounded once."""
        kind = f"v{self.vector.count}f{8 * self.size}"
        form = ir.FunctionType(self.vector, [self.vector] * 3)
        module = self.builder.module
        function = cgutils.get_or_insert_function(module, form, f"llvm.fma.{kind}")
        return self.builder.call(function, [a, b, c])

    def constant(self, number: float) -> Any:
        """Return a vector of equal numbers."""
        return ir.Constant(self.vector, [number] * self.vector.count)


def _multiplier(*, adds: bool) -> Any:
    """Return a function that makes a product of matrices in c, or adds it to what is there.

    It is `f(rows, columns, like, a, a_row, a_depth, b, b_depth, c, c_row, depth)`, for as many rows
    and vectors as the tuples `rows` and `columns` are long: the product of a `[rows, depth]`,
    whose elements are `a_row` and `a_depth` apart, and b `[depth, columns]`, whose rows are
    `b_depth` apart. Rows of c are `c_row` apart.
    """

    @intrinsic
    def multiply(
        typing: Any, rows: Any, columns: Any, like: Any, a: Any, a_row: Any, a_depth: Any, b: Any,
        b_depth: Any, c: Any, c_row: Any, depth: Any,
    ) -> Any:  # fmt: skip
        def make(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            a, a_row, a_depth, b, b_depth, c, c_row, depth = given[3:]
            memory = _Memory(builder, like)
            each = list(itertools.product(range(rows.count), range(columns.count)))
            one = a.type(memory.vector.count)
            at = {(r, v): memory.place(memory.place(c, c_row, r), one, v) for r, v in each}
            sums = {key: cgutils.alloca_once(builder, memory.vector) for key in each}
            for key in each:
                begin = memory.load(at[key]) if adds else memory.constant(0.0)
                builder.store(begin, sums[key])
            with cgutils.for_range(builder, depth) as loop:
                right = memory.place(b, builder.mul(b_depth, loop.index))
                vectors = [memory.load(memory.place(right, one, v)) for v in range(columns.count)]
                left = memory.place(a, builder.mul(a_depth, loop.index))
                for row in range(rows.count):
                    factor = memory.spread(memory.place(left, a_row, row))
                    for v, vector in enumerate(vectors):
                        total = builder.load(sums[row, v], typ=memory.vector)
                        builder.store(memory.fused(factor, vector, total), sums[row, v])
            for key in each:
                memory.store(builder.load(sums[key], typ=memory.vector), at[key])
            return context.get_dummy_value()

        return types.void(rows, columns, like, *[types.intp] * 8), make

    return multiply


multiply = _multiplier(adds=False)
multiply_add = _multiplier(adds=True)


def _combiner(choose: Callable[[int, int], Rows], *, adds: bool = False) -> Any:
    """Return a function that multiplies vectors by a matrix known when it is compiled.

    It is `f(places, taps, like, source, source_step, target, target_step)`: `choose(m, r)`, of
    the lengths of two tuples, gives the matrix; the vectors `source_step` apart, one for each of
    its columns, give those at `target`, one for each row, or are added there. Zeros in it cost
    nothing.
    """

    @intrinsic
    def combine(
        typing: Any, places: Any, taps: Any, like: Any, source: Any, source_step: Any, target: Any,
        target_step: Any,
    ) -> Any:  # fmt: skip
        matrix = choose(places.count, taps.count)

        def make(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            source, source_step, target, target_step = given[3:]
            memory = _Memory(builder, like)
            found = [
                memory.load(memory.place(source, source_step, n)) for n in range(len(matrix[0]))
            ]
            for n, row in enumerate(matrix):
                to = memory.place(target, target_step, n)
                total = _sum(memory, row, found)
                memory.store(builder.fadd(memory.load(to), total) if adds else total, to)
            return context.get_dummy_value()

        return types.void(places, taps, like, *[types.intp] * 4), make

    return combine


def _sum(memory: _Memory, row: Sequence[float], vectors: Sequence[Any]) -> Any:
    """Return the sum of vectors, each times its factor."""
    builder, total = memory.builder, None
    pairs = [(factor, vector) for factor, vector in zip(row, vectors, strict=True) if factor]
    for factor, vector in sorted(pairs, key=lambda pair: pair[0] != 1):
        if total is None:
            total = vector if factor == 1 else builder.fmul(memory.constant(factor), vector)
        elif factor in (1, -1):
            total = (builder.fadd if factor == 1 else builder.fsub)(total, vector)
        else:
            total = memory.fused(memory.constant(factor), vector, total)
    return memory.constant(0.0) if total is None else total


def _move(typing: Any, like: Any, source: Any, target: Any) -> Any:
    """Copy a vector from one address to another."""

    def make(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        memory = _Memory(builder, like)
        memory.store(memory.load(given[1]), given[2])
        return context.get_dummy_value()

    return types.void(like, types.intp, types.intp), make


def _move_add(typing: Any, like: Any, source: Any, target: Any) -> Any:
    """Add a vector at one address to that at another."""

    def make(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        memory = _Memory(builder, like)
        memory.store(builder.fadd(memory.load(given[1]), memory.load(given[2])), given[2])
        return context.get_dummy_value()

    return types.void(like, types.intp, types.intp), make


def _clear(typing: Any, like: Any, target: Any) -> Any:
    """Set a vector to zero."""

    def make(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        memory = _Memory(builder, like)
        memory.store(memory.constant(0.0), given[1])
        return context.get_dummy_value()

    return types.void(like, types.intp), make


# Who calls does not give what the compiler does.
move: Any = intrinsic(_move)
move_add: Any = intrinsic(_move_add)
clear: Any = intrinsic(_clear)


def _turned(rows: Rows) -> Rows:
    return tuple(zip(*rows, strict=True))


look_up = _combiner(lambda m, r: short(m, r).values)
"""The values of what is convolved, at m + r - 1 points."""
look_up_gradient = _combiner(lambda m, r: _turned(short(m, r).places))
"""Those of the gradient of m places."""
look_up_back = _combiner(lambda m, r: _turned(short(m, r).values))
look_up_back_add = _combiner(lambda m, r: _turned(short(m, r).values), adds=True)
"""The gradient of what was looked up, from that of its values."""
find_places = _combiner(lambda m, r: short(m, r).places)
"""The m places, from products at m + r - 1 points."""
