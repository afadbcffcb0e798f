"""Script: calls, assignments and names of a Python file, from its syntax tree."""

from __future__ import annotations

import ast
import operator
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from versus.errors import StudyError
from versus.lint.graph import UNKNOWN

Loop = ast.For | ast.While | ast.AsyncFor
_ARITHMETIC = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


@dataclass(frozen=True, eq=False)
class Call:
    """One call.

    Attributes:
        node: of the tree.
        name: the last part of what is called: "fit" of `model.fit`.
        owner: what stands before it, as text: "model"; "" for a plain name.
        scope: the functions around it, outermost first.
        loops: around it, within its function.
        guarded: whether importing the file does not reach it: it stands in a function, or under
            `if __name__ == "__main__"`.
    """

    node: ast.Call
    name: str
    owner: str
    scope: tuple[str, ...]
    loops: tuple[Loop, ...]
    guarded: bool = False

    @property
    def line(self) -> int:
        """Line of the file, from 1."""
        return self.node.lineno

    def argument(self, name: str, position: int | None = None) -> ast.expr | None:
        """Return what is given for a parameter, by name or by place; None if it is not."""
        for keyword in self.node.keywords:
            if keyword.arg == name:
                return keyword.value
        if position is not None and position < len(self.node.args):
            found = self.node.args[position]
            return None if isinstance(found, ast.Starred) else found
        return None


@dataclass(frozen=True, eq=False)
class Assignment:
    """One assignment: the names it binds, and what to."""

    names: tuple[str, ...]
    value: ast.expr
    scope: tuple[str, ...]
    line: int
    node: ast.stmt


@dataclass(eq=False)
class Script:
    """A Python file as its syntax tree has it; nothing in it is run.

    Attributes:
        path: as the user called it.
        tree: of the file.
    """

    path: str
    tree: ast.Module
    calls: list[Call] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)

    def __post_init__(self) -> None:
        main = {
            id(part)
            for node in self.tree.body
            if isinstance(node, ast.If) and "__name__" in used_names(node.test)
            for part in ast.walk(node)
        }
        self._visit(self.tree.body, (), (), main)
        self.calls.sort(key=lambda call: (call.line, call.node.col_offset))

    def where(self, line: int) -> str:
        """Return file and line, as messages name a place."""
        return f"{self.path}:{line}"

    def named(self, *names: str) -> list[Call]:
        """Return the calls of anything called so, in the order of the file."""
        return [call for call in self.calls if call.name in names]

    @cached_property
    def constants(self) -> dict[str, Any]:
        """Names bound once in the file, to a plain value."""
        bound: dict[str, list[ast.expr]] = {}
        for assignment in self.assignments:
            for name in assignment.names:
                bound.setdefault(name, []).append(assignment.value)
        once = {name: values[0] for name, values in bound.items() if len(values) == 1}
        found = {name: _literal(value, {}) for name, value in once.items()}
        return {name: value for name, value in found.items() if value is not UNKNOWN}

    def value(self, node: ast.expr | None) -> Any:
        """Return the plain value of an expression, UNKNOWN where only running it would tell."""
        return UNKNOWN if node is None else _literal(node, self.constants)

    @cached_property
    def functions(self) -> dict[str, ast.FunctionDef]:
        """The functions of the file, by name."""
        return {n.name: n for n in ast.walk(self.tree) if isinstance(n, ast.FunctionDef)}

    @cached_property
    def imports(self) -> set[str]:
        """The top-level packages that the file imports."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.split(".")[0])
        return found

    def _visit(
        self, body: list[Any], scope: tuple[str, ...], loops: tuple[Loop, ...], main: set[int]
    ) -> None:
        for node in body:
            inner_scope, inner_loops = scope, loops
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                inner_scope, inner_loops = (*scope, node.name), ()
            elif isinstance(node, Loop):
                inner_loops = (*loops, node)
            elif isinstance(node, ast.Call):
                name, owner = callee(node)
                guarded = bool(scope) or id(node) in main
                self.calls.append(Call(node, name, owner, scope, loops, guarded))
            elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and node.value:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = tuple(name for target in targets for name in bound_names(target))
                self.assignments.append(Assignment(names, node.value, scope, node.lineno, node))
            self._visit(list(ast.iter_child_nodes(node)), inner_scope, inner_loops, main)


def read_script(path: Path) -> Script:
    """Read a Python file without running it.

    Raises:
        StudyError: it is missing, or no Python.
    """
    try:
        return Script(str(path), ast.parse(path.read_bytes(), str(path)))
    except OSError as cause:
        raise StudyError(f"{path}: {cause.strerror or cause}") from cause
    except (SyntaxError, ValueError) as cause:
        line = f":{cause.lineno}" if isinstance(cause, SyntaxError) else ""
        raise StudyError(f"{path}{line}: not a Python file that can be read: {cause}") from cause


def callee(node: ast.Call) -> tuple[str, str]:
    """Return (last name, what stands before it) of what is called."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr, ast.unparse(node.func.value)
    return (node.func.id if isinstance(node.func, ast.Name) else ""), ""


def bound_names(target: ast.expr) -> Iterator[str]:
    """Yield the names that an assignment to `target` binds; of `a.b = ...` that is "a.b"."""
    if isinstance(target, (ast.Tuple, ast.List)):
        for part in target.elts:
            yield from bound_names(part)
    elif isinstance(target, (ast.Name, ast.Attribute)):
        yield ast.unparse(target)


def used_names(node: ast.AST | None) -> set[str]:
    """Return the plain names that an expression reads."""
    if node is None:
        return set()
    return {
        part.id
        for part in ast.walk(node)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)
    }


def depends(script: Script, *assignments: Assignment) -> bool:
    """Say whether any of the assignments stands under an `if` or a `try`: it may not happen."""
    nodes = {id(assignment.node) for assignment in assignments}
    return any(
        isinstance(node, (ast.If, ast.Try)) and any(id(part) in nodes for part in ast.walk(node))
        for node in ast.walk(script.tree)
    )


def _literal(node: ast.expr, constants: dict[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return constants.get(node.id, UNKNOWN)
    if isinstance(node, (ast.Tuple, ast.List)):
        return tuple(_literal(part, constants) for part in node.elts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _literal(node.operand, constants)
        return -value if isinstance(value, (int, float)) else UNKNOWN
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        sides = [_literal(side, constants) for side in (node.left, node.right)]
        if all(isinstance(side, (int, float)) and abs(side) < 1e6 for side in sides):
            try:
                return _ARITHMETIC[type(node.op)](*sides)
            except (ArithmeticError, ValueError):
                return UNKNOWN
    return UNKNOWN
