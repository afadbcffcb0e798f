"""The how-to pages are true: every command and every snippet on them runs."""

import re
import shlex
from pathlib import Path

import pytest

from versus.cli.main import run_command

PAGES = sorted((Path(__file__).parents[1] / "docs" / "how-to").glob("*.md"))
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_shows_runs(page, tmp_path, monkeypatch, capsys):
    if "--label-errors" in page.read_text():
        pytest.importorskip("cleanlab")
    monkeypatch.chdir(tmp_path)
    for language, text in BLOCK.findall(page.read_text()):
        if language == "python":
            exec(compile(text, page.name, "exec"), {})
            continue
        for command in text.splitlines():
            assert run_command(shlex.split(command)[1:]) == 0, command
    capsys.readouterr()
