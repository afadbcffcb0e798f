"""The picture of a study: right to the letter at fixed sizes, and inside any size at all."""

import io
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from stand import STANDS, failed, finished, running, status, waiting

from versus.studies.watching.board import Board
from versus.studies.watching.board_cells import ASCII, UNICODE
from versus.studies.watching.board_curves import Losses
from versus.studies.watching.duration import about, ago, clock

GOLDEN = Path(__file__).parent / "golden"
SIZES = ((80, 24), (120, 30), (120, 12), (44, 10))


def drawn(stand, width, height, signs=UNICODE, **options) -> str:
    lines = Board(STANDS[stand], **options).lines(width, height, signs)
    return "\n".join(line.plain.rstrip() for line in lines) + "\n"


@pytest.mark.parametrize("who", [False, True], ids=["table", "who"])
@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
@pytest.mark.parametrize("stand", STANDS)
def test_golden(stand, size, who):
    """Delete a golden file and run the test to have it written anew; then look at it."""
    path = GOLDEN / f"{stand}-{size[0]}x{size[1]}{'-who' if who else ''}.txt"
    found = drawn(stand, *size, who=who, elapsed=None if who else 200.0)
    if not path.exists():
        path.write_text(found)
        pytest.fail(f"{path.name} was not there: it is now; look at it")
    assert found == path.read_text()


def test_a_run_says_its_device_where_it_is_not_the_processor():
    run = finished("fc", 0)
    assert run.outcome is not None
    card = run.model_copy(update={"outcome": run.outcome.model_copy(update={"device": "cuda"})})
    for one, words in ((run, "in 1:02"), (card, "in 1:02 on cuda")):
        lines = Board(status([one])).lines(120, 20)
        assert any(line.plain.endswith(words) for line in lines)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(STANDS)),
    st.integers(1, 220),
    st.integers(1, 60),
    st.booleans(),
    st.sampled_from([UNICODE, ASCII]),
)
def test_never_wider_or_higher_than_the_screen(stand, width, height, who, signs):
    lines = Board(STANDS[stand], elapsed=1e6, who=who).lines(width, height, signs)
    assert 1 <= len(lines) <= height
    assert max(cell_len(line.plain) for line in lines) <= width


def test_a_console_gets_all_of_it_but_the_cursors_line():
    for height in (5, 12, 24):
        console = Console(width=80, height=height, file=io.StringIO())
        console.print(Board(STANDS["many"]))
        assert console.file.getvalue().count("\n") == height - 1


def test_ascii_where_there_is_nothing_else():
    text = drawn("midway", 80, 24, ASCII, elapsed=3.0)
    assert text.isascii()
    assert "x fc/2  failed" in text


@pytest.mark.parametrize(("no_color", "found"), [("1", False), ("", True)])
def test_no_color(monkeypatch, no_color, found):
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setenv("TERM", "xterm-256color")
    console = Console(width=100, height=30, file=io.StringIO(), force_terminal=True)
    console.print(Board(STANDS["midway"]))
    codes = re.findall(r"\x1b\[([0-9;]*)m", console.file.getvalue())
    colours = [code for code in codes if re.search(r"(^|;)(3[0-7]|9[0-7]|38)(;|$)", code)]
    assert bool(colours) == found
    assert "━" in console.file.getvalue()
    assert "─" in console.file.getvalue(), "a bar is read without colours"


def test_failures_stay_in_view_however_many_runs_have_ended():
    runs = [finished("fc", seed) for seed in range(300)]
    runs[7] = failed("fc", 7)
    runs += [finished("cnn", seed) for seed in range(3)]
    runs += [running("cnn", seed) for seed in range(3, 40)]
    text = "\n".join(line.plain for line in Board(status(runs)).lines(80, 12))
    assert "fc/7  failed: the training loss became nan" in text
    assert re.search(r"\+\d+ more", text)
    assert "so far, not final" in text


def test_a_pair_without_a_common_seed_has_no_line():
    runs = [finished("a", 0), finished("b", 1), waiting("a", 1), waiting("b", 0)]
    text = "\n".join(line.plain for line in Board(status(runs)).lines(80, 24))
    assert "not final" not in text


def test_too_few_seeds_get_no_word_before_the_end():
    names = ("a", "b")
    early = [finished(n, s, 0.9 + 0.05 * (n == "b")) for s in range(3) for n in names]
    text = "\n".join(line.plain for line in Board(status([*early, waiting("a", 3)])).lines(80, 24))
    assert "b or a: too early  +5.00 points, 3 of 4 seeds, 6 needed" in text
    text = "\n".join(line.plain for line in Board(status(early)).lines(80, 24))
    assert "b or a: can't tell  +5.00 points, 3 of 3 seeds, 6 needed" in text
    assert "not final" not in text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0, "0:00"), (-5, "0:00"), (80.4, "1:20"), (3700, "1:01:40"), (2e5, "2 d 7 h")],
)
def test_clock(seconds, text):
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0, "about 5 s left"),
        (41, "about 40 s left"),
        (56, "about 1 min left"),
        (380, "about 6 min left"),
        (5000, "about 1.4 h left"),
        (7200, "about 2 h left"),
        (100000, "about 28 h left"),
        (5e5, "about 5.8 days left"),
    ],
)
def test_about(seconds, text):
    assert about(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "just now"), (40.7, "40 s ago"), (119, "119 s ago"), (130, "2 min ago"),
     (7300, "2 h ago"), (1e6, "11 days ago")],
)  # fmt: skip
def test_ago(seconds, text):
    assert ago(seconds) == text


LOSSES = {("cnn", 1): Losses((0.9, 0.5, 0.2, 0.1), (0.8, 0.5, 0.45, 0.6))}


def curves(width, signs=UNICODE, losses=LOSSES, height=20):
    lines = Board(status([running("cnn", 1), running("fc", 0)]), losses=losses).lines(
        width, height, signs
    )
    text = [line.plain for line in lines]
    if "losses so far" not in text:
        return []
    return [
        line
        for line in text
        if line.startswith(("cnn/1  ", "fc/0  ")) and ("loss" in line or "valid" in line)
    ]


def test_the_losses_of_runs_under_way_are_drawn_to_one_scale():
    (line,) = curves(100)
    assert line == (
        "cnn/1  loss 0.9000 \u2588\u2585\u2582\u2581 0.1000  "
        "validation 0.8000 \u2587\u2585\u2584\u2585 0.6000"
    )
    assert curves(100, losses={("fc", 0): Losses((0.9,), (0.8,))}) == [], "one epoch is no curve"


def test_curves_in_ascii_and_where_there_is_little_room():
    (line,) = curves(100, ASCII)
    assert line.isascii()
    lines = Board(status([running("cnn", 1)]), losses=LOSSES).lines(44, 20)
    assert any("validation 0.8" in line.plain for line in lines)
    assert curves(30) == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e9, 0.0])
def test_a_curve_of_any_numbers(value):
    for losses in (
        Losses((1.0, value), (float("nan"), float("nan"))),
        Losses((value,) * 3, (1.0,) * 3),
    ):
        lines = curves(100, losses={("fc", 0): losses})
        assert len(lines) == 1
        assert ("validation" in lines[0]) == (losses.validation[0] == 1.0)


def test_long_trainings_are_thinned():
    many = tuple(1 / n for n in range(1, 501))
    (line,) = curves(120, losses={("fc", 0): Losses(many, many)})
    assert cell_len(line) <= 120
