"""Other faults that only a script shows: VS308 and VS502 to VS507 in a syntax tree."""

import ast
from collections.abc import Iterable

from versus.lint.rule import Found
from versus.lint.script.facts import Assignment, Call, Script, callee, depends, used_names

KERAS = {"keras", "tensorflow", "tf_keras"}
SEEDING = {
    *("set_random_seed", "set_seed", "seed", "manual_seed", "default_rng", "RandomState"),
    *("enable_op_determinism", "seed_everything"),
}
# What looks at a model and leaves it as it is.
LOOKING = {"summary", "plot_model", "count_params", "get_config", "model_to_dot", "to_json"}


def rounded_labels(script: Script) -> Iterable[Found]:
    """VS502: argmax(round(p)), also over two lines."""
    for call in script.named("argmax"):
        function = call.node.func
        owner = [function.value] if isinstance(function, ast.Attribute) else []
        inside = [*call.node.args, *owner]
        names = {name for part in inside for name in used_names(part)}
        if any(_rounds(part) for part in inside) or names & _rounded_by(script, call):
            yield Found(
                script.where(call.line),
                "argmax is taken of rounded probabilities: a row whose largest probability is at "
                "most 0.5 becomes all zeros, whose argmax is class 0",
            )


def _rounded_by(script: Script, call: Call) -> set[str]:
    """Return the names that hold something rounded where `call` stands."""
    last: dict[str, ast.expr] = {}
    for assignment in script.assignments:
        if assignment.scope == call.scope and assignment.line < call.line:
            last |= dict.fromkeys(assignment.names, assignment.value)
    return {n for n, value in last.items() if _rounds(value) and not _has(value, "argmax")}


def _rounds(value: ast.AST) -> bool:
    return _has(value, "round", "around", "rint")


def _has(value: ast.AST, *names: str) -> bool:
    return any(isinstance(n, ast.Call) and callee(n)[0] in names for n in ast.walk(value))


def no_seed(script: Script) -> Iterable[Found]:
    """VS504: a script that trains and sets no seed."""
    fits = [call for call in script.named("fit") if call.owner]
    called = {call.name for call in script.calls}
    if fits and script.imports & KERAS and not called & SEEDING and "versus" not in script.imports:
        yield Found(
            script.where(fits[0].line), "nothing in the file sets a seed, and the net is trained"
        )


def overwritten(script: Script) -> Iterable[Found]:
    """VS505: a variable holds a model, and is given another one before the first was used."""
    models = [a for a in script.assignments if _is_model(a.value) and len(a.names) == 1]
    for first in models:
        later = [s for s in models if s.names == first.names and s.line > first.line]
        if not later or later[0].scope != first.scope or depends(script, first, later[0]):
            continue
        if not _used_between(script, first, later[0]) and _trained(script, later[0]):
            yield Found(
                script.where(later[0].line),
                f"`{first.names[0]}` is given another model here; the one of line {first.line} was "
                "never compiled or trained",
            )


def _is_model(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and callee(value)[0] in ("Model", "Sequential")


def _trained(script: Script, model: Assignment) -> bool:
    """Whether a model is compiled or trained under its name, further down in its function."""
    return any(
        call.owner == model.names[0] and call.scope == model.scope and call.line > model.line
        for call in script.named("compile", "fit")
    )


def _used_between(script: Script, first: Assignment, second: Assignment) -> bool:
    name = first.names[0]
    for node in ast.walk(script.tree):
        if not isinstance(node, ast.Name) or node.id != name or not isinstance(node.ctx, ast.Load):
            continue
        if first.line < node.lineno <= second.line and not _only_looked_at(script, node):
            return True
    return False


def _only_looked_at(script: Script, name: ast.Name) -> bool:
    """Whether this use is `model.summary()`, `plot_model(model)`, or `model.add(...)`."""
    return any(
        call.name in {*LOOKING, "add"}
        for call in script.calls
        if any(part is name for part in ast.walk(call.node))
    )


def frozen_in_vain(script: Script) -> Iterable[Found]:
    """VS308: `trainable` is changed after the last compile, or after all training."""
    for assignment in script.assignments:
        target = assignment.names[0] if assignment.names else ""
        if not target.endswith(".trainable") or assignment.scope:
            continue
        compiled = [call.line for call in script.named("compile") if not call.scope]
        trained = [call.line for call in script.named("fit") if not call.scope]
        if not compiled or max(compiled) > assignment.line:
            continue
        if any(line > assignment.line for line in trained):
            what = "and the model is trained on without being compiled again"
        elif any(line < assignment.line for line in trained):
            what = "and nothing is compiled or trained after it"
        else:
            continue
        yield Found(script.where(assignment.line), f"`{target}` is changed {what}")


def pickled(script: Script) -> Iterable[Found]:
    """VS506: allow_pickle=True, or pickle.load: both run code from the file."""
    for call in script.calls:
        allowed = call.argument("allow_pickle")
        if allowed is not None and script.value(allowed) is True:
            yield Found(script.where(call.line), f"{call.name} is told allow_pickle=True")
        elif call.name in ("load", "loads") and call.owner in ("pickle", "cPickle", "joblib"):
            yield Found(script.where(call.line), f"{call.owner}.{call.name}")


def refused_names(script: Script) -> Iterable[Found]:
    """VS507: a file name that Keras 3 refuses to save a model or its weights to."""
    allowed = {
        "save": (".keras", ".h5", ".hdf5"),
        "save_model": (".keras", ".h5", ".hdf5"),
        "save_weights": (".weights.h5", ".weights.json"),
        "ModelCheckpoint": (".keras", ".weights.h5", ".h5"),
    }
    if not script.imports & KERAS:
        return
    trained = {call.owner for call in script.named("fit", "compile")} | {"model"}
    for call in script.named(*allowed):
        is_function = call.name == "save_model"
        given = call.argument("filepath", 1 if is_function else 0)
        value = script.value(given)
        about_model = call.name != "save" or call.owner in trained
        known = isinstance(value, str) and "." in value.rsplit("/", 1)[-1]
        if known and about_model and not value.endswith(allowed[call.name]):
            yield Found(
                script.where(call.line),
                f"{call.name} is given {value!r}, and Keras 3 takes "
                f"{' or '.join(allowed[call.name])} only",
            )
