"""A real browser, one for all tests, and a page that is open in it.

Skipped where Playwright or a Chromium is missing; with VERSUS_REQUIRE_BROWSER=1 that is a failure.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

# A report's script lays out what is out of sight after the page has opened.
LAID_OUT = """() => !document.documentElement.classList.contains("js")
    || [...document.querySelectorAll("main > section")]
        .every(section => section.style.contentVisibility === "visible"
            && section.firstElementChild.checkVisibility({ contentVisibilityAuto: true }))"""
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def _missing(reason: str) -> None:
    if os.environ.get("VERSUS_REQUIRE_BROWSER") == "1":
        pytest.fail(f"VERSUS_REQUIRE_BROWSER is set, but {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """A running Chromium."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("playwright is not installed")
    program = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if program is None:
        _missing(f"there is none of {', '.join(CHROMIUM)}")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


class Visit:
    """A page that is open, and what it did that no page may do.

    Attributes:
        page: of Playwright.
        faults: errors in the console (a refused script is one), uncaught exceptions, dialogs.
        requests: addresses beside the page's own that were asked for.
    """

    def __init__(self, context, path: Path) -> None:
        self.faults: list[str] = []
        self.requests: list[str] = []
        self.page = context.new_page()
        self._own = path.absolute().as_uri()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("dialog", self._dialog)
        self.page.on("request", self._request)
        self.page.goto(self._own)
        self.page.wait_for_function(LAID_OUT)

    def check_quiet(self) -> None:
        assert self.faults == []
        assert self.requests == []

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than its window."""
        return self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )

    def _console(self, message) -> None:
        if message.type == "error":
            self.faults.append(message.text)

    def _dialog(self, dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request) -> None:
        if not request.url.startswith((self._own, "data:")):
            self.requests.append(request.url)


@pytest.fixture
def visit(browser) -> Iterator:
    """Opens a file in a window of its own: `visit(path, color_scheme="dark")`."""
    contexts = []

    def opened(path: Path, **options) -> Visit:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        return Visit(context, path)

    yield opened
    for context in contexts:
        context.close()
