"""The page in a real browser: drawn on, typed on, given pictures, at both widths."""

import csv
import io

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from processes import serving
from shipping import change_manifest, copy_bundle

from versus.bundles.classifier import Classifier

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


def png(pixels) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


class Visit:
    """A page that is open, and what it did that no page may do."""

    def __init__(self, context, port):
        self.faults, self.requests = [], []
        self.home = f"http://127.0.0.1:{port}"
        self.page = context.new_page()
        self.page.on("console", lambda m: self.faults.append(m.text) if m.type == "error" else 0)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("dialog", lambda dialog: self.faults.append(dialog.message))
        self.page.on("request", self._request)
        self.page.goto(f"{self.home}/")

    def ready(self):
        self.page.wait_for_selector("html[data-ready=true]")
        return self

    def _request(self, request):
        if not request.url.startswith((f"{self.home}/", "data:", f"blob:{self.home}/")):
            self.requests.append(request.url)

    def check_quiet(self):
        assert (self.faults, self.requests) == ([], [])

    def draw(self, *points):
        """Drag the mouse over points given as shares of the paper."""
        box = self.page.locator("#canvas").bounding_box()
        for number, (x, y) in enumerate(points):
            self.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
            if number == 0:
                self.page.mouse.down()
        self.page.mouse.up()

    def give(self, data):
        file = {"name": "picture.png", "mimeType": "image/png", "buffer": data}
        self.page.set_input_files("#file", files=[file])

    def until(self, holds):
        """Wait until something holds; Playwright's own waiting is eval, which the page forbids."""
        for _ in range(400):
            if holds():
                return
            self.page.wait_for_timeout(25)
        raise AssertionError("it never came to hold")

    def text(self, place):
        return self.page.locator(place).first.inner_text()

    def best(self):
        """What each model says, once all do."""
        self.until(lambda: all(self.page.locator(".card .sure").all_inner_texts()))
        return self.page.locator(".card .best").all_inner_texts()

    def seen(self):
        """The pixels that the first model saw."""
        return np.array(
            self.page.evaluate(
                """async () => {
                  const image = document.querySelector(".card img");
                  await image.decode();
                  const canvas = document.createElement("canvas");
                  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
                  const pen = canvas.getContext("2d");
                  pen.drawImage(image, 0, 0);
                  const { width, height } = canvas;
                  const { data } = pen.getImageData(0, 0, width, height);
                  return [...Array(height)].map((_, y) =>
                    [...Array(width)].map((_, x) => data[4 * (y * width + x)]));
                }"""
            )
        )

    def ink(self):
        """How many pixels of the paper are dark."""
        return self.page.evaluate(
            """() => {
              const canvas = document.getElementById("canvas");
              const { data } = canvas.getContext("2d").getImageData(0, 0, 560, 560);
              let dark = 0;
              for (let n = 0; n < data.length; n += 4) dark += data[n] < 128;
              return dark;
            }"""
        )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("page") / "mistakes"


@pytest.fixture(scope="module")
def port(bundle, second_bundle, folder):
    with serving(bundle, second_bundle, "--save", folder) as (_, port):
        yield port


@pytest.fixture
def visit(browser, port):
    contexts = []

    def opened(port=port, **options):
        contexts.append(browser.new_context(**{"viewport": DESK, **options}))
        return Visit(contexts[-1], port)

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def picture(tiny):
    return tiny.test.images[0, :, :, 0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_it_opens_quietly_fits_and_can_be_read(visit, size, scheme):
    seen = visit(viewport=size, color_scheme=scheme).ready()
    seen.draw((0.3, 0.3), (0.7, 0.3), (0.5, 0.8))
    seen.best()
    seen.page.wait_for_selector("#pictures button")
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert seen.page.evaluate(wider) <= 0
    found = Axe().run(seen.page)
    assert found.violations_count == 0, found.generate_report()
    seen.check_quiet()


def test_both_answers_are_on_the_screen_of_a_phone_each_as_wide_as_it(visit):
    seen = visit(viewport=PHONE, has_touch=True).ready()
    seen.draw((0.3, 0.3), (0.7, 0.8))
    seen.best()
    assert seen.page.locator(".card").count() == 2
    for card in seen.page.locator(".card").all():
        assert card.bounding_box()["width"] > 0.9 * PHONE["width"]
        box = card.locator(".best").bounding_box()
        assert box["y"] + box["height"] < PHONE["height"]


def test_drawing_undoing_and_clearing(visit):
    seen = visit().ready()
    assert seen.ink() == 0
    assert seen.page.locator("#undo").is_disabled()
    seen.draw((0.2, 0.2), (0.8, 0.2))
    one = seen.ink()
    seen.draw((0.2, 0.8), (0.8, 0.8))
    assert seen.ink() > one > 0
    assert len(seen.best()) == 2
    seen.page.click("#undo")
    assert seen.ink() == one
    seen.page.click("#clear")
    assert seen.ink() == 0
    seen.until(lambda: not seen.text(".card .sure"))
    seen.check_quiet()


def test_the_strokes_width(visit):
    seen = visit().ready()
    seen.page.locator("#width").fill("8")
    seen.draw((0.2, 0.2), (0.8, 0.2))
    thin = seen.ink()
    seen.page.click("#clear")
    seen.page.locator("#width").fill("80")
    seen.draw((0.2, 0.2), (0.8, 0.2))
    assert seen.ink() > 5 * thin


def test_a_finger_draws(visit):
    seen = visit(viewport=PHONE, has_touch=True).ready()
    seen.page.evaluate(
        """() => {
          const canvas = document.getElementById("canvas"), box = canvas.getBoundingClientRect();
          canvas.setPointerCapture = () => {};
          const send = (kind, x) => canvas.dispatchEvent(new PointerEvent(kind, {
            pointerId: 7, pointerType: "touch", bubbles: true,
            button: kind === "pointermove" ? -1 : 0,
            clientX: box.left + x * box.width, clientY: box.top + 0.5 * box.height }));
          send("pointerdown", 0.2); send("pointermove", 0.8); send("pointerup", 0.8);
        }"""
    )
    assert seen.ink() > 0
    assert len(seen.best()) == 2


def test_the_keyboard_draws(visit):
    seen = visit().ready()
    seen.page.locator(".skip").focus()
    while seen.page.evaluate("document.activeElement.id") != "canvas":
        seen.page.keyboard.press("Tab")
    assert seen.page.locator("#cursor").is_visible()
    seen.page.keyboard.press("Space")
    for _ in range(6):
        seen.page.keyboard.press("ArrowRight")
    seen.page.keyboard.press("Shift+ArrowDown")
    seen.page.keyboard.press("Space")
    drawn = seen.ink()
    seen.page.keyboard.press("ArrowDown")  # the pen is up
    assert seen.ink() == drawn > 0
    seen.best()
    seen.until(lambda: "cnn: band" in seen.text("#spoken"))
    seen.page.keyboard.press("u")
    assert seen.ink() == 0
    seen.check_quiet()


def test_a_picture_file_is_answered_as_it_is(visit, picture, bundles):
    seen = visit().ready()
    seen.give(png(picture))
    expected = []
    for bundle in bundles:
        row = Classifier(bundle)(picture[None, :, :, None])[0]
        expected.append(bundle.manifest.classes[row.argmax()])
    assert seen.best() == expected
    assert (seen.seen() == picture).all()


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_a_picture_is_pasted_or_dropped(visit, picture, kind):
    seen = visit().ready()
    seen.page.evaluate(
        """([kind, bytes]) => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], "x.png", { type: "image/png" }));
          const options = { bubbles: true, cancelable: true };
          document.dispatchEvent(kind === "paste"
            ? new ClipboardEvent("paste", { ...options, clipboardData: data })
            : new DragEvent("drop", { ...options, dataTransfer: data }));
        }""",
        [kind, list(png(picture))],
    )
    seen.best()
    assert (seen.seen() == picture).all()


def test_what_is_no_picture_is_told(visit):
    seen = visit().ready()
    seen.give(b"no picture")
    seen.page.wait_for_selector("#trouble:not([hidden])")
    assert "expected a PNG" in seen.page.locator("#trouble").inner_text()
    seen.page.click("#clear")
    seen.page.wait_for_selector("#trouble", state="hidden")


def disagreeing(bundles):
    """Return a picture that the two models call differently."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2000, 8, 8, 1), dtype=np.uint8)
    first, second = (Classifier(bundle)(images).argmax(axis=1) for bundle in bundles)
    return images[np.flatnonzero(first != second)[0], :, :, 0]


def test_models_that_disagree_are_marked(visit, bundles, picture):
    seen = visit().ready()
    seen.give(png(disagreeing(bundles)))
    seen.best()
    assert seen.page.locator("#verdict").inner_text() == "They disagree."
    assert seen.page.locator(".card.differs").count() == 2  # of two, neither is the odd one
    seen.page.click("#clear")
    seen.until(lambda: seen.page.locator(".card.differs").count() == 0)


def test_leafing_through_the_hardest(visit, bundles):
    seen = visit().ready()
    seen.page.wait_for_selector("#pictures button")
    assert seen.page.locator("#pictures button").count() == 24
    seen.page.locator("#pictures button").nth(2).click()
    seen.best()
    assert (seen.seen() == bundles[0].hardest[2, :, :, 0]).all()
    assert seen.page.locator("#pictures [aria-pressed=true]").count() == 1
    hard = bundles[0].manifest.hardest[2]
    truth = f"band {hard.label}"
    wrong = any(said != truth for said in seen.best())
    assert (f"It really is {truth}." in seen.text("#verdict")) == wrong
    assert seen.page.locator("#label").input_value() == f"band {hard.label}"
    seen.page.click("#after")
    seen.until(lambda: seen.text("#about").startswith("25"))
    assert seen.page.locator("#after").is_disabled()
    seen.page.select_option("#whose", "fc")
    seen.until(lambda: "fc gave" in seen.text("#about"))
    seen.draw((0.2, 0.2), (0.8, 0.2))
    assert seen.page.locator("#pictures [aria-pressed=true]").count() == 0
    seen.check_quiet()


def test_a_mistake_is_saved(visit, folder, picture):
    seen = visit().ready()
    seen.give(png(picture))
    seen.best()
    seen.page.select_option("#label", "band 2")
    seen.page.click("#save button")
    seen.until(lambda: seen.text("#saved") == "Saved as band 2; 1 in all.")
    (row,) = csv.DictReader((folder / "labels.csv").read_text().splitlines())
    assert row["label"] == "band 2"
    assert (np.asarray(Image.open(folder / row["file"])) == picture).all()


HOSTILE = '<img src=x onerror="alert(1)">'


def test_names_are_text_and_nothing_else(visit, bundle, tmp_path):
    mine = copy_bundle(bundle, tmp_path / "mine")
    change_manifest(mine, lambda m: m.update(classes=[HOSTILE, "</option><script>", "&amp;"]))
    with serving(mine) as (_, port):
        seen = visit(port).ready()
        seen.draw((0.2, 0.2), (0.8, 0.2))
        seen.best()
        names = seen.page.locator(".bars .name").all_inner_texts()
        assert names[0] == HOSTILE
        assert seen.page.locator("#save").is_hidden()  # nobody asked for saving
        seen.check_quiet()


def test_a_token_is_asked_for_and_kept(visit, bundle):
    with serving(bundle, VERSUS_TOKEN="sesame") as (_, port):
        seen = visit(port)
        seen.page.fill("#token", "wrong")
        seen.page.click("#ask button")
        seen.page.wait_for_selector("#ask[open]")
        seen.page.fill("#token", "sesame")
        seen.page.click("#ask button")
        seen.ready()
        seen.draw((0.2, 0.2), (0.8, 0.2))
        assert len(seen.best()) == 1
        seen.page.reload()
        seen.ready()


def test_a_server_that_is_gone_is_told(visit, bundle):
    with serving(bundle) as (process, port):
        seen = visit(port).ready()
        process.kill()
        process.wait()
        seen.draw((0.2, 0.2), (0.8, 0.2))
        seen.page.wait_for_selector("#trouble:not([hidden])")
        assert "does not answer" in seen.page.locator("#trouble").inner_text()


def test_what_is_drawn_while_the_server_refuses_is_answered(visit):
    seen = visit().ready()
    held = []

    def answer(route):
        held.append(route)
        if len(held) > 1:
            route.continue_()

    seen.page.route("**/predict?*", answer)
    seen.draw((0.2, 0.2), (0.8, 0.2))
    seen.until(lambda: held)
    seen.draw((0.2, 0.8), (0.8, 0.8))
    assert len(held) == 1  # the second stroke waits for its turn
    held[0].fulfill(status=503, json={"error": "too much at once"})
    assert len(seen.best()) == 2
    assert seen.page.locator("#trouble").is_hidden()


def test_docs_are_drawn_by_our_own_files(visit):
    seen = visit().ready()
    seen.page.goto(f"{seen.home}/docs")
    seen.until(lambda: "/v2/models/{model}/infer" in seen.text("#swagger"))
    seen.check_quiet()
