"""From a Python file to a Subject, by its syntax tree: nothing in it is run."""

import ast
from pathlib import Path
from typing import Any

from versus.lint.script.facts import Script, read_script, used_names
from versus.lint.script.layers import ScriptModel, script_models
from versus.lint.subject import Candidate, Loss, Subject

WORKING = ("run", "fit", "train", "parse_args", "main", "run_study")
"""What a file that only defines a study does not call where it is imported."""


def collect_script(path: Path | str) -> Subject:
    """Return what the code of a file says.

    Raises:
        StudyError: it is missing, or no Python.
    """
    script = read_script(Path(path))
    return Subject(
        name=str(path),
        candidates=tuple(_candidate(model, script) for model in script_models(script)),
        script=script,
    )


def _candidate(model: ScriptModel, script: Script) -> Candidate:
    name = model.name or (model.scope[-1] if model.scope else "model")
    where = model.scope[-1] if model.scope else name
    # How pixels are scaled on their way here, other rules say from the code.
    return Candidate(
        where, where, graph=model.graph, loss=_loss(model, name, script), takes_bytes=False
    )


def _loss(model: ScriptModel, name: str, script: Script) -> Loss | None:
    """Return the loss of the next compile of the model's variable in the same function."""
    for call in script.named("compile"):
        if call.owner == name and call.scope == model.scope and call.line >= model.line:
            return _named(call.argument("loss", 1), script)
    return None


def _named(node: Any, script: Script) -> Loss | None:
    value = script.value(node)
    if isinstance(value, str):
        return Loss(value)
    for call in script.calls:
        if call.node is node and call.name[:1].isupper():
            told = call.argument("from_logits")
            return Loss(_snake(call.name), told is not None and script.value(told) is True)
    names = used_names(node)
    return Loss(_snake(node.attr)) if names and hasattr(node, "attr") else None


def _snake(name: str) -> str:
    """Return "sparse_categorical_crossentropy" from "SparseCategoricalCrossentropy"."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def defines_study(script: Script) -> bool:
    """Say whether a file is a STUDY: it knows of versus, and binds `study` without running it.

    One that trains when it is imported is a script, and only read.
    """
    names = {name for a in script.assignments if not a.scope for name in a.names}
    imported = {
        alias.asname or alias.name
        for node in script.tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    works = any(call.name in WORKING and not call.guarded for call in script.calls)
    return "study" in names | imported and "versus" in script.imports and not works
