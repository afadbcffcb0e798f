"""The page on looking a data set through is true: every command and snippet on it runs."""

import re
import shlex
from pathlib import Path

import pytest

from versus.cli.main import run_command

PAGE = (Path(__file__).parents[1] / "docs" / "how-to" / "inspect.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(("language", "text"), BLOCKS, ids=lambda part: part.split("\n")[0])
def test_what_the_page_shows_runs(language, text, tmp_path, monkeypatch, capsys):
    if "--label-errors" in text:
        pytest.importorskip("cleanlab")
    monkeypatch.chdir(tmp_path)
    if language == "python":
        exec(compile(text, "inspect.md", "exec"), {})
        return
    for command in text.splitlines():
        assert run_command(shlex.split(command)[1:]) == 0, command
    assert "Nothing was found" in capsys.readouterr().out
