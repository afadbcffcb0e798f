"""Studies that are larger or odder than most: many pairs, long names, letters that turn text."""

import re

import numpy as np
import pandas as pd
import pytest

from versus.evaluation.verdict import Verdict
from versus.figures.learning_curves import MOST_NAMES
from versus.reports.drawings import curve_drawings, difference_drawings
from versus.reports.foremost import MOST_PAIRS, foremost, leader
from versus.reports.galleries import galleries
from versus.reports.links import Links
from versus.reports.page import page_contents, write_report
from versus.reports.shell import coded

LONG = ("a-name-that-goes-on-and-on-and-on-and-on", "one_word_" * 8)


@pytest.fixture
def thirteen(study_folder):
    """Thirteen variants, 78 pairs; `v5` is better than most."""
    errors = {f"v{n}": [20 + n % 3] * 7 for n in range(13)}
    return study_folder.make({**errors, "v5": [2, 3, 2, 3, 2, 3, 2]})


def test_of_many_pairs_those_of_the_leader_are_shown_in_full(thirteen):
    contents = page_contents(thirteen, Links(thirteen.folder, thirteen.folder))
    assert contents["leader"] == "v5"
    assert [{card.a, card.b} for card in contents["cards"]] == [
        {f"v{n}", "v5"} for n in range(13) if n != 5
    ]
    assert len(contents["every_pair"]) == 78
    assert len(contents["galleries"]) == 12


def test_many_pairs_are_several_drawings_on_one_axis(study_folder):
    made = study_folder.make({f"v{n}": (10 + n, 12, 9) for n in range(5)})
    found = difference_drawings(made, made.verdicts)["wide"]
    assert found.count("<svg") == 2  # ten pairs
    labels = re.findall(r"<text[^>]*>([+\u2212]?\d[\d.]*)</text>", found)
    assert labels[: len(labels) // 2] == labels[len(labels) // 2 :] != []
    ids = re.findall(r'\bid="([^"]*)"', found)
    assert len(ids) == len(set(ids))


def test_thousands_of_epochs_stay_small():
    epochs = pd.Index(range(1, 3001), name="epoch")
    rng = np.random.default_rng(0)
    keys = ("loss", "val_loss", "accuracy", "val_accuracy")
    frames = [
        pd.DataFrame({key: rng.uniform(size=3000) for key in keys}, index=epochs) for _ in range(10)
    ]
    drawn = curve_drawings({"a": frames, "b": frames})
    assert sum(map(len, drawn)) < 1_500_000


def test_few_pairs_are_all_shown(study_folder):
    made = study_folder.make({"fc": (20, 18), "cnn": (9, 12), "mlp": (30, 25)})
    assert foremost(made.verdicts) == list(made.verdicts)
    assert page_contents(made, Links(made.folder, made.folder))["every_pair"] == []
    assert [{g.a, g.b} for g in galleries(made, None, [("mlp", "fc")])] == [{"fc", "mlp"}]


def test_of_a_leader_with_too_many_pairs_the_nearest_are_shown(thirteen):
    pairs = [v for v in thirteen.verdicts if "v5" in (v.a, v.b)]
    several: list[Verdict] = [
        pair.model_copy(update={"a": f"w{n}{pair.a}" if pair.a != "v5" else "v5",
                                "b": f"w{n}{pair.b}" if pair.b != "v5" else "v5"})
        for n in range(3)
        for pair in pairs
    ]  # fmt: skip
    assert leader(several) == "v5"
    shown = foremost(several)
    assert len(shown) == MOST_PAIRS < len(several)
    rest = [abs(v.mean_difference or 0) for v in several if v not in shown]
    assert max(abs(v.mean_difference or 0) for v in shown) <= min(rest)


def test_the_page_of_many_stays_small_and_quiet(visit, thirteen):
    path = write_report(thirteen)
    assert path.stat().st_size < 3_000_000
    assert len(thirteen.study.variants) > MOST_NAMES
    seen = visit(path)
    assert seen.page.locator("#every-pair tbody tr").count() == 78
    assert seen.page.locator("#pictures select").nth(0).input_value() == "0"
    assert seen.page.locator("#pictures select").nth(1).input_value() == "5"
    seen.check_quiet()


@pytest.mark.parametrize("classes", [3, 40])
def test_long_names_stay_within_a_phone(visit, study_folder, classes):
    made = study_folder.make(
        {LONG[0]: (20, 18), LONG[1]: (9, 12)},
        classes=tuple(f"a class with a remarkably long name, number {n}" for n in range(classes)),
    )
    seen = visit(write_report(made), viewport={"width": 390, "height": 844})
    assert seen.overflow() <= 0
    seen.check_quiet()


def test_no_name_turns_the_text_around_it(visit, study_folder):
    made = study_folder.make({"fc\u202eevil": (20, 18), "شبكة": (9, 12), "x\u2066y": (30, 2)})
    page = write_report(made)
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(
        page.read_text(encoding="utf-8")
    )
    seen = visit(page)
    assert "fc\ufffdevil" in seen.page.locator("#verdict .reason").first.inner_text()
    assert "شبكة" in seen.page.locator("#pictures select").first.inner_text()
    assert "fc\ufffdevil" in seen.page.locator("#pictures select").first.inner_text()
    seen.check_quiet()


def test_code_within_text():
    assert coded("use `a<b` and `c`") == "use <code>a&lt;b</code> and <code>c</code>"
    assert coded("a ` alone <b>") == "a ` alone &lt;b&gt;"
