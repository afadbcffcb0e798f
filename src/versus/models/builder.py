"""From what a user calls a MODEL to a Builder: a name, a function, and a hash of its source."""

import hashlib
import importlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any, cast

from versus.errors import ModelError, UnknownNameError
from versus.models.saved import load_saved
from versus.models.source import source_sha256
from versus.models.zoo import ZOO

if TYPE_CHECKING:
    from versus.backend import keras

BuildFunction = Callable[[tuple[int, int, int], int], "keras.Model"]
FORMS = "a MODEL may also be file.py:function, package.module:function or a saved .keras file"


@dataclass(frozen=True)
class Builder:
    """A function that builds a model, and where it comes from.

    Attributes:
        name: short, fit for a folder name.
        reference: the MODEL as it was given.
        function: `(input_shape, classes) -> keras.Model`.
        source_sha256: of the files that the function's code stands in, or of the `.keras` file; ""
            if neither can be read (a function typed at a prompt).
    """

    name: str
    reference: str
    function: BuildFunction
    source_sha256: str


def find_builder(model: "str | BuildFunction | Builder") -> Builder:
    """Return the Builder for a MODEL.

    Args:
        model: a built-in name, `file.py:function`, `package.module:function`, the path of a saved
            `.keras` file, or a function `(input_shape, classes) -> keras.Model`.

    Raises:
        UnknownNameError: no built-in model has this name.
        ModelError: the file, module or function cannot be loaded; the message says where.
    """
    if isinstance(model, Builder):
        return model
    if not isinstance(model, str):
        return _from_function(model)
    if model in ZOO:
        module_name, _, function_name = ZOO[model].builder.partition(":")
        function: Any = getattr(importlib.import_module(module_name), function_name)
        return Builder(model, model, function, source_sha256(function))
    if model.endswith(".keras"):
        return _from_saved(model)
    if ":" in model:
        return _from_reference(model)
    raise UnknownNameError("model", model, ZOO, hint=FORMS, see="versus model list")


def load_module(path: Path, error: type[Exception]) -> ModuleType:
    """Run a Python file as a module, with its own folder importable.

    Args:
        path: the file.
        error: raised, with the file and line at fault, if the file is missing or itself raises.
    """
    if not path.is_file():
        raise error(f"{path}: no such file")
    name = f"versus_user_{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]}"
    loader = _FromSource(name, str(path)) if path.suffix == ".py" else None
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    if spec is None or spec.loader is None:
        raise error(f"{path}: expected a Python file, ending in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with _importable(path.resolve().parent):
            spec.loader.exec_module(module)
    except (Exception, SystemExit) as cause:
        del sys.modules[name]
        raise error(f"{blame(cause, path)}") from cause
    return module


class _FromSource(SourceFileLoader):
    """Never the cached bytecode: that of a file edited twice within a second may be stale."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def blame(cause: BaseException, path: Path | None = None) -> str:
    """Return "file:line: Error: message", the last line of `path` (or of all) in the traceback."""
    line, place = None, str(path or "")
    if isinstance(cause, SyntaxError) and cause.filename:
        place, line = cause.filename, cause.lineno
    trace = cause.__traceback__
    while trace is not None:
        filename = trace.tb_frame.f_code.co_filename
        if path is None or (Path(filename).exists() and Path(filename).resolve() == path.resolve()):
            place, line = filename, trace.tb_lineno
        trace = trace.tb_next
    where = f"{place}:{line}" if line else place
    message = str(cause.msg if isinstance(cause, SyntaxError) else cause)
    # Keras adds colours, and after a blank line the arguments of the call.
    message = re.sub(r"\x1b\[[0-9;]*m", "", message.split("\n\nArguments received")[0])
    return f"{where}: {type(cause).__name__}: {message}" if message else f"{where}: {cause!r}"


def _from_function(function: BuildFunction) -> Builder:
    if not callable(function) or hasattr(function, "trainable_variables"):
        raise ModelError(
            f"expected a model's name, or a function (input_shape, classes) -> keras.Model; "
            f"got {type(function).__name__}"
        )
    name = getattr(function, "__name__", type(function).__name__)
    module = getattr(function, "__module__", "")
    qualified = f"{module}:{getattr(function, '__qualname__', name)}"
    return Builder(name.strip("<>").replace("_", "-"), qualified, function, source_sha256(function))


def _from_reference(model: str) -> Builder:
    place, _, function_name = model.rpartition(":")
    if place.endswith(".py"):
        module = load_module(Path(place), ModelError)
    else:
        try:
            with _importable(Path.cwd()):
                module = importlib.import_module(place)
        except Exception as cause:
            raise ModelError(f"{model}: {type(cause).__name__}: {cause}; {FORMS}") from cause
    function: Any = getattr(module, function_name, None)
    if not callable(function):
        there = [n for n, f in vars(module).items() if inspect.isfunction(f) and n[0] != "_"]
        raise UnknownNameError(f"function in {place}", function_name, there)
    build = cast("BuildFunction", function)
    return Builder(function_name.replace("_", "-"), model, build, source_sha256(function))


def _from_saved(model: str) -> Builder:
    path = Path(model)
    try:
        content = path.read_bytes()
    except OSError as cause:
        raise ModelError(f"{path}: {cause.strerror or cause}") from cause

    def load(input_shape: tuple[int, int, int], classes: int) -> "keras.Model":
        del input_shape, classes  # the file says what it takes; it is checked against the data
        return load_saved(path)

    return Builder(path.stem, model, load, hashlib.sha256(content).hexdigest())


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let Python import from `folder` inside the block."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
