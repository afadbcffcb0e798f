"""Schedules and callbacks of a script: VS403 and VS501 in a syntax tree."""

import ast
from collections import Counter
from collections.abc import Iterable

from versus.lint.rule import Found
from versus.lint.script.facts import Assignment, Script, callee, used_names

CALLBACKS = {
    *("LearningRateScheduler", "ReduceLROnPlateau", "EarlyStopping", "ModelCheckpoint"),
    *("TerminateOnNaN", "BackupAndRestore", "SwapEMAWeights", "CSVLogger", "TensorBoard"),
}
SCHEDULES = {
    *("CosineDecay", "CosineDecayRestarts", "ExponentialDecay", "InverseTimeDecay"),
    *("PiecewiseConstantDecay", "PolynomialDecay"),
}


def unused(script: Script) -> Iterable[Found]:
    """VS501: a schedule or callback that is made, or a schedule function that is written, in vain.

    A name counts as used if anything reads it but the making of names that are themselves unused.
    """
    made = {
        name: assignment
        for assignment in script.assignments
        for name in assignment.names
        if _makes_callback(assignment.value)
    }
    dead = _unread(script, made)
    for name, assignment in dead.items():
        kind = next(k for k in _kinds(assignment.value) if k in CALLBACKS | SCHEDULES)
        yield Found(
            script.where(assignment.line), f"{kind} is kept as `{name}`, which nothing uses"
        )
    for name, function in script.functions.items():
        if _is_schedule(name, function) and not _read_outside(script, name, function):
            yield Found(
                script.where(function.lineno),
                f"the schedule `{name}` is written, and nothing uses it",
            )


def _kinds(value: ast.expr) -> list[str]:
    return [callee(node)[0] for node in ast.walk(value) if isinstance(node, ast.Call)]


def _makes_callback(value: ast.expr) -> bool:
    """Whether a value is a callback or schedule, or a list of them."""
    parts = value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]
    return bool(parts) and any(
        isinstance(part, ast.Call) and callee(part)[0] in CALLBACKS | SCHEDULES for part in parts
    )


def _unread(script: Script, made: dict[str, Assignment]) -> dict[str, Assignment]:
    """Return those of `made` that are read by nothing, or only by lists that nothing reads."""
    reads = Counter(
        node.id
        for node in ast.walk(script.tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    )
    plain = [a for a in script.assignments if isinstance(a.value, (ast.List, ast.Tuple))]
    dead = {name: a for name, a in made.items() if not reads[name]}
    lists = [a for a in plain if a.names and all(not reads[name] for name in a.names)]
    for assignment in lists:
        for name in used_names(assignment.value):
            if name in made and reads[name] == 1:
                dead[name] = made[name]
    return {name: a for name, a in dead.items() if "." not in name and name != "_"}


def _is_schedule(name: str, function: ast.FunctionDef) -> bool:
    """Whether a function of the epoch gives a learning rate: its name says so."""
    words = name.lower().split("_")
    about_rate = "lr" in words or ("learning" in words and "rate" in words) or "schedule" in words
    return about_rate and bool(function.args.args) and _epoch(function) is not None


def _epoch(function: ast.FunctionDef) -> str | None:
    first = function.args.args[0].arg if function.args.args else ""
    return first if first in ("epoch", "epochs", "ep", "e", "step") else None


def _read_outside(script: Script, name: str, function: ast.FunctionDef) -> bool:
    return any(
        isinstance(node, ast.Name)
        and node.id == name
        and isinstance(node.ctx, ast.Load)
        and not function.lineno <= node.lineno <= (function.end_lineno or 0)
        for node in ast.walk(script.tree)
    )


def never_steps(script: Script) -> Iterable[Found]:
    """VS403: a schedule of the epoch whose first step lies at or beyond the last epoch."""
    epochs = [script.value(call.argument("epochs")) for call in script.named("fit")]
    known = [number for number in epochs if isinstance(number, int)]
    if not known or len(known) < len(epochs):
        return
    for name, function in script.functions.items():
        if not _is_schedule(name, function) or _epoch(function) == "step":
            continue
        first = min(_thresholds(function, script), default=None)
        if first is not None and first >= max(known):
            yield Found(
                script.where(function.lineno),
                f"`{name}` first changes the rate after epoch {first:g}, and training ends after "
                f"{max(known)}",
            )


def _thresholds(function: ast.FunctionDef, script: Script) -> list[float]:
    """Return the numbers that the epoch is compared with."""
    epoch = _epoch(function)
    found = []
    for node in ast.walk(function):
        if (
            isinstance(node, ast.Compare)
            and isinstance(node.left, ast.Name)
            and node.left.id == epoch
        ):
            found += [script.value(side) for side in node.comparators]
    return [value for value in found if isinstance(value, (int, float))]
