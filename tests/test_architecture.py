"""The arrow of layers: a module imports only lower ranks; siblings never import each other."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "versus"
MODULES = sorted(SOURCE.rglob("*.py"))

# A part may import parts of a lower rank, and itself.
RANKS = {
    "errors": 0,
    "deferred": 0,
    "device": 0.5,  # before Keras is imported
    **dict.fromkeys(("cores", "seeding", "schema", "backend", "figures", "filesystem"), 1),
    **dict.fromkeys(("data", "models"), 2),
    "training": 3,
    "evaluation": 4,
    "results": 5,
    **dict.fromkeys(("studies", "bundles"), 6),
    **dict.fromkeys(("library", "lint", "explain"), 7),
    **dict.fromkeys(("reports", "export", "serving"), 8),
    "cli": 9,
    "__main__": 10,
}
# Two classes draw themselves, and Study.run runs itself: all in functions, each with its reason.
MOST_LINES = 250
MOST_FUNCTION_LINES = 40


def part_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported_modules(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole path"
            found.append(node.module or "")
            if node.module == "versus":
                found[-1:] = [f"versus.{alias.name}" for alias in node.names]
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_a_module_imports_only_lower_ranks(path):
    part = part_of(path)
    if part == "__init__":
        return
    for module in imported_modules(ast.parse(path.read_text())):
        if module.split(".")[0] != "versus":
            continue
        assert module != "versus", f"{path} imports the package root"
        other = module.split(".")[1]
        assert other == part or RANKS[other] < RANKS[part], f"{path} imports {module}"


def test_every_part_has_a_rank():
    parts = {part_of(path) for path in MODULES} - {"__init__"}
    assert parts == set(RANKS)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_files_and_functions_stay_small(path):
    text = path.read_text()
    assert len(text.splitlines()) <= MOST_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
            assert lines <= MOST_FUNCTION_LINES, f"{node.name} has {lines} lines"


WRITES = {"write_bytes", "write_text", "rename", "rmtree", "mkstemp", "fsync"}
ELSEWHERE: set[tuple[str, str]] = set()


def test_files_are_written_through_one_place():
    found = {
        (str(path.relative_to(SOURCE)), node.func.attr)
        for path in MODULES
        if part_of(path) != "filesystem"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in WRITES
    }
    assert found == ELSEWHERE


def test_no_module_imports_another_in_a_circle():
    graph = {}
    for path in MODULES:
        name = ".".join(("versus", *path.relative_to(SOURCE).with_suffix("").parts))
        tree = ast.parse(path.read_text())
        top_level = ast.Module([n for n in tree.body if not isinstance(n, ast.If)], [])
        for node in ast.walk(top_level):
            if isinstance(node, ast.FunctionDef):
                node.body = []
        graph[name] = {m for m in imported_modules(top_level) if m.startswith("versus.")}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join((*path, name))
        if name in done:
            return
        for other in graph.get(name, ()):
            visit(other, (*path, name))
        done.add(name)

    for name in graph:
        visit(name, ())


def loaded_after(code: str) -> set[str]:
    program = f"{code}\nimport sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return set(done.stdout.decode().split("\n")[-2].split())


HEAVY = {"keras", "torch", "pandas", "matplotlib", "sklearn", "scipy"}


def test_the_package_and_its_help_load_nothing_heavy():
    assert not loaded_after("import versus") & {*HEAVY, "numpy"}
    help_text = "from versus.cli.main import run_command; run_command(['--help'])"
    assert not loaded_after(help_text) & {*HEAVY, "numpy", "pydantic"}


@pytest.mark.parametrize("command", [["study", "list"], ["model", "list"], ["data", "list"]])
def test_lists_load_neither_keras_nor_torch(command):
    code = f"from versus.cli.main import run_command; assert run_command({command}) == 0"
    assert not loaded_after(code) & {"keras", "torch", "matplotlib"}


def test_reports_are_read_without_keras():
    assert not loaded_after("import versus.reports.page") & {"keras", "torch"}


@pytest.mark.parametrize("module", ["bundles.classifier", "bundles.answering", "serving.server"])
def test_bundles_are_served_without_keras_and_torch(module):
    assert not loaded_after(f"import versus.{module}") & HEAVY


def test_the_front_door_is_what_it_says():
    import versus

    assert sorted(versus.__all__) == versus.__all__
    assert set(versus.__all__) == set(versus._HOME)
    for name in versus.__all__:
        assert getattr(versus, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        versus.nonsense  # noqa: B018
