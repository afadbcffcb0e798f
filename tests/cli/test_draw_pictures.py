"""`versus pictures`: what a run classified wrongly or rightly, in a file."""

import contextlib

import numpy as np
import pytest
from bands import make_tiny
from matplotlib.figure import Figure

from versus.cli.main import run_command
from versus.studies.predicted import run_predictions
from versus.studies.protocol import Protocol
from versus.studies.runner import run_study
from versus.studies.study import Study, Variant
from versus.training.recipe import Recipe


@pytest.fixture(scope="module", params=["open", "sealed"])
def trained(request, tmp_path_factory):
    """A run that is right of some pictures and wrong of others, judged on test or validation."""
    folder = tmp_path_factory.mktemp("little") / "study"
    variant = Variant("fc", "fc", Recipe(optimizer="sgd", learning_rate=1e-3, epochs=1))
    protocol = Protocol(test=request.param)
    with contextlib.redirect_stdout(None):
        run_study(Study("?", make_tiny(), [variant], seeds=1, protocol=protocol), folder)
    told = run_predictions(folder, "fc", 0)["correct"].to_numpy()
    assert 0 < told.sum() < len(told), "of a run that is always right nothing could be told"
    return folder / "fc" / "0"


@pytest.fixture
def run(trained, monkeypatch):
    """The run, its data set found again by name, and nothing drawn beside it yet."""
    for drawn in trained.glob("*.png"):
        drawn.unlink()
    found = "versus.studies.saved_model.catalogue.load_recorded"
    monkeypatch.setattr(found, lambda *_: make_tiny())
    return trained


def texts(monkeypatch) -> list[str]:
    """Collect what is written on the figures that are saved from now on."""
    written: list[str] = []
    save = Figure.savefig

    def watched(figure, *arguments, **options):
        written.append(figure.get_suptitle())
        written.extend(axes.get_xlabel() for axes in figure.axes)
        return save(figure, *arguments, **options)

    monkeypatch.setattr(Figure, "savefig", watched)
    return written


@pytest.mark.parametrize("right", [True, False])
def test_a_grid_is_written_beside_the_run(right, run, capsys, monkeypatch):
    found = run_predictions(run.parents[1], "fc", 0)
    told = found["correct"].to_numpy()
    written = texts(monkeypatch)
    assert run_command(["pictures", str(run), "--form", "2x4", *["--right"][:right]]) == 0
    path = run / ("right.png" if right else "wrong.png")
    assert capsys.readouterr().out == f"{path}\n"
    assert path.read_bytes().startswith(b"\x89PNG")
    count = int((told == right).sum())
    assert f"{count:,} of {len(found):,} {'right' if right else 'wrong'}" in written[0]
    captions = written[1:]
    assert len(captions) == min(count, 8)
    assert all(("\nright, " in caption) == right for caption in captions)
    assert all(("\nas band " in caption) != right for caption in captions)


def test_the_surest_come_first(run, monkeypatch):
    found = run_predictions(run.parents[1], "fc", 0)
    sure = found.loc[found["correct"]].drop(columns=["label", "predicted", "correct"]).max(axis=1)
    for order, wanted in (("surest", sure.max()), ("unsurest", sure.min())):
        written = texts(monkeypatch)
        words = ["--right", "--form", "1x1", "--order", order]
        assert run_command(["pictures", str(run), *words]) == 0
        _, caption = written
        percent = caption.rsplit(", ", 1)[1].removesuffix("\u00a0%")
        assert percent in (f"{100 * wanted:.0f}", ">99")
    assert not np.isclose(sure.max(), sure.min())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--out", "a.gif"], "--out: expected a file ending in .svg or .png; got a.gif"),
        (["--form", "3"], "--form: expected ROWSxCOLUMNS, as 4x10; got '3'"),
        (["--form", "300x300"], "expected 1 to 400 pictures"),
        (["--out", "there/is/a-file/a.svg"], "choose another --out"),
    ],
)
def test_what_cannot_be_drawn_is_told(words, said, run, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there" / "is").mkdir(parents=True)
    (tmp_path / "there" / "is" / "a-file").write_text("")
    assert run_command(["pictures", str(run), *words]) == 2
    assert said in capsys.readouterr().err
    assert not list(run.glob("*.png"))


def test_a_folder_that_is_no_run_is_told(run, capsys):
    assert run_command(["pictures", str(run.parent)]) == 2
    assert "expected the folder of a run" in capsys.readouterr().err
