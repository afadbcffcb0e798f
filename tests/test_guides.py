"""The guides are true: every command and snippet in them runs; the references are up to date."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from versus.cli.main import run_command

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
GUIDES = [
    *(DOCS / name for name in ("tutorial.md", "reading-a-report.md", "statistics.md")),
    DOCS / "how-to" / "own-model.md",
]
FEWER = {"seeds=8": "seeds=2", "epochs=10": "epochs=1", "batch_size=64": "batch_size=256"}


def blocks(guide: Path) -> list[tuple[str, str]]:
    """The guide's code in its order, as (language, text)."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", guide.read_text(), re.DOTALL | re.MULTILINE)


def words(command: str) -> list[str]:
    """A command's words after `versus`, with few seeds and epochs."""
    first, *rest = shlex.split(command)
    assert first == "versus", command
    for option in ("--seeds", "--epochs"):
        if option in rest:
            rest[rest.index(option) + 1] = "1"
    return rest


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_a_guide_runs_from_its_top_to_its_end(guide, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ran = 0
    for language, text in blocks(guide):
        if language == "python":
            named = re.match(r"# ([\w-]+\.py)\n", text)
            if named:
                for many, few in FEWER.items():
                    text = text.replace(many, few)
                Path(named[1]).write_text(text)
            else:
                exec(compile(text, str(guide), "exec"), {})
                ran += 1
            continue
        assert language == "sh", f"{guide}: a block that no test runs: {language}"
        for command in text.splitlines():
            assert run_command(words(command)) == 0, command
            ran += 1
    assert ran


def test_the_tutorial_names_the_files_that_it_makes(tmp_path):
    text = (DOCS / "tutorial.md").read_text()
    (study,) = [code for _, code in blocks(DOCS / "tutorial.md") if "versus.Study" in code]
    name = re.search(r'name="([\w-]+)"', study)
    assert name is not None
    assert f"versus-runs/{name[1]}/report.html" in text


def test_the_references_are_up_to_date():
    script = ROOT / "scripts" / "references.py"
    environment = {**os.environ, "COLUMNS": "50", "VERSUS_JOBS": ""}
    done = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}run: python scripts/references.py"


def test_the_index_lists_every_page():
    listed = set(re.findall(r"\]\(([^)]+)\)", (DOCS / "README.md").read_text()))
    pages = {str(p.relative_to(DOCS)) for p in (*DOCS.glob("*.md"), *DOCS.glob("how-to/*.md"))}
    assert pages - {"README.md"} <= listed
