"""The page of a study, in a real browser."""

import re
from dataclasses import replace

import numpy as np
import pytest

from versus.library.reproduction.reproduce import reproduce
from versus.reports.classes import class_table
from versus.reports.index import write_index
from versus.reports.page import write_report
from versus.reports.reproduction import write_reproduction_page
from versus.reports.run_page import write_run_report
from versus.results.seal import seal, unseal
from versus.results.view import read_predictions
from versus.studies.result import STUDY, read_result

CLASSES = ("cat", "dog", "hen")


@pytest.fixture
def result(study_folder):
    return study_folder.make({"fc": (20, 18, 22), "cnn": (9, 12, 10), "mlp": (30, 25, 28)})


@pytest.fixture
def path(result):
    return write_report(result)


def picked(result, variant: str, seed: int):
    record = next(r for r in result.finished(variant) if r.seed == seed)
    return read_predictions(result.store, record, "test", CLASSES)


def shown(place) -> list[int]:
    """Return the indices of the pictures drawn in `place`, in their order."""
    canvases = place.locator("canvas")
    return [int(canvases.nth(n).get_attribute("data-index")) for n in range(canvases.count())]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_opens_quietly_and_fits(visit, path, scheme, width):
    seen = visit(path, viewport={"width": width, "height": 844}, color_scheme=scheme)
    seen.check_quiet()
    assert seen.overflow() <= 0
    paper = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (scheme == "light")
    seen.page.locator(".theme").click()
    assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") != paper


def test_a_cell_shows_the_pictures_behind_it(visit, result, path):
    seen = visit(path)
    section = seen.page.locator("#confusion")
    section.get_by_label("Seed").select_option("1")
    found = picked(result, "fc", 1)
    wanted = np.flatnonzero((found.labels == 0) & (found.predicted == 1))
    cell = section.locator("table.matrix").first.get_by_label("cat told as dog")
    assert cell.inner_text() == str(len(wanted)) != "0"
    cell.click()
    by_confidence = wanted[np.argsort(-found.confidence[wanted], kind="stable")]
    assert shown(section.locator(".behind")) == found.indices[by_confidence].tolist()
    assert "cat taken for dog" in section.locator(".behind h4").inner_text()
    section.get_by_role("button", name="Close").click()
    assert section.locator(".behind").is_hidden()
    seen.check_quiet()


def test_a_canvas_holds_the_picture_itself(visit, result, path):
    from versus.reports.pictures import read_pictures

    seen = visit(path)
    seen.page.locator("#pictures").get_by_label("Seed").select_option("2")
    canvas = seen.page.locator("#pictures canvas").first
    index = int(canvas.get_attribute("data-index"))
    seen.page.wait_for_function(
        "document.querySelector('#pictures canvas').toDataURL().length > 99"
    )
    drawn = canvas.evaluate(
        "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]"
    )
    kept = read_pictures(result.store)
    assert kept is not None
    grey = np.array(drawn).reshape(8, 8, 4)[..., 0]
    assert np.array_equal(grey, kept.images[kept.rows[index]][..., 0])


def test_galleries_change_with_variant_and_seed(visit, result, path):
    seen = visit(path)
    section = seen.page.locator("#pictures")
    section.get_by_label("First").select_option("cnn")
    section.get_by_label("Second").select_option("mlp")
    section.get_by_label("Seed").select_option("2")
    cnn, mlp = picked(result, "cnn", 2), picked(result, "mlp", 2)
    only = np.flatnonzero(cnn.correct & ~mlp.correct)
    numbers = section.locator(".gallery dd").all_inner_texts()
    neither = int((~cnn.correct & ~mlp.correct).sum())
    assert numbers[1:] == [str(len(only)), str((~cnn.correct & mlp.correct).sum()), str(neither)]
    order = only[np.argsort(-mlp.confidence[only], kind="stable")]
    assert shown(section.locator(".tiles").first) == order[:24].tolist()
    assert section.locator(".fixed").count() == 0
    seen.check_quiet()


def test_one_seed_is_chosen_everywhere(visit, result, path):
    seen = visit(path)
    seen.page.locator("#curves select").select_option("1")
    for part in ("verdict", "numbers", "curves", "confusion", "classes"):
        assert seen.page.locator(f"#{part} select").input_value() == "1"
    assert seen.page.locator("#pictures").get_by_label("Seed").input_value() == "1"
    assert seen.page.locator("#curves g.one").count() == 3 * 4  # of each variant, four lines
    assert seen.page.locator("#curves g.other").count() == 3 * 4 * 2
    for part in ("verdict", "numbers"):  # three pairs, and three variants
        assert seen.page.locator(f"#{part} .wide g.one").count() == 3
        assert seen.page.locator(f"#{part} .wide g.other").count() == 3 * 2
    fc, cnn, mlp = (100 * picked(result, name, 1).correct.mean() for name in ("fc", "cnn", "mlp"))
    said = seen.page.locator("#numbers .of-seed").inner_text()
    assert said == f"Seed 1: fc {fc:.2f}\xa0%; cnn {cnn:.2f}\xa0%; mlp {mlp:.2f}\xa0%."
    said = seen.page.locator("#verdict .of-seed").inner_text()
    assert said.startswith(f"Seed 1: cnn ahead of fc by {cnn - fc:.2f}\xa0points; ")
    assert f"fc ahead of mlp by {fc - mlp:.2f}\xa0points" in said
    seen.page.locator("#numbers summary").last.click()
    assert seen.page.locator("table.runs tbody tr:visible").count() == 3
    seen.page.locator("#numbers select").select_option("all")
    assert seen.page.locator("table.runs tbody tr:visible").count() == 9
    assert seen.page.locator("g.one, g.other, .of-seed:not(:empty)").count() == 0
    seen.check_quiet()


def test_classes_of_one_seed_are_those_that_python_counts(visit, result, path):
    seen = visit(path)
    section = seen.page.locator("#classes")

    def table() -> list[str]:
        return section.locator("table.classes tbody td").all_inner_texts()

    every = table()
    section.get_by_label("Seed").select_option("2")
    records = tuple(record for record in result.records if record.seed == 2)
    study = result.study.model_copy(update={"seeds": [2]})
    alone = class_table(replace(result, study=study, records=records))
    assert alone is not None
    wanted = [
        text
        for row in alone.rows
        for text in (row.pictures, *(t for s in row.scores for t in (s.recall, s.precision, s.f1)))
    ]
    assert table() == wanted != every
    best = [bool(score.best) for row in alone.rows for score in row.scores]
    marks = section.locator("tbody td").evaluate_all("all => all.map(e => e.className)")
    assert [marks[10 * r + 1 + 3 * v + 2] == "best" for r in range(3) for v in range(3)] == best
    assert section.locator(".spoken").is_hidden()
    section.get_by_label("Seed").select_option("all")
    assert table() == every


def test_a_class_has_one_best_over_all_its_tables(visit, study_folder):
    result = study_folder.make({"a": (20, 9), "b": (18, 5), "c": (12, 8), "d": (3, 30)})
    seen = visit(write_report(result))
    section = seen.page.locator("#classes")
    section.get_by_label("Seed").select_option("1")
    records = tuple(record for record in result.records if record.seed == 1)
    alone = class_table(replace(result, records=records))
    assert alone is not None
    assert [len(group) for group in alone.groups] == [2, 2]
    wanted = [
        [row.scores[place].best for row in alone.rows for place in group] for group in alone.groups
    ]
    marks = section.locator("table.classes").evaluate_all(
        "all => all.map(table => [...table.querySelectorAll('td:nth-of-type(3n + 4)')]"
        ".map(cell => cell.className === 'best'))"
    )
    assert marks == wanted
    assert sum(map(sum, marks)) >= 1
    seen.check_quiet()


@pytest.mark.parametrize("kind", ["seven variants", "thirty classes"])
def test_nothing_is_cut_on_paper(visit, study_folder, kind):
    names = [f"a class of number {n}" for n in range(30)]
    made = (
        study_folder.make({f"variant-{n}": (20 + n, 9) for n in range(7)})
        if kind == "seven variants"
        else study_folder.make({"a": (20, 18), "b": (9, 12)}, classes=names)
    )
    seen = visit(write_report(made), viewport={"width": 680, "height": 1000})  # 180 mm
    seen.page.emulate_media(media="print")
    cut = seen.page.eval_on_selector_all(
        ".scroll", "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.ariaLabel)"
    )
    assert cut == []
    heights = seen.page.eval_on_selector_all(
        "article, figure svg, .charts > div",
        "all => all.map(e => e.getBoundingClientRect().height)",
    )
    assert max(heights) < 1000


def test_the_script_rounds_as_python_does(visit, path):
    cases = [(n / 16, places) for n in range(0, 1700, 7) for places in (1, 2, 3)]
    cases += [(n / 60, places) for n in range(0, 6000, 37) for places in (1, 2, 3)]
    seen = visit(path)
    found = seen.page.evaluate("cases => cases.map(([n, p]) => page.fixed(n, p))", cases)
    assert found == [f"{round(number, places):.{places}f}" for number, places in cases]
    assert seen.page.evaluate("page.fixed(6.25, 1)") == "6.2"


def test_a_variant_that_is_not_wanted_is_gone_everywhere(visit, path):
    seen = visit(path)
    page = seen.page
    picker = page.locator("#curves .picker")
    picker.locator("summary").click()
    picker.get_by_label("mlp").uncheck()
    assert page.locator(".picker summary").all_inner_texts() == ["Variants: 2 of 3"] * 5
    assert page.locator("#verdict article:visible").count() == 1
    assert page.locator("table.closing tbody tr:visible").count() == 2
    assert page.locator("#confusion figure:visible").count() == 2
    assert page.locator("#classes thead tr").last.locator("th:visible").count() == 2 + 2 * 3
    assert page.locator("#curves g.gone").count() > 0
    page.keyboard.press("Escape")
    assert not picker.locator(".panel").is_visible()
    page.locator("#confusion .picker summary").click()
    page.locator("#confusion .picker").get_by_role("button", name="All").click()
    assert page.locator("#verdict article:visible").count() == 3
    assert page.locator("g.gone").count() == 0
    seen.check_quiet()


def test_the_keyboard_is_enough(visit, path):
    seen = visit(path)
    cells = seen.page.locator("#confusion table.matrix").first.locator("button")
    cells.first.focus()
    seen.page.keyboard.press("ArrowRight")
    label = seen.page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert label.startswith("cat told as dog")
    seen.page.keyboard.press("Enter")
    assert seen.page.locator(".behind").is_visible()
    assert cells.locator("xpath=self::*[@tabindex='0']").count() == 1


def test_without_scripts_everything_is_there(visit, path):
    seen = visit(path, java_script_enabled=False)
    assert seen.page.locator("#confusion .matrix td.right").count() == 3 * 3
    assert seen.page.locator("#pictures img").count() > 10
    assert seen.page.locator("select, button").count() == 0
    seen.check_quiet()


def test_it_prints(visit, path, tmp_path):
    seen = visit(path)
    seen.page.emulate_media(media="print", color_scheme="dark")
    assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") == (
        "rgb(255, 255, 255)"
    )
    assert seen.page.locator(".bar").first.is_hidden()
    pdf = seen.page.pdf(format="A4", prefer_css_page_size=True)
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    assert pdf.startswith(b"%PDF")
    assert 2 < pages < 30
    heights = seen.page.eval_on_selector_all(
        "figure, article", "all => all.map(e => e.getBoundingClientRect().height)"
    )
    assert max(heights) < 1000  # each fits on a page of A4, so that none need be cut


def grave_faults(seen) -> list[tuple[str, str]]:
    """What axe-core finds that is serious or critical."""
    from axe_playwright_python.sync_playwright import Axe  # comes with Playwright, extra dev

    return [
        (fault["id"], fault["nodes"][0]["html"][:120])
        for fault in Axe().run(seen.page).response["violations"]
        if fault["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(visit, path, scheme, width):
    seen = visit(
        path, color_scheme=scheme, bypass_csp=True, viewport={"width": width, "height": 844}
    )
    seen.page.locator("#confusion .matrix button:not(:disabled)").nth(1).click()
    seen.page.locator("#curves .picker summary").click()
    assert grave_faults(seen) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["run", "index", "reproduction"])
def test_axe_finds_nothing_serious_on_the_other_pages(visit, result, tmp_path, kind, scheme):
    pages = {
        "run": lambda: write_run_report(result, "fc", 1),
        "index": lambda: write_index([(result, write_report(result))], tmp_path / "index.html"),
        "reproduction": lambda: write_reproduction_page(
            reproduce(["A"], tmp_path, run=False), tmp_path, "versus reproduce A"
        ),
    }
    seen = visit(pages[kind](), color_scheme=scheme, bypass_csp=True)
    assert grave_faults(seen) == []


HIT = "window.hit=1"
INJECTIONS = [
    f"<script>{HIT}</script>",
    f"</script><script>{HIT}</script>",
    f"</style><script>{HIT}</script>",
    f"</title><script>{HIT}</script>",
    f"</textarea><script>{HIT}</script>",
    f"--><script>{HIT}</script>",
    f"]]><script>{HIT}</script>",
    f"<ScRiPt>{HIT}</sCrIpT>",
    f"<scr<script>ipt>{HIT}</scr</script>ipt>",
    f"<<script>{HIT}//<</script>",
    f"<script src=data:text/javascript,{HIT}></script>",
    f"<script type=module>{HIT}</script>",
    f"<img src=x onerror={HIT}>",
    f'"><img src=x onerror={HIT}>',
    f"'><img src=x onerror={HIT}>",
    f"`><img src=x onerror={HIT}>",
    f"<img src=x:x onerror\x0c={HIT}>",
    f"<img/src/onerror={HIT}>",
    f"<image src=x onerror={HIT}>",
    f"<svg onload={HIT}>",
    f"<svg/onload={HIT}//",
    f"<svg><script>{HIT}</script></svg>",
    f"<svg><animate onbegin={HIT} attributeName=x dur=1s>",
    f"<math><mtext></mtext><mglyph><style><img src=x onerror={HIT}>",
    f"<body onload={HIT}>",
    f'<iframe src="javascript:parent.{HIT}">',
    f'<iframe srcdoc="<script>parent.{HIT}</script>">',
    f'<object data="javascript:{HIT}">',
    f'<embed src="javascript:{HIT}">',
    f'<a href="javascript:{HIT}">x</a>',
    f"javascript:{HIT}",
    f"<details open ontoggle={HIT}>",
    f"<input autofocus onfocus={HIT}>",
    f"<select autofocus onfocus={HIT}>",
    f"<video><source onerror={HIT}>",
    f"<audio src=x onerror={HIT}>",
    f"<marquee onstart={HIT}>",
    f"<style>@import 'data:text/css,*{{x:{HIT}}}'</style>",
    f"<link rel=stylesheet href=x onerror={HIT}>",
    f'<meta http-equiv=refresh content="0;url=javascript:{HIT}">',
    f'<base href="https://example.invalid"><b onclick={HIT}>',
    f'<form action="javascript:{HIT}"><button>x',
    f'" autofocus onfocus="{HIT}',
    f"' autofocus onfocus='{HIT}",
    f'" onmouseover={HIT} x="',
    f"{{{{ [].__class__ }}}}{{% print(7*7) %}}<p onclick={HIT}>",
    f"${{{HIT}}}`${{{HIT}}}`",
    f'\\"-{HIT}-\\"//\u2028{HIT}',
    f"&lt;script&gt;{HIT}&lt;/script&gt;&#60;script>",
    f"<template><script>{HIT}</script></template><noscript><img src=x onerror={HIT}>",
]


def test_there_are_fifty_of_them():
    assert len(set(INJECTIONS)) == 50


@pytest.mark.parametrize("part", range(5))
def test_whatever_users_write_is_inert(visit, study_folder, part):
    evil = INJECTIONS[10 * part : 10 * part + 10]
    names = [text.replace("/", "\u2215")[:60] for text in evil]  # names of folders have no slash
    made = study_folder.make(
        {names[0]: (12, 9), names[1]: (20, 19)},
        classes=evil,
        failed={(name, 2): text for name, text in zip(names[2:], evil[2:], strict=True)},
        variants=[
            {"name": name, "model": text, "recipe": {"loss": text}, "recipe_text": text}
            for name, text in zip(names, evil, strict=True)
        ],
        seeds=[0, 1, 2],
        question=evil[0], source=evil[1], command=evil[2], name=evil[3],
    )  # fmt: skip
    folder = made.folder.with_name(names[4])
    made.folder.rename(folder)
    content = unseal((folder / STUDY).read_bytes(), STUDY)
    content["protocol_text"] = evil[5]
    content["data"] |= {"name": evil[6], "source": evil[7], "fingerprint": evil[8]}
    (folder / STUDY).write_bytes(seal(content))
    seen = visit(write_report(read_result(folder)))
    page = seen.page
    page.locator("#confusion .matrix button:not(:disabled)").nth(1).click()
    page.locator("#pictures").get_by_label("Seed").select_option("1")
    assert page.evaluate("window.hit") is None
    assert page.locator("script").count() == 2
    allowed = "all => all.flatMap(e => e.getAttributeNames().filter(n => n.startsWith('on')))"
    assert page.eval_on_selector_all("*", allowed) == []
    assert page.locator("iframe, object, embed, base, form, meta[http-equiv=refresh]").count() == 0
    text = page.evaluate("document.body.textContent")
    assert [each for each in evil if each not in text] == []
    seen.check_quiet()


def test_the_index_sorts(visit, study_folder, tmp_path):
    few = study_folder.make({"fc": (20,), "cnn": (9,)})
    many = type(study_folder)(tmp_path / "b").make({"x": (1, 2)}, name=INJECTIONS[0])
    path = write_index([(r, write_report(r)) for r in (few, many)], tmp_path / "index.html")
    seen = visit(path)
    first = seen.page.locator("tbody tr").first.locator("th")
    assert first.inner_text() == "by-hand"
    seen.page.get_by_role("button", name="Seeds").click()
    assert first.inner_text() == INJECTIONS[0]
    seen.page.get_by_role("button", name="Seeds").click()
    assert first.inner_text() == "by-hand"
    assert seen.page.evaluate("window.hit") is None
    assert seen.overflow() <= 0
    seen.check_quiet()


def test_the_reproduction_opens_quietly_on_a_phone(visit, tmp_path):
    documents = reproduce(["A"], tmp_path, run=False)
    path = write_reproduction_page(documents, tmp_path, "versus reproduce A")
    seen = visit(path, viewport={"width": 390, "height": 844})
    assert seen.page.locator("#document-A article").count() == len(documents[0].systems)
    assert "0 of 3 systems reproduced" in seen.page.locator(".answer").inner_text()
    assert seen.overflow() <= 0
    seen.check_quiet()
