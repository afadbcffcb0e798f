"""The documentation is true: every command in it exists, every snippet runs."""

import re
import shlex
from pathlib import Path

import pytest

from versus.cli.main import app, run_command

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def snippets(language: str) -> list[str]:
    """The code blocks of one language, "" for plain ones."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    return [text for kind, text in blocks if kind == language]


def short(command: str) -> list[str]:
    """The words of a command, with few seeds and epochs."""
    words = shlex.split(command)[1:]
    for option in ("--seeds", "--epochs"):
        if option in words:
            words[words.index(option) + 1] = "1"
    return words


def test_the_readme_python_runs(tmp_path, monkeypatch):
    net, tour = snippets("python")
    monkeypatch.chdir(tmp_path)
    tour = re.sub(r"epochs=\d+", "epochs=1", tour).replace("seeds=6", "seeds=1")
    exec(compile(tour, "README.md", "exec"), {})
    assert (tmp_path / "versus-runs/study/report.html").is_file()
    (tmp_path / "nets.py").write_text(net)
    compare = next(c for c in snippets("") if "compare" in c)
    assert run_command(short(compare)) == 0


def test_the_readme_names_every_command():
    typed = set(re.findall(r"`versus ([a-z-]+(?: [a-z]+)?)", README))
    groups = {group.name: group.typer_instance for group in app.registered_groups}
    there = {command.name for command in app.registered_commands} | {
        f"{name} {command.name}"
        for name, group in groups.items()
        for command in group.registered_commands
    }
    assert typed == there


@pytest.mark.parametrize("document", [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))])
def test_links_lead_somewhere(document):
    for target in re.findall(r"\]\(([^)#]+)\)", document.read_text()):
        if "://" not in target:
            assert (document.parent / target).exists(), target


def test_every_decision_is_listed():
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"\]\((\d{4}-[^)]+)\)", (folder / "README.md").read_text())
    assert listed == sorted(path.name for path in folder.glob("[0-9]*.md"))
