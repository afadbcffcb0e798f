"""The how-to page on shipping is true: its commands run, in their order."""

import re
import shlex
import subprocess
import sys
import urllib.request
from pathlib import Path

from PIL import Image, ImageDraw

from versus.cli.main import run_command

FOLDER = Path(__file__).parents[1] / "docs" / "how-to"
START = "from versus.cli.main import main; main()"


def commands(page: str) -> list[list[str]]:
    """The words of every command in the page's blocks."""
    blocks = re.findall(r"^```\n(.*?)^```$", (FOLDER / page).read_text(), re.DOTALL | re.MULTILINE)
    return [shlex.split(line)[1:] for block in blocks for line in block.splitlines()]


def serve_and_ask(words: list[str]) -> bytes:
    """Start the server of a command on a free port, ask for its page, and stop it."""
    if "--port" in words:
        words = [*words[: words.index("--port")], *words[words.index("--port") + 2 :]]
    program = [sys.executable, "-c", START, *words, "--port", "0"]
    with subprocess.Popen(program, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            port = re.search(r":(\d+) \(Ctrl-C", line := server.stderr.readline())
            assert port, line
            with urllib.request.urlopen(f"http://127.0.0.1:{port[1]}/", timeout=20) as answer:
                return answer.read()
        finally:
            server.terminate()


def test_ship(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    picture = Image.new("L", (200, 200), 255)
    ImageDraw.Draw(picture).line([(60, 40), (140, 40), (90, 160)], fill=0, width=18)
    picture.save("photo.png")
    (tmp_path / "token.txt").write_text("sesame")
    served = 0
    for words in commands("ship.md"):
        if words[0] == "serve":
            assert b"<canvas" in serve_and_ask(words)
            served += 1
        else:
            assert run_command(words) == 0, words
    assert served == 2
    assert "digits-net, 10 classes" in capsys.readouterr().out
    assert [path.name for path in (tmp_path / "seen").iterdir()] == ["0001-photo.png"]


def test_every_how_to_page_is_run_by_a_test():
    tests = "".join(path.read_text() for path in Path(__file__).parent.rglob("test_*.py"))
    for page in FOLDER.glob("*.md"):
        assert f'"{page.name}"' in tests, page.name
