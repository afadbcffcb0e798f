"""Work for several threads at once, on torch's own where they can be had.

torch's threads are those of OpenMP, and after each of its calls they wait for the next one at full
speed, for a tenth of a millisecond or more. Other threads find their cores taken: a step of `lab`
on two cores took 20.6 ms in place of 13.5. So what is shared out here goes to the same threads, by
the one function of libgomp that every compiled `#pragma omp parallel` calls.

It calls machine code only. With a Python function as each thread's work, the second one waited for
the interpreter's lock and was woken up again: 31 microseconds each time, 25 in a training step.
"""

import ctypes
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from versus.backend import torch

Piece = Callable[[int], None]
_PROCESS = os.getpid()
_pools: dict[tuple[int, int], ThreadPoolExecutor] = {}
_WORD, _BYTE, _INT = ir.IntType(64), ir.IntType(8).as_pointer(), ir.IntType(32)


def starter() -> int | None:
    """Return where `GOMP_parallel` of torch's threads is; None where they cannot be had."""
    # A fork has none of its parent's threads, and libgomp would wait for them.
    return _libgomp() if os.getpid() == _PROCESS else None


@cache
def _libgomp() -> int | None:
    for path in sorted((Path(torch.__file__).parent / "lib").glob("libgomp*.so*")):
        return ctypes.cast(ctypes.CDLL(str(path)).GOMP_parallel, ctypes.c_void_p).value
    return None


def at_once(parts: int, piece: Piece) -> None:
    """Call `piece(0)` to `piece(parts - 1)` on plain threads; raise what one raises."""
    pool = _pool(parts - 1)
    others = [pool.submit(piece, part) for part in range(1, parts)]
    piece(0)
    wait(others)
    for other in others:
        other.result()


def _pool(threads: int) -> ThreadPoolExecutor:
    """Return waiting threads; those of a parent are not there after a fork."""
    key = os.getpid(), threads
    if key not in _pools:
        _pools[key] = ThreadPoolExecutor(threads, thread_name_prefix="versus-kernel")
    return _pools[key]


def in_pieces(function: Callable[..., Any], kernel: Any) -> Callable[..., Any]:
    """Return `f(start, parts, count, *arguments)`, to be compiled: a kernel on several threads.

    It does pictures 0 to `count` in so many parts; `start` is of `starter`. It gives 0, or 1 where
    a part could not be done. Its code is kept beside that of `function`, of which `kernel` is made.
    """
    names = function.__name__ + "_pieces", function.__qualname__ + "_pieces"
    code = _pieces.__code__.replace(
        co_filename=function.__code__.co_filename, co_name=names[0], co_qualname=names[1],
        co_firstlineno=function.__code__.co_firstlineno,
    )  # fmt: skip
    found = FunctionType(code, {"kernel": kernel, "_share_out": _share_out}, names[0])
    found.__module__, found.__qualname__ = function.__module__, names[1]
    return found


def _pieces(start: Any, parts: Any, count: Any, *arguments: Any) -> Any:
    return _share_out(kernel, start, parts, count, arguments)  # noqa: F821  # pyright: ignore


@intrinsic
def _share_out(typing: Any, kernel: Any, start: Any, parts: Any, count: Any, arguments: Any) -> Any:
    """Call `kernel` for each part, on as many threads; see `in_pieces`."""
    form = kernel.get_call_type(typing, (types.intp, types.intp, *arguments.types), {})

    def make(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        start, parts, count, arguments = given[1:]
        made = kernel.dispatcher.overloads[form.args]
        context.active_code_library.add_linking_library(made.library)
        # For all threads: the next part, whether one failed, and what they need.
        nothing = ir.Constant(_WORD, 0)
        fields = nothing, nothing, parts, count, arguments
        data = cgutils.alloca_once(builder, ir.LiteralStructType([field.type for field in fields]))
        for number, field in enumerate(fields):
            builder.store(field, cgutils.gep_inbounds(builder, data, 0, number))
        work = ir.Function(
            builder.module, ir.FunctionType(ir.VoidType(), [_BYTE]), f"{builder.function.name}.part"
        )
        work.linkage = "internal"
        _write_part(context, work, data.type, made.fndesc, form)
        call = ir.FunctionType(ir.VoidType(), [work.type, _BYTE, _INT, _INT]).as_pointer()
        several = builder.trunc(parts, _INT)
        arguments = work, builder.bitcast(data, _BYTE), several, ir.Constant(_INT, 0)
        builder.call(builder.inttoptr(start, call), arguments)
        return builder.load(cgutils.gep_inbounds(builder, data, 0, 1))

    return types.intp(kernel, types.intp, types.intp, types.intp, arguments), make


def _write_part(context: Any, work: Any, kind: Any, kernel: Any, form: Any) -> None:
    """Write the function of each thread: it takes parts as long as there are any."""
    builder = ir.IRBuilder(work.append_basic_block("entry"))
    data = builder.bitcast(work.args[0], kind)
    next_one, failed, *rest = (cgutils.gep_inbounds(builder, data, 0, n) for n in range(5))
    parts, count, arguments = (builder.load(place) for place in rest)
    ask, do, end = (work.append_basic_block(name) for name in ("ask", "do", "end"))
    builder.branch(ask)
    builder.position_at_end(ask)
    one = ir.Constant(_WORD, 1)
    part = builder.atomic_rmw("add", next_one, one, "monotonic")
    builder.cbranch(builder.icmp_signed("<", part, parts), do, end)
    builder.position_at_end(do)
    first, last = (
        builder.sdiv(builder.mul(count, number), parts) for number in (part, builder.add(part, one))
    )
    values = [builder.extract_value(arguments, n) for n in range(len(form.args) - 2)]
    function = context.declare_function(builder.module, kernel)
    status, _ = context.call_conv.call_function(
        builder, function, form.return_type, form.args, [first, last, *values]
    )
    with cgutils.if_unlikely(builder, status.is_error):
        builder.store(one, failed)
    builder.branch(ask)
    builder.position_at_end(end)
    builder.ret_void()
