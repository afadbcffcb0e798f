"""Take the documentation's pictures of real reports, in a Chromium.

    python scripts/report_pictures.py FC_VS_CNN OVERFITTING [OUT]

Both are folders of finished studies; their pages are written into a temporary folder. OUT is docs/.
"""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

from versus.reports.page import write_report
from versus.studies.result import read_result

DOCS = Path(__file__).parents[1] / "docs"
WIDTH = 1280
LAID_OUT = """() => [...document.querySelectorAll("main > section")]
    .every(section => section.style.contentVisibility === "visible"
        && section.firstElementChild.checkVisibility({ contentVisibilityAuto: true }))"""
COLOURS = 128  # flat colours and few of them: a palette makes the file a third of its size


def main() -> None:
    """Write the pictures."""
    from playwright.sync_api import sync_playwright

    mnist, fashion, *out = map(Path, sys.argv[1:])
    place = out[0] if out else DOCS
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = _open(browser, mnist, Path(folder) / "mnist.html")
        _save(page, place / "report.png", height=1560)
        page.locator("#confusion").get_by_label("Seed").select_option("3")
        page.get_by_label("9 told as 4").first.click()
        _part(page, "confusion", place / "report-confusion.png")
        page.locator("#pictures").evaluate("part => part.scrollIntoView()")
        _part(page, "pictures", place / "report-pictures.png", height=1200)
        page.close()
        page = _open(browser, fashion, Path(folder) / "fashion.html")
        _save(page, place / "report-overfitting.png", height=1250)
        _part(page, "curves", place / "report-overfitting-curves.png")
        page.close()
        page = _open(browser, mnist, Path(folder) / "phone.html", width=390, scheme="dark")
        _save(page, place / "report-phone.png", height=1400)
        browser.close()


def _open(browser: Any, study: Path, path: Path, width: int = WIDTH, scheme: str = "light") -> Any:
    """Write the page of `study`, and return it in a window of its own."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(write_report(read_result(study), path).as_uri())
    page.wait_for_function(LAID_OUT)  # a page lays out what is out of sight after it has opened
    return page


def _save(page: Any, path: Path, *, height: int) -> None:
    """Save the upper part of the page."""
    clip = {"x": 0, "y": 0, "width": page.viewport_size["width"], "height": height}
    page.screenshot(path=path, full_page=True, clip=clip)
    _shrink(path)


def _part(page: Any, section: str, path: Path, height: int | None = None) -> None:
    """Save one section, or its upper part."""
    page.locator(f"#{section}").screenshot(path=path)
    if height is not None:
        picture = Image.open(path)
        picture.crop((0, 0, picture.width, min(height, picture.height))).save(path)
    _shrink(path)


def _shrink(path: Path) -> None:
    Image.open(path).convert("RGB").quantize(COLOURS).save(path, optimize=True)


if __name__ == "__main__":
    main()
