"""What a script validates, stops and chooses by: VS101, VS110 and VS503 in a syntax tree."""

import ast
import re
from collections.abc import Iterable, Iterator

from versus.lint.rule import Found
from versus.lint.script.facts import Call, Script, bound_names, callee, used_names

TRAINING = ("fit", "fit_generator")
SEARCHES = ("search",)
MEASURES = ("evaluate", "evaluate_generator", "predict", "score", "accuracy_score")


def is_test_name(name: str) -> bool:
    """Say whether a variable's name is that of test data: x_test, testX, test_ds, y_test_hot."""
    words = re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
    return re.search(r"(^|_)test(_|\d|$)|^test[xy]$|^[xy]test$", words) is not None


def is_validation_name(name: str) -> bool:
    """Say whether a variable's name is that of validation data."""
    return re.search(r"(^|_)(val|valid|validation|dev)(_|\d|$)", name.lower()) is not None


def test_names(script: Script) -> set[str]:
    """Return the names that hold test data.

    By their name; as the second half of what Keras's load_data gives, whatever it is called; or
    bound to such a one as it stands.
    """
    names = {name for name in _all_names(script) if is_test_name(name)} | _second_halves(script)
    for assignment in script.assignments:
        value = assignment.value
        parts = value.elts if isinstance(value, ast.Tuple) else [value]
        bare = all(isinstance(part, ast.Name) for part in parts)
        if bare and used_names(value) <= names and used_names(value):
            names |= set(assignment.names)
    return names


def _second_halves(script: Script) -> set[str]:
    """Return the names in `(x, y), (these, too) = mnist.load_data()`."""
    found: set[str] = set()
    for assignment in script.assignments:
        node, value = assignment.node, assignment.value
        if not isinstance(node, ast.Assign) or not isinstance(value, ast.Call):
            continue
        target = node.targets[0]
        halves = isinstance(target, ast.Tuple) and len(target.elts) == 2
        if halves and callee(value)[0] == "load_data":
            found |= set(bound_names(target.elts[1]))  # pyright: ignore[reportAttributeAccessIssue]
    return found


def _all_names(script: Script) -> set[str]:
    return {node.id for node in ast.walk(script.tree) if isinstance(node, ast.Name)}


def _validating_on_test(script: Script) -> Iterator[tuple[Call, set[str]]]:
    tests = test_names(script)
    for call in script.named(*TRAINING, *SEARCHES):
        found = used_names(call.argument("validation_data")) & tests
        if found:
            yield call, found


def validates_on_test(script: Script) -> Iterable[Found]:
    """VS101: validation_data=(x_test, y_test)."""
    for call, names in _validating_on_test(script):
        yield Found(
            script.where(call.line),
            f"{call.owner}.{call.name} validates on {', '.join(sorted(names))}",
        )


def stops_on_test(script: Script) -> Iterable[Found]:
    """VS110: EarlyStopping or a best checkpoint by the validation of a fit that validates on test.

    Where training stops by val_loss, or a checkpoint keeps the best val_accuracy.
    """
    stoppers = [call for call in script.named("EarlyStopping", "ModelCheckpoint") if _chooses(call)]
    if not stoppers:
        return
    for call, names in _validating_on_test(script):
        callbacks = call.argument("callbacks")
        if callbacks is None:
            continue
        text = _expanded(callbacks, script)
        for stopper in stoppers:
            if stopper.name in text:
                yield Found(
                    script.where(call.line),
                    f"{stopper.name} (line {stopper.line}) watches the validation of a fit that "
                    f"validates on {', '.join(sorted(names))}",
                )


def _chooses(call: Call) -> bool:
    monitor = call.argument("monitor", 0 if call.name == "EarlyStopping" else 1)
    if isinstance(monitor, ast.Constant) and not str(monitor.value).startswith("val"):
        return False
    if call.name == "EarlyStopping":
        return True
    best = call.argument("save_best_only")
    return isinstance(best, ast.Constant) and best.value is True


def _expanded(node: ast.expr, script: Script) -> str:
    """Return the source of an expression with that of the names it uses, two levels deep."""
    text, names = ast.unparse(node), used_names(node)
    for _ in range(2):
        bound = [a for a in script.assignments if names & set(a.names)]
        text += " ".join(ast.unparse(a.value) for a in bound)
        names = {name for a in bound for name in used_names(a.value)}
    return text


def selects_on_test(script: Script) -> Iterable[Found]:
    """VS503: a loop that trains nets of several settings and measures each on the test set.

    A loop over seeds, folds, runs or epochs repeats one setting, and chooses nothing.
    """
    tests = test_names(script)
    for call in script.named(*MEASURES):
        arguments = [*call.node.args, *(keyword.value for keyword in call.node.keywords)]
        found = {name for argument in arguments for name in used_names(argument)} & tests
        for loop in call.loops:
            if found and _trains(loop) and not _repeats(loop):
                yield Found(
                    script.where(call.line),
                    f"{call.name} on {', '.join(sorted(found))} for each "
                    f"{_variable(loop)} of the loop at line {loop.lineno}, which trains too",
                )
                break


def _trains(loop: ast.AST) -> bool:
    calls = (node for node in ast.walk(loop) if isinstance(node, ast.Call))
    names = {getattr(node.func, "attr", getattr(node.func, "id", "")) for node in calls}
    return any(name in TRAINING or re.match(r"(train|fit|build|make)_", name) for name in names)


def _repeats(loop: ast.AST) -> bool:
    text = _variable(loop).lower()
    return re.search(r"seed|fold|run|repeat|trial|epoch|rep\b|^_$|^[ij]$", text) is not None


def _variable(loop: ast.AST) -> str:
    return ast.unparse(loop.target) if isinstance(loop, ast.For) else "round"
