"""The numbers of each section, before anything is drawn."""

from dataclasses import replace

from versus.reports.classes import class_table
from versus.reports.confusion import MOST_CONFUSED, confusion_matrices
from versus.reports.curves import curve_readings, histories
from versus.reports.links import Links
from versus.reports.notes import failures, failures_text, notes
from versus.reports.repeat import details, seed_text
from versus.reports.tables import closing_table, run_table
from versus.reports.verdicts import difference_rows, verdict_card


def links(result) -> Links:
    return Links(result.folder, result.folder)


def test_closing_table_shares_decimals_within_a_column(study_folder):
    result = study_folder.make({"a": (3, 4, 5), "b": (9, 30, 12)})
    a, b = closing_table(result)
    assert (a.parameters, a.frozen, a.multiply_adds) == ("443,610", "610", "1,234,567")
    assert (a.accuracy.mean, a.accuracy.sd) == ("93.33", "1.67")
    assert (b.accuracy.mean, b.accuracy.sd) == ("71.67", "18.93")
    assert (a.n, b.n, a.seconds) == (3, 3, "1\u00a0min 02\u00a0s")


def test_one_seed_has_no_spread(study_folder):
    (row,) = closing_table(study_folder.make({"a": (3,)}))
    assert (row.accuracy.mean, row.accuracy.sd, row.loss.sd) == ("95.00", "", "")


def test_every_run_asked_for_is_listed(study_folder):
    result = study_folder.make(
        {"a": (3, 4), "b": (2, None)}, failed={("b", 1): "boom"}, seeds=[0, 1, 2]
    )
    rows = run_table(result, links(result))
    assert [(r.seed, r.name, r.status) for r in rows][2:] == [
        (1, "a", "finished"),
        (1, "b", "failed"),
        (2, "a", "not run"),
        (2, "b", "not run"),
    ]
    assert rows[0].link == "./a/0/record.json"
    assert rows[3].accuracy == rows[5].accuracy == "\u2013"
    assert rows[0].accuracy == "95.00\u00a0%"


def test_differences_are_those_of_the_seeds_in_points(study_folder):
    result = study_folder.make({"a": (3, 4, 6), "b": (0, 4, None)}, margin=0.01)
    (row,) = difference_rows(result, result.verdicts)
    assert row.differences == (5.0, 0.0)
    assert (row.mean, row.low, row.high) == (2.5, None, None)
    card = verdict_card(result.verdicts[0])
    facts = {fact.name: fact for fact in card.facts}
    assert facts["Mean difference"].value == "+2.5\u00a0points"
    assert facts["95\u00a0% interval"].note == "needs 6 seeds at least"
    assert facts["Paired seeds"].note == "b ahead on 1, a on 0, 1 level"
    assert facts["p of no difference"].value == "1"
    assert facts["p of equivalence"].note.endswith("\u00b11 point of accuracy")


def test_confusion_is_summed_over_seeds_on_one_scale(study_folder):
    a, b = confusion_matrices(study_folder.make({"a": (3, 4), "b": (30, 30)}))
    cells = [cell for row in a.rows for cell in row.cells]
    assert (a.seeds, a.errors, a.total) == (2, 7, 120)
    assert sum(cell.count for cell in cells) == 120
    assert sum(cell.count for cell in cells if not cell.right) == 7
    assert all(cell.ink == 0 for cell in cells if cell.right or not cell.count)
    most = [max(cell.ink for row in m.rows for cell in row.cells) for m in (a, b)]
    assert most[0] < most[1] == 1
    assert a.in_words().startswith("7 errors in 120 predictions. Most often: ")


def test_confusion_of_many_classes_becomes_a_short_list(study_folder):
    classes = [f"class {number}" for number in range(50)]
    (matrix,) = confusion_matrices(study_folder.make({"a": (25, 25)}, classes=classes))
    assert matrix.rows == ()
    assert len(matrix.confused) == MOST_CONFUSED
    assert matrix.confused[0].count >= matrix.confused[-1].count > 0


def test_no_error_at_all(study_folder):
    (matrix,) = confusion_matrices(study_folder.make({"a": (0,)}))
    assert matrix.in_words() == "No error at all."


def test_curves_in_words(study_folder):
    result = study_folder.make({"a": (3, 3), "b": (None, None)})
    a, b = curve_readings(histories(result))
    assert (a.seeds, a.epochs, a.training, a.lowest_epoch) == (2, 4, 0.9375, 4)
    assert a.sentence().startswith("after 4 epochs, 93.8\u00a0% of training and 92.8\u00a0% of")
    assert b.sentence() == "no finished run, so no curve."


def test_notes_tell_what_to_keep_in_mind(study_folder):
    result = study_folder.make({"a": (3,), "b": (4,)}, sealed=True, seeds=[0, 7])
    sealed, missing, single = notes(result)
    assert "sealed" in sealed
    assert "2 runs" in missing
    assert "a/7 and b/7" in missing
    assert "another seed" in single


def test_failures_name_their_log(study_folder):
    result = study_folder.make({"a": (3,), "b": ()}, failed={("b", 0): "loss is NaN"})
    (failure,) = failures(result, links(result))
    assert (failure.name, failure.seeds, failure.error) == ("b", "seed 0", "loss is NaN")
    assert failure.logs == ((0, "./b/0/log.txt"),)


def test_runs_that_failed_alike_are_told_together(study_folder):
    why = {("b", seed): "loss is NaN" for seed in (1, 2, 3)} | {("b", 0): "no memory"}
    result = study_folder.make({"a": (3, 3, 3, 3), "b": (None,) * 4}, failed=why)
    alike = [(f.seeds, f.error, len(f.logs)) for f in failures(result, links(result))]
    assert alike == [("seed 0", "no memory", 1), ("seeds 1 to 3", "loss is NaN", 3)]
    assert failures_text(result)[1] == "b, seeds 1 to 3, failed: loss is NaN"


def test_classes_without_a_picture_are_told_and_never_best(study_folder):
    result = study_folder.make({"a": (5, 3), "b": (4, 2)}, classes=("cat", "dog", "hen"))
    assert not [note for note in notes(result) if "picture is of" in note]
    for record in result.records:  # as if every picture of a dog had not been there
        confusion = record.judged()["confusion"]
        confusion[1] = [0, 0, 0]
        confusion[0][1] = 2 if record.variant == "a" else 0
    assert "No test picture is of dog: how well that class is told is not known." in notes(result)
    table = class_table(result)
    assert table is not None
    assert [score.f1 for score in table.rows[1].scores] == ["\u2013", "\u2013"]
    assert not any(score.best for score in table.rows[1].scores)


def test_recipes_alone_are_not_called_models_too(study_folder):
    def noted(*models: str) -> bool:
        variants = [
            {"name": name, "model": model, "recipe": {"rate": name}, "recipe_text": name}
            for name, model in zip("ab", models, strict=True)
        ]
        made = type(study_folder)(study_folder.store.root / models[1])
        result = made.make({"a": (3,), "b": (3,)}, variants=variants)
        records = [
            record.model_copy(update={"config": record.config.model_copy(update={"model": model})})
            for record, model in zip(result.records, models, strict=True)
        ]
        return any("recipe as well" in note for note in notes(replace(result, records=records)))

    assert (noted("net", "net"), noted("net", "other")) == (False, True)


def test_details_come_from_the_records(study_folder):
    result = study_folder.make({"a": (3, 4), "b": (2, 1)}, margin=0.02)
    groups = {group.title: {d.name: d.value for d in group.details} for group in details(result)}
    assert groups["Data"]["Pictures"] == "60 train and 60 test; 8 \u00d7 8, grey"
    assert groups["Machine"] == {"Processor": "A chip", "Threads": "1", "Libraries": "keras 3.15.0"}
    assert groups["Protocol"]["Margin"] == "2 points of accuracy"
    assert groups["Times"]["Last run"] == "2025-11-21 06:58:01 UTC"
    assert groups["Recipes"]["a"] == "model a; adam; cce"


def test_seeds_in_short():
    assert seed_text([0, 1, 2, 3]) == "0 to 3"
    assert seed_text([0, 1]) == "0 and 1"
    assert seed_text([7, 2, 4]) == "2, 4 and 7"
    assert seed_text([5]) == "5"
