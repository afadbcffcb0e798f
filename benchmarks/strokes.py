"""Digits drawn on the page by script: the skeletons of test digits, in five manners.

    python benchmarks/strokes.py BUNDLE [--digits 10] [--out record.json]

BUNDLE is of a model trained on MNIST. Of the first test digits of each class the skeleton is
traced into strokes, which pointer events draw in a real Chromium: thin, thick, small, off-centre,
and as a picture inverted. What the page's first card says is counted, and what no page should do:
errors in its console, requests to elsewhere.
"""

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright
from serving import Server  # benchmarks/serving.py

import versus
from versus.data.scaling import resized

# Width of the strokes in canvas pixels of 560, size and place of the digit as shares of the paper.
MANNERS = {
    "plain": {"width": 40, "scale": 0.75, "shift": (0.0, 0.0)},
    "thin": {"width": 20, "scale": 0.75, "shift": (0.0, 0.0)},
    "thick": {"width": 64, "scale": 0.75, "shift": (0.0, 0.0)},
    "small": {"width": 16, "scale": 0.28, "shift": (0.0, 0.0)},
    "off-centre": {"width": 26, "scale": 0.45, "shift": (0.24, -0.2)},
    "inverted": {"width": 40, "scale": 0.75, "shift": (0.0, 0.0)},
}
LARGER = 3
DRAW = """([strokes, width]) => {
  document.getElementById("clear").disabled = false;
  document.getElementById("clear").click();
  const slider = document.getElementById("width");
  slider.min = 4;
  slider.value = width;
  const canvas = document.getElementById("canvas"), box = canvas.getBoundingClientRect();
  canvas.setPointerCapture = () => {};
  const send = (kind, [x, y]) => canvas.dispatchEvent(new PointerEvent(kind, {
    pointerId: 1, bubbles: true, button: kind === "pointermove" ? -1 : 0, buttons: 1,
    clientX: box.left + x * box.width, clientY: box.top + y * box.height }));
  for (const stroke of strokes) {
    send("pointerdown", stroke[0]);
    for (const point of stroke) send("pointermove", point);
    send("pointerup", stroke.at(-1));
  }
}"""
INVERT = """async () => {
  const canvas = document.getElementById("canvas"), pen = canvas.getContext("2d");
  const image = pen.getImageData(0, 0, canvas.width, canvas.height);
  for (let n = 0; n < image.data.length; n += 4)
    for (let c = 0; c < 3; c += 1) image.data[n + c] = 255 - image.data[n + c];
  const other = document.createElement("canvas");
  [other.width, other.height] = [canvas.width, canvas.height];
  other.getContext("2d").putImageData(image, 0, 0);
  const blob = await new Promise((done) => other.toBlob(done, "image/png"));
  document.getElementById("clear").click();
  const data = new DataTransfer();
  data.items.add(new File([blob], "x.png", { type: "image/png" }));
  document.dispatchEvent(new ClipboardEvent("paste",
    { bubbles: true, cancelable: true, clipboardData: data }));
}"""


def thinned(mask: np.ndarray) -> np.ndarray:
    """One pixel of width: T. Y. Zhang and C. Y. Suen 1984, Communications of the ACM 27(3)."""
    mask = np.pad(mask, 1).astype(np.uint8)
    changed = True
    while changed:
        changed = False
        for step in (0, 1):
            p = [
                np.roll(mask, (dy, dx), (0, 1))
                for dy, dx in ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))
            ]
            neighbours = sum(p)
            rises = sum((p[n] == 0) & (p[(n + 1) % 8] == 1) for n in range(8))
            a, b = (p[0] * p[2] * p[4], p[2] * p[4] * p[6])
            if step:
                a, b = (p[0] * p[2] * p[6], p[0] * p[4] * p[6])
            gone = (mask == 1) & (neighbours >= 2) & (neighbours <= 6)
            gone &= (rises == 1) & (a == 0) & (b == 0)
            mask[gone] = 0
            changed |= bool(gone.any())
    return mask[1:-1, 1:-1].astype(bool)


def traced(skeleton: np.ndarray) -> list[list[tuple[float, float]]]:
    """Polylines through the pixels of a skeleton, as (x, y)."""
    left = {(int(y), int(x)) for y, x in np.argwhere(skeleton)}
    everything = set(left)

    def around(point, among):
        y, x = point
        near = [(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx]
        return sorted((p for p in near if p in among), key=lambda p: abs(p[0] - y) + abs(p[1] - x))

    strokes = []
    while left:
        ends = [p for p in left if len(around(p, left)) == 1]
        point = min(ends or left)
        joined = [p for p in around(point, everything) if p not in left]
        line = [*joined[:1], point]
        left.discard(point)
        while following := around(point, left):
            point = following[0]
            left.discard(point)
            line.append(point)
        line += [p for p in around(point, everything) if p not in line][:1]
        strokes.append([(x, y) for y, x in line])
    return strokes


def strokes_of(pixels: np.ndarray) -> list[list[tuple[float, float]]]:
    """A 28x28 digit as strokes, in shares of its 20x20 box around the middle, -0.5 to 0.5."""
    large = resized(pixels[:, :, np.newaxis], 28 * LARGER, 28 * LARGER)[:, :, 0]
    lines = traced(thinned(large > 127))
    points = np.array([point for line in lines for point in line])
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    side = 20 * LARGER
    return [[((x - middle[0]) / side, (y - middle[1]) / side) for x, y in line] for line in lines]


def placed(lines, scale, shift):
    return [
        [[0.5 + x * scale + shift[0], 0.5 + y * scale + shift[1]] for x, y in line]
        for line in lines
    ]


def answered(page) -> str:
    """What the first card says once nothing is asked any more."""
    done = """() => document.getElementById("cards").ariaBusy === "false"
      && document.querySelector(".card .sure").textContent !== "" """
    while not page.evaluate(done):
        page.wait_for_timeout(10)
    return page.locator(".card .best").first.inner_text()


def run(page, digits, labels) -> dict:
    found = {}
    for manner, how in MANNERS.items():
        wrong = []
        for number, (lines, label) in enumerate(zip(digits, labels, strict=True)):
            strokes = placed(lines, how["scale"], how["shift"])
            page.evaluate(DRAW, [strokes, how["width"]])
            if manner == "inverted":
                page.evaluate(INVERT)
            said = answered(page)
            if said != label:
                wrong.append({"digit": number, "label": label, "said": said})
        found[manner] = {"right": len(digits) - len(wrong), "of": len(digits), "wrong": wrong}
        print(manner, found[manner]["right"], "of", len(digits), flush=True)
    return found


def watched(page, home: str) -> dict[str, list[str]]:
    """Return what will be filled with errors in the console and addresses outside `home`."""
    found: dict[str, list[str]] = {"errors": [], "outside": []}

    def asked(request) -> None:
        if not request.url.startswith((home, "data:", f"blob:{home}")):
            found["outside"].append(request.url)

    def told(message) -> None:
        if message.type == "error":
            found["errors"].append(message.text)

    page.on("request", asked)
    page.on("console", told)
    page.on("pageerror", lambda error: found["errors"].append(str(error)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--digits", type=int, default=10)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    test = versus.load("mnist").test
    rows = [r for c in range(10) for r in np.flatnonzero(test.labels == c)[: options.digits]]
    digits = [strokes_of(test.images[row, :, :, 0]) for row in rows]
    labels = [str(test.labels[row]) for row in rows]
    server = Server(options.bundle, pinned=False)
    home = f"http://127.0.0.1:{server.port}/"
    try:
        with sync_playwright() as playwright:
            program = shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            page = browser.new_page()
            faults = watched(page, home)
            page.goto(home)
            page.wait_for_selector("html[data-ready=true]")
            found = {**run(page, digits, labels), **faults}
            browser.close()
    finally:
        server.stop()
    if options.out:
        options.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
