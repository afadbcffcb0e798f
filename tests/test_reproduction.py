"""Published against measured: the rule, the rows, what survives, and the command."""

import json
import re
import shutil
import statistics
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_library import few_pictures

from versus.cli.main import run_command
from versus.errors import StudyError, UnknownNameError
from versus.library.catalogue import STUDIES, find_study
from versus.library.published.documents import DOCUMENTS
from versus.library.published.figures import Claim, Experiment, Pair, Printed, System
from versus.library.reproduction.cells import interval, training_time
from versus.library.reproduction.claims import ask_again
from versus.library.reproduction.measured import Runs, read_runs, summed
from versus.library.reproduction.outcome import judge, prediction_interval
from versus.library.reproduction.reproduce import (
    choose,
    needed,
    reproduce,
    with_what_is_there,
)
from versus.library.reproduction.rows import system_row
from versus.library.reproduction.text import markdown
from versus.models.zoo import ZOO
from versus.reports.reproduction import write_reproduction_page
from versus.results.record import RunRecord
from versus.studies.result import StudyResult

KEPT = Path(__file__).parents[1] / "docs" / "reproduction"
accuracies = st.lists(st.floats(0, 1), min_size=3, max_size=12)


def short(study):
    """The study on noise, for one epoch."""
    return replace(study.with_changes(epochs=1), data=few_pictures(10))


@pytest.fixture(scope="module")
def document_a(tmp_path_factory):
    """Three seeds of every study of document A, in short form, and their rows."""
    out = tmp_path_factory.mktemp("a")
    (rows,) = reproduce(["A"], out, seeds=3, change=short)
    return out, rows


def test_the_interval_is_the_textbook_formula():
    # t of 2 degrees of freedom at 99.5 % is 9.924843; the mean of 1, 2, 3 is 2, their sd 1.
    low, high = prediction_interval([1.0, 2.0, 3.0])
    half = 9.924843200918292 * (4 / 3) ** 0.5
    assert (low, high) == pytest.approx((2 - half, 2 + half))


def test_one_more_run_lies_in_the_interval_as_often_as_it_says():
    rng = np.random.default_rng(0)
    runs = rng.normal(0.98, 0.002, (4_000, 4))
    inside = [low <= x[3] <= high for x in runs for low, high in [prediction_interval(x[:3], 0.9)]]
    assert statistics.fmean(inside) == pytest.approx(0.9, abs=0.015)


@settings(deadline=None)
@given(accuracies)
def test_a_printed_mean_is_always_reproduced(values):
    assert judge(Printed("test", "accuracy", repr(statistics.fmean(values))), values).word == (
        "reproduced"
    )


def test_a_number_is_held_to_the_decimals_it_was_printed_with():
    values = [0.9153, 0.9153, 0.9153]
    assert judge(Printed("test", "accuracy", "0.92"), values).word == "reproduced"
    assert judge(Printed("test", "accuracy", "0.920"), values).word == "differs"
    assert Printed("test", "loss", "0.06320").rounding == pytest.approx(5e-6)


def test_too_few_runs_say_nothing():
    printed = Printed("test", "accuracy", "0.92")
    assert judge(printed, []) == ("not run", None)
    assert judge(printed, [0.92]) == ("too few runs", None)
    assert judge(printed, [0.92, 0.93]) == ("too few runs", None)


def test_an_experiment_is_the_reason_only_where_its_own_runs_come_out_as_printed():
    printed = (Printed("test", "accuracy", "0.9000"),)
    experiment = Experiment("pool-vs-stride", "cnn-stride", "something else was changed")
    system = System("cnn-stride", "fc-vs-cnn", figures=printed, experiments=(experiment,))

    def why(tried):
        runs = {"fc-vs-cnn": runs_of({"fc": [0.5] * 4, "cnn-stride": [0.8, 0.81, 0.79, 0.8]})}
        runs["pool-vs-stride"] = runs_of({"fc": [0.5] * 4, "cnn-stride": tried})
        found = system_row(system, runs)
        assert found.outcome == "differs"
        return found.why

    assert "something else was changed, as `cnn-stride` of `pool-vs-stride` shows" in why(
        [0.9, 0.91, 0.89, 0.9]
    )
    for tried in ([0.8, 0.81, 0.79, 0.8], [0.9, 0.91], []):
        assert "no experiment has found the reason yet" in why(tried)


def test_of_what_is_not_printed_lying_between_is_reason_enough():
    printed = (Printed("test", "accuracy", "0.9000"),)
    settings = Experiment("pool-vs-stride", "fc", "its setting is not printed", between=True)

    def why(tried, experiment=settings):
        runs = {"fc-vs-cnn": runs_of({"fc": [0.5] * 4, "cnn-stride": [0.8, 0.81, 0.79, 0.8]})}
        runs["pool-vs-stride"] = runs_of({"fc": tried, "cnn-stride": [0.5] * 4})
        system = System("cnn-stride", "fc-vs-cnn", figures=printed, experiments=(experiment,))
        return system_row(system, runs).why

    assert "its setting is not printed, and what is printed lies between ours and `fc`" in why(
        [0.95, 0.951, 0.949]
    )
    for tried in ([0.7, 0.71, 0.69], []):
        assert "no experiment has found the reason yet" in why(tried)
    assert "no experiment" in why([0.95, 0.951, 0.949], replace(settings, between=False))


@pytest.mark.parametrize("letter", DOCUMENTS)
def test_what_is_printed_is_of_systems_that_are_there(letter):
    document = DOCUMENTS[letter]
    assert document.letter == letter
    for system in document.systems:
        variant = find_study(system.study).variant(system.variant)
        entry = ZOO[variant.model]
        assert (entry.parameters, entry.trainable) == (system.parameters, system.trainable)
        assert entry.document == letter
        assert system.figures or system.unchecked
        for mended in system.corrected:
            find_study(mended.study).variant(mended.variant)
        for experiment in system.experiments:
            tried = find_study(experiment.study).variant(experiment.variant)
            assert ZOO[tried.model].parameters == entry.parameters
        for study, name in system.also:
            same = find_study(study).variant(name)
            assert same.recipe == variant.recipe
            assert find_study(study).protocol == find_study(system.study).protocol
            assert ZOO[same.model].parameters == entry.parameters
    for claim in document.claims:
        for pair in (*claim.printed, *claim.fair):
            for name in (pair.better, pair.worse):
                find_study(pair.study).variant(name)


def test_every_printed_number_stands_in_the_source_of_its_study_too():
    for document in DOCUMENTS.values():
        for system in document.systems:
            source = find_study(system.study).source
            for figure in system.figures:
                if figure.epoch is None and figure.split == "test":
                    assert figure.text.rstrip("0") in source, (system.variant, figure)


def test_every_study_but_the_examples_is_read_somewhere():
    read = {name for d in DOCUMENTS.values() for name in needed(d.systems, d.claims)}
    assert set(STUDIES) - read == {
        *("quickstart", "augmentation-or-not", "flatten-or-pool"),
    }


def test_rows_hold_the_runs_against_what_is_printed(document_a):
    _, rows = document_a
    fc, pool, stride = rows.systems
    assert (fc.parameters, fc.trainable) == (443_610, 443_610)
    first = fc.figures[0]
    assert (first.name, first.printed) == ("test accuracy", "0.8966")
    assert sorted(first.measured.by_seed) == [0, 1, 2]
    assert first.measured.mean == statistics.fmean(first.measured.by_seed.values())
    assert first.outcome == "differs"  # it was trained on noise
    assert first.high < 0.8966
    assert set(first.corrected) == {"fc-dropout", "fc-adam"}
    assert first.corrected["fc-adam"].n == 3
    assert "test accuracy" in fc.why
    curve = {row.name: row for row in stride.curve}
    assert curve["train loss, epoch 1"].n == 3
    assert curve["train loss, epoch 20"].outcome == "not run"
    assert (pool.outcome, pool.accuracy.n) == ("cannot be checked", 3)
    assert "points" in fc.corrected[0].effect
    (claim,) = rows.claims
    assert claim.word == "open"


def test_a_system_is_read_where_it_has_the_most_runs(document_a, tmp_path):
    reproduce(["pool-vs-stride"], tmp_path, seeds=4, change=short)
    ((rows),) = reproduce(["A"], tmp_path, run=False, change=short)
    stride = rows.systems[2]
    assert (stride.variant, stride.study, stride.accuracy.n) == ("cnn-stride", "pool-vs-stride", 4)


def test_runs_that_are_there_are_read_and_none_is_made(document_a, tmp_path):
    out, rows = document_a
    before = sorted(path for path in out.rglob("*") if path.is_file())
    (again,) = reproduce(["a"], out, run=False, change=short)
    assert again == rows
    assert sorted(path for path in out.rglob("*") if path.is_file()) == before
    (empty,) = reproduce(["A"], tmp_path / "nothing", run=False)
    assert {system.outcome for system in empty.systems} == {"not run", "cannot be checked"}
    assert not (tmp_path / "nothing").exists()


def test_runs_made_in_another_way_are_no_reproduction(document_a):
    out, _ = document_a
    (rows,) = reproduce(["A"], out, run=False)
    fc = rows.systems[0]
    assert fc.outcome == "not run"
    assert "holds other runs (data: few, expected mnist)" in fc.why
    longer = find_study("fc-vs-cnn").with_changes(epochs=3)
    runs = read_runs(replace(longer, data=few_pictures(10)), out / "fc-vs-cnn")
    assert "fc: sgd 0.001, batch 128, 1 epochs, expected sgd 0.001, batch 128, 3 epochs" in (
        runs.problem
    )


def test_a_study_alone_brings_the_rows_that_it_feeds():
    ((document, systems, claims),) = choose(["fc-vs-cnn-corrected"])
    assert (document.letter, [s.variant for s in systems]) == ("A", ["fc", "cnn-stride"])
    assert len(claims) == 1
    assert [d.letter for d, _, _ in choose([])] == list("ABCDE")
    assert [d.letter for d, _, _ in choose(["e", "kernel-sizes"])] == ["B", "E"]
    with pytest.raises(UnknownNameError, match="no document or study is called 'kernel-size'"):
        choose(["kernel-size"])
    with pytest.raises(StudyError, match=r"quickstart: no number .* `versus run quickstart`"):
        choose(["quickstart"])


def test_weights_that_are_not_there_are_said_and_stop_nothing(tmp_path, monkeypatch):
    path = tmp_path / "weights.h5"
    path.write_bytes(b"no weights")
    monkeypatch.setenv("VERSUS_WEIGHTS", str(path))
    (rows,) = reproduce(["transfer-learning"], tmp_path / "out", seeds=1, change=short)
    frozen = rows.systems[0]
    assert frozen.outcome == "cannot be checked"
    assert "expected the file vgg16_weights" in frozen.corrected[0].effect


def runs_of(values: dict[str, list[float]]) -> Runs:
    """Finished runs of `fc-vs-cnn` with these test accuracies, made by hand."""
    study = find_study("fc-vs-cnn")
    config = {"model": "", "builder_sha256": "", "architecture_sha256": "", "recipe": {}}
    config |= {"protocol": {}, "data": "mnist", "data_fingerprint": "", "versions": {}}
    records = tuple(
        RunRecord.from_dict(
            {
                "status": "finished",
                "config": {**config, "variant": variant, "seed": seed},
                **dict.fromkeys(("parameters", "trainable", "multiply_adds"), 1),
                "metrics": {"test": {"accuracy": value, "nll": 1 - value}},
            }
        )
        for variant, of_variant in values.items()
        for seed, value in enumerate(of_variant)
    )
    return Runs(study, StudyResult(None, records, None))


FAIR, PRINTED = Pair("fair", "cnn-stride", "fc"), Pair("printed", "cnn-stride", "fc")
AHEAD = {"fc": [0.90, 0.91, 0.90, 0.92, 0.91, 0.90], "cnn-stride": [0.98] * 6}
LEVEL = {"fc": [0.97, 0.99] * 3, "cnn-stride": [0.98] * 6}
BEHIND = {"fc": AHEAD["cnn-stride"], "cnn-stride": AHEAD["fc"]}


@pytest.mark.parametrize(
    ("printed", "fair", "word", "sentence"),
    [
        (AHEAD, AHEAD, "holds", "It holds over paired seeds and under a fair control."),
        (AHEAD, LEVEL, "does not survive", "It does not survive a fair control."),
        (AHEAD, BEHIND, "does not survive", "It does not survive a fair control."),
        (LEVEL, AHEAD, "does not survive", "It does not survive more seeds."),
        ({"fc": [0.9], "cnn-stride": [0.98]}, AHEAD, "open", "Too few runs so far to say."),
        ({}, AHEAD, "open", "Not run so far: `versus run printed`."),
    ],
)
def test_a_claim_is_asked_again(printed, fair, word, sentence):
    claim = Claim("it is better", (PRINTED,), (FAIR,))
    row = ask_again(claim, {"printed": runs_of(printed), "fair": runs_of(fair)})
    assert (row.word, row.sentence) == (word, sentence)


def test_a_claim_about_loss_is_judged_on_loss():
    pair = Pair("printed", "cnn-stride", "fc", "nll")
    row = ask_again(Claim("it is better", (pair,)), {"printed": runs_of(AHEAD)})
    assert row.word == "holds"
    assert "loss (NLL) was lower" in row.reasons[0]


def test_the_page_holds_every_number(document_a):
    _, rows = document_a
    page = markdown([rows], "versus reproduce A")
    assert "| parameters | 443,610 | 443,610 |  | equal |" in page
    for figure in rows.systems[0].figures[:2]:
        assert f"| {figure.name} | {figure.printed} |" in page
        for value in figure.measured.by_seed.values():
            assert f"{value:.4f}" in page
    assert "| training time | 1:56 |" in page
    assert "### Errata\n\n1. Dropout(20) is no rate" in page
    assert "Here: fc-adam, in fc-vs-cnn-corrected." in page


def test_the_command_writes_and_prints(document_a, capsys):
    out, _ = document_a
    assert run_command(["reproduce", "--no-run", "A", "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "A. FC against CNN" in shown
    assert "0.8966" in shown
    assert (out / "reproduction.md").read_text().startswith("# Published against measured")
    written = json.loads((out / "reproduction.json").read_text())
    assert run_command(["reproduce", "--no-run", "A", "--out", str(out), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["documents"] == written["documents"]
    assert printed["documents"][0]["systems"][0]["variant"] == "fc"


def test_an_unknown_study_is_one_line(capsys):
    assert run_command(["reproduce", "Z", "--no-run"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("versus: no document or study is called 'Z'")
    assert error.count("\n") == 1


def test_counts_are_known_before_any_run(tmp_path):
    (rows,) = reproduce(["transfer-learning"], tmp_path, run=False)
    frozen, finetuned = rows.systems
    assert frozen.accuracy.n == 0
    assert frozen.counts == ((14_782_154, 67_210), (14_782_154, 67_210))
    assert finetuned.counts[0] == (14_782_154, 7_146_634)
    assert {c.variant: c.parameters for c in frozen.corrected} == dict.fromkeys(
        ("vgg16-frozen-preprocessed", "vgg16-finetuned"), 14_782_154
    )
    page = markdown([rows], "versus reproduce transfer-learning --no-run")
    assert "| 14,782,154 (67,210 trainable) |  | equal |" in page


def test_what_learns_in_one_go_has_no_counts_before_it_has_learned(tmp_path):
    (rows,) = reproduce(["svm-baseline"], tmp_path, run=False)
    assert rows.systems[-1].counts[0] == (None, None)


def test_of_times_the_shortest_and_the_median_are_told():
    assert training_time(summed({})) == ""
    assert training_time(summed({0: 75.2})) == "1:15 (n 1)"
    assert training_time(summed({0: 75.2, 1: 4000.0, 2: 80.0})) == "1:15 (median 1:20, n 3)"


def test_as_printed_and_corrected_stand_in_separate_columns_of_the_page(document_a, tmp_path):
    _, rows = document_a
    page = write_reproduction_page([rows], tmp_path, "versus reproduce A").read_text()
    row = page[page.index('<th scope="row">test accuracy</th><td class="number">0.8966</td>') :]
    cells = [re.sub(r"<[^>]*>", "", c) for c in row[: row.index("</tr>")].split("</td>")]
    found = rows.systems[0].figures[0]
    assert f"{found.measured.mean:.4f}" in cells[1]
    assert " ".join(found.corrected) == "fc-dropout fc-adam"
    for name, measured in found.corrected.items():
        assert f"{name} {measured.mean:.4f}" in " ".join(cells[4].split())


SECOND = Pair("second", "cnn-stride", "fc")
FEW = {"fc": [0.9], "cnn-stride": [0.98]}


@pytest.mark.parametrize(
    ("second", "word", "sentence"),
    [
        (AHEAD, "holds", "It holds over paired seeds."),
        (
            LEVEL,
            "holds in part",
            "That cnn-stride is better than fc holds; that cnn-stride is better than fc does not "
            "survive more seeds.",
        ),
        (FEW, "open", "Too few runs so far to say."),
    ],
)
def test_a_claim_of_several_pairs_may_hold_in_part(second, word, sentence):
    claim = Claim("they are better", (PRINTED, SECOND))
    row = ask_again(claim, {"printed": runs_of(AHEAD), "second": runs_of(second)})
    assert (row.word, row.sentence) == (word, sentence)


def test_of_a_claim_with_a_lost_pair_and_few_runs_of_the_rest_both_are_told():
    claim = Claim("they are better", (PRINTED, SECOND))
    row = ask_again(claim, {"printed": runs_of(LEVEL), "second": runs_of(FEW)})
    assert row.word == "does not survive"
    assert row.sentence.endswith("of the rest there are too few runs.")


def test_intervals_end_where_accuracies_and_losses_do():
    assert interval(0.9836, 1.0044, "test accuracy") == "0.9836 to 1.0000"
    assert interval(-0.012, 1.2, "test loss") == "0.0000 to 1.2000"
    assert interval(None, None, "test loss") == ""


def test_a_number_that_is_reproduced_only_just_is_told():
    far = prediction_interval([0.97, 0.98, 0.99])
    system = System("fc", "s", figures=(Printed("test", "accuracy", f"{far.low + 1e-4:.4f}"),))
    row = system_row(system, {"s": runs_of({"fc": [0.97, 0.98, 0.99]})})
    assert (row.outcome, row.why) == (
        "reproduced",
        "test accuracy: inside the 99 % interval, outside that of 95 %",
    )
    plain = replace(system, figures=(Printed("test", "accuracy", "0.9800"),))
    assert system_row(plain, {"s": runs_of({"fc": [0.97, 0.98, 0.99]})}).why == ""


def test_what_lacks_weights_is_checked_once_there_are_runs():
    figures = (Printed("test", "accuracy", "0.98"),)
    system = System("fc", "s", figures=figures, lacking="needs weights")
    without = system_row(system, {"s": runs_of({})})
    assert (without.outcome, without.why) == ("cannot be checked", "needs weights")
    there = system_row(system, {"s": runs_of({"fc": [0.97, 0.98, 0.99]})})
    assert (there.outcome, there.why) == ("reproduced", "")


def test_runs_of_random_weights_are_not_taken_for_those_of_trained_ones(tmp_path, monkeypatch):
    def one(study):
        return replace(short(study), variants=[study.variant("vgg16-frozen")])

    monkeypatch.setenv("VERSUS_WEIGHTS", "random")
    (rows,) = reproduce(["transfer-learning"], tmp_path, seeds=1, change=one)
    frozen = rows.systems[0]
    assert frozen.accuracy.n == 0
    assert frozen.outcome == "cannot be checked"
    study = one(find_study("transfer-learning").with_changes(seeds=1))
    runs = read_runs(study, tmp_path / "transfer-learning")
    assert runs.result.finished("vgg16-frozen"), "there is a run, and it is not read"
    assert "vgg16-frozen: another network, such as one of random weights" in runs.problem


def test_a_table_of_one_document_keeps_what_is_there_of_others(document_a, tmp_path):
    out, rows = document_a
    shutil.copytree(out, tmp_path / "runs")
    asked = choose(["E"])
    assert [d.letter for d, _, _ in asked] == ["E"]
    e = reproduce(["E"], tmp_path / "runs", run=False)
    # The runs in short form are other runs to the studies as they are: nothing of A is kept.
    assert [d.letter for d in with_what_is_there(e, tmp_path / "runs")] == ["E"]
    kept = with_what_is_there(e, KEPT)
    assert [d.letter for d in kept] == list("ABCDE")
    assert kept[-1] == e[0]
    assert {s.variant for s in kept[0].systems} == {s.variant for s in rows.systems}
    assert with_what_is_there(e, tmp_path / "nothing") == e


def test_where_nothing_can_be_run_the_exit_code_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VERSUS_WEIGHTS", str(tmp_path / "no.h5"))
    monkeypatch.setenv("VERSUS_DATA", str(tmp_path))
    monkeypatch.setenv("VERSUS_CACHE", str(tmp_path))
    (tmp_path / "mnist").mkdir()
    for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        (tmp_path / "mnist" / f"{name}-ubyte").write_bytes(b"damaged")
    out = str(tmp_path / "out")
    assert run_command(["reproduce", "transfer-learning", "--out", out]) == 1
    assert "could not be run" in capsys.readouterr().out
    assert run_command(["reproduce", "transfer-learning", "--no-run", "--out", out]) == 0


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [("--jobs", "0", "--jobs: expected at least 1; got 0"), ("--weights", "nofile", "no file")],
)
@pytest.mark.parametrize("command", [["reproduce", "A"], ["run", "quickstart"]])
def test_bad_options_are_one_line_before_anything_is_done(
    command, option, value, said, tmp_path, capsys
):
    out = tmp_path / "out"
    assert run_command([*command, option, value, "--out", str(out)]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not out.exists()
