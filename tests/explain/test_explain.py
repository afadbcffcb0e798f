"""Explaining a run: what is recorded, that the run stays whole, and the page that shows it."""

import shutil
import subprocess
import sys

import numpy as np
import pytest

import versus
from versus.cli.main import run_command
from versus.errors import DamagedError, MismatchError, ResultsError
from versus.explain.explain import explain_run
from versus.explain.record import read_explanation
from versus.reports.run_page import find_place, write_run_report
from versus.results.view import read_predictions
from versus.studies.result import read_result


@pytest.fixture(scope="module")
def trained(tiny, tmp_path_factory):
    """A study of two nets on a few digits."""
    recipe = versus.Recipe(learning_rate=0.01, batch_size=16, epochs=2)
    variants = [versus.Variant("fc", "fc", recipe), versus.Variant("cnn", "cnn-stride", recipe)]
    study = versus.Study(
        name="explained", question="What do they look at?", data=tiny, variants=variants, seeds=1
    )
    return study.run(tmp_path_factory.mktemp("explained") / "study", progress=False).folder


@pytest.fixture
def result(trained, tmp_path):
    """A copy of it, to be written in."""
    return read_result(shutil.copytree(trained, tmp_path / "study"))


def test_what_is_recorded_is_of_the_run(result, tiny):
    path = explain_run(result, "cnn", 0, tiny, each=3)
    assert path == result.folder / "cnn" / "0" / "explanation.npz"
    record = result.finished("cnn")[0]
    found = read_explanation(result.store, record)
    assert found is not None
    one = read_predictions(result.store, record, "test", tiny.classes)
    rows = [one.indices.tolist().index(index) for index in found.indices.tolist()]
    assert np.array_equal(found.images, tiny.test.images[found.indices])
    assert np.array_equal(found.labels, one.labels[rows])
    assert found.probabilities == pytest.approx(one.probabilities[rows], abs=1e-4)
    assert found.gradcam is not None
    assert found.occlusion.shape[0] == found.gradcam.shape[0] == len(rows)
    assert found.filters is not None
    assert found.filters.shape == (3, 3, 1, 16)
    assert list(found.maps) == list(found.map_channels) != []
    assert [layer["kind"] for layer in found.layers].count("convolution") == 2


def test_the_run_stays_whole_and_the_same_gives_the_same_bytes(result, tiny):
    before = read_result(result.folder).to_dict()
    first = explain_run(result, "fc", 0, tiny).read_bytes()
    assert explain_run(result, "fc", 0, tiny).read_bytes() == first
    write_run_report(result, "fc", 0)
    assert result.store.survey().damaged == ()
    assert read_result(result.folder).to_dict() == before
    assert run_command(["runs", "verify", str(result.folder)]) == 0


def test_what_is_of_another_model_is_not_shown(result, tiny):
    path = explain_run(result, "cnn", 0, tiny, each=2)
    cnn, fc = result.finished("cnn")[0], result.finished("fc")[0]
    other = path.parents[2] / "fc" / "0" / path.name
    shutil.copy(path, other)
    assert read_explanation(result.store, cnn) is not None
    assert read_explanation(result.store, fc) is None
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DamagedError, match="versus explain"):
        read_explanation(result.store, cnn)


def test_other_data_and_other_answers_are_refused(result, tiny, monkeypatch):
    with pytest.raises(MismatchError, match="not the study's"):
        explain_run(result, "cnn", 0, versus.load("digits"))
    with pytest.raises(ResultsError, match="those are cnn/0, fc/0"):
        explain_run(result, "cnn", 7, tiny)
    monkeypatch.setattr("versus.explain.explain.TOLERANCE", -1.0)
    with pytest.raises(MismatchError, match="nothing was explained"):
        explain_run(result, "cnn", 0, tiny)
    assert not (result.folder / "cnn" / "0" / "explanation.npz").exists()


def test_the_page_shows_it_and_loads_no_keras(result, tiny):
    bare = write_run_report(result, "cnn", 0).read_text()
    assert "versus explain" in bare
    assert 'id="attribution"' not in bare
    explain_run(result, "cnn", 0, tiny, each=2)
    code = (
        "import sys; from versus.reports.run_page import find_place, write_run_report;"
        "from pathlib import Path; write_run_report(*find_place(Path(sys.argv[1])));"
        "print([n for n in ('keras', 'torch', 'matplotlib.pyplot') if n in sys.modules])"
    )
    run = result.folder / "cnn" / "0"
    done = subprocess.run(
        [sys.executable, "-c", code, str(run)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
    text = (run / "report.html").read_text()
    for section in ("model", "curves", "errors", "attribution", "filters", "maps", "confusion"):
        assert f'<section id="{section}"' in text
    assert text.count("Grad-CAM map of picture") == len(
        read_explanation(result.store, result.finished("cnn")[0]).indices
    )


def test_the_commands(result, capsys):
    run = result.folder / "fc" / "0"
    assert run_command(["report", str(run)]) == 0
    assert capsys.readouterr().out == f"{run}/report.html\n"
    assert find_place(run)[1:] == ("fc", 0)
    assert run_command(["explain", str(result.folder)]) == 2
    assert "expected the folder of a run" in capsys.readouterr().err


def test_the_page_in_a_browser(result, tiny, visit):
    explain_run(result, "cnn", 0, tiny, each=2)
    path = write_run_report(result, "cnn", 0)
    for width in (1280, 390):
        seen = visit(path, viewport={"width": width, "height": 844})
        assert seen.overflow() <= 0
        broken = "all => all.filter(i => !i.complete || !i.naturalWidth).length"
        assert seen.page.eval_on_selector_all("img", broken) == 0
        seen.check_quiet()
