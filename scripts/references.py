"""Write docs/commands.md and docs/api.md from the code; with --check, say if they are stale."""

import contextlib
import inspect
import io
import os
import re
import sys
from pathlib import Path
from typing import Any

import versus
from versus.cli.main import app, run_command

DOCS = Path(__file__).parents[1] / "docs"
_COMMANDS = """\
# Commands

Written by `scripts/references.py` from the commands' own `--help`.

`--debug` anywhere in the line shows where an error came from. Exit code 0: done; 1: a run failed
or diverged, errors were found, or nothing could be run; 2: the input cannot be used; 130: stopped
by Ctrl-C.
"""
_API = """\
# Python

Written by `scripts/references.py` from the docstrings. `import versus` loads nothing heavy; each \
name loads what it needs when it is first used.
"""


def main() -> int:
    """Write both pages; with --check only say whether they are up to date."""
    pages = {DOCS / "commands.md": commands(), DOCS / "api.md": api()}
    stale = [path for path, text in pages.items() if not _holds(path, text)]
    if "--check" in sys.argv[1:]:
        sys.stdout.writelines(f"{path}: not up to date\n" for path in stale)
        return 1 if stale else 0
    for path in stale:
        path.write_text(pages[path], encoding="utf-8")
    return 0


def commands() -> str:
    """Return the help of every command."""
    # The width that help is set in, and no default that depends on who asks.
    os.environ |= {"COLUMNS": "96", "TERMINAL_WIDTH": "96"}
    names = [str(command.name) for command in app.registered_commands]
    for group in app.registered_groups:
        inner = group.typer_instance.registered_commands if group.typer_instance else []
        names += [f"{group.name} {command.name}" for command in inner]
    return "\n".join([_COMMANDS, *(_command(name) for name in names)])


def api() -> str:
    """Return the reference of every public name: signature and docstring."""
    return "\n".join([_API, *(_name(name, getattr(versus, name)) for name in versus.__all__)])


def _command(name: str) -> str:
    """Return what `versus NAME --help` prints, at a width that does not depend on the terminal."""
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        run_command([*name.split(), "--help"])
    lines = [line.rstrip() for line in shown.getvalue().strip().splitlines()]
    return "\n".join([f"## versus {name}", "", "```text", *lines, "```", ""])


def _name(name: str, thing: Any) -> str:
    kind = "class" if inspect.isclass(thing) else "def"
    lines = [f"## {name}", "", "```text", f"{kind} {name}{_signature(thing)}", "```", ""]
    lines += [f"From `{thing.__module__}`.", "", _docstring(thing), ""]
    if inspect.isclass(thing) and not issubclass(thing, BaseException):
        for method, function in _members(thing).items():
            if not method.startswith("_") and inspect.isfunction(function):
                what = (inspect.getdoc(function) or "").partition("\n")[0]
                lines.append(f"- `{name}.{method}{_signature(function)}`: {what}")
        lines.append("")
    return "\n".join(lines)


def _own_classes(thing: type) -> list[type]:
    """Return a class and those of versus that it inherits from, the furthest last."""
    return [one for one in inspect.getmro(thing) if one.__module__.startswith("versus.")]


def _members(thing: type) -> dict[str, Any]:
    """Return what a class defines or inherits, the inherited first."""
    return {name: value for one in _own_classes(thing)[::-1] for name, value in vars(one).items()}


def _signature(thing: Any) -> str:
    if inspect.isclass(thing) and issubclass(thing, BaseException):
        return "(Exception)"
    try:
        text = str(inspect.signature(thing))
    except (TypeError, ValueError):
        return "(...)"
    # Addresses and long module paths differ from machine to machine, or say nothing.
    text = re.sub(r" at 0x[0-9a-f]+", "", text)
    text = re.sub(r"<factory>|<dataclasses\._[A-Z_]+>", "...", text)
    text = re.sub(r"(: |-> |\], )'([^']*)'", r"\1\2", text)
    return re.sub(r"\b(?:[A-Za-z_]\w*\.)+(\w+)", r"\1", text)


def _docstring(thing: Any) -> str:
    """Return the docstring as Markdown: headings of its parts bold, their entries as lists."""
    text = inspect.getdoc(thing) or ""
    if inspect.isclass(thing) and "Attributes:" not in text:
        inherited = [inspect.getdoc(one) or "" for one in _own_classes(thing)[1:]]
        parts = [doc[doc.index("Attributes:") :] for doc in inherited if "Attributes:" in doc]
        text = "\n\n".join([text, *parts])
    lines, part = [], ""
    for line in text.splitlines():
        heading = re.fullmatch(r"(Args|Attributes|Returns|Raises|Yields|Example|Examples):", line)
        if heading:
            part = heading[1]
            lines += [f"**{part}**", ""]
        elif part.startswith("Example") and line.strip():
            lines.append(line)
        elif entry := re.match(r" {4}([\w*, ]+): (.*)", line) if part else None:
            lines.append(f"- `{entry[1]}`: {_plain(entry[2])}")
        else:
            lines.append(_plain(line.strip()) if not part else f"  {_plain(line.strip())}".rstrip())
    return "\n".join(lines).strip()


def _plain(text: str) -> str:
    return text.replace("<", "&lt;").replace("\f", "")


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    raise SystemExit(main())
