"""How large the report of a study is, and how long it takes to open in a browser.

    python benchmarks/report_page.py OUT DIR...

DIR are folders of finished studies; their pages are written into a temporary folder, the studies
stay as they are. Each page is opened ROUNDS times, each time in a context of its own, so that
nothing is cached: at a desktop's size, and at a phone's with the processor slowed four times. A
page is open when its load event has ended and it is painted: the script has run by then, since it
stands in the page. On a busy machine the time is that of the queue; the processor's time of the
page's own process is noted beside it. Needs Playwright and a Chromium on PATH.
"""

import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from versus.reports.page import write_report
from versus.studies.result import read_result

ROUNDS = 7
# Name of the view: width, height, and how many times slower the processor is made.
VIEWS = {"desktop": (1280, 900, 1), "phone": (390, 844, 4)}
PAINTED = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
  const [page] = performance.getEntriesByType("navigation");
  const first = performance.getEntriesByName("first-contentful-paint")[0];
  done({ load: page.loadEventEnd, paint: first ? first.startTime : 0, now: performance.now(),
    elements: document.querySelectorAll("*").length });
})))"""


def opened(browser, page, width, height, slower):
    """Milliseconds until the page was loaded, first painted, and all there."""
    context = browser.new_context(viewport={"width": width, "height": height})
    seen = context.new_page()
    session = context.new_cdp_session(seen)
    session.send("Performance.enable")
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    before = processor(session)
    seen.goto(page.absolute().as_uri(), wait_until="load")
    found = seen.evaluate(PAINTED)
    found["processor"] = processor(session) - before
    context.close()
    return found


def processor(session):
    """Milliseconds that the process of the page has computed: what load beside it cannot change."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return 1e3 * next(each["value"] for each in metrics if each["name"] == "ProcessTime")


def times(browser, page):
    """Of each view, the medians and the slowest, in milliseconds."""
    found = {}
    for name, view in VIEWS.items():
        rounds = [opened(browser, page, *view) for _ in range(ROUNDS)]
        found[name] = {
            "first_paint_ms": statistics.median(each["paint"] for each in rounds),
            "loaded_ms": statistics.median(each["load"] for each in rounds),
            "painted_ms": statistics.median(each["now"] for each in rounds),
            "processor_ms": statistics.median(each["processor"] for each in rounds),
            "slowest_ms": max(each["now"] for each in rounds),
            "elements": rounds[0]["elements"],
        }
    return found


def measured(browser, folder, place):
    """Size of the page, seconds to write it, and how it opens."""
    result = read_result(folder)
    start = time.perf_counter()
    page = write_report(result, place / f"{folder.name}.html")
    seconds = time.perf_counter() - start
    return {
        "study": result.study.name,
        "data": result.study.data.name,
        "variants": len(result.study.variants),
        "seeds": len(result.study.seeds),
        "bytes": page.stat().st_size,
        "write_seconds": seconds,
        **times(browser, page),
    }


def main():
    from playwright.sync_api import sync_playwright

    out, *folders = map(Path, sys.argv[1:])
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        found = {
            "browser": browser.version,
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "load": os.getloadavg(),
            "pages": [measured(browser, folder, Path(place)) for folder in folders],
        }
        browser.close()
    for each in found["pages"]:
        views = ", ".join(
            f"{name} {seen['painted_ms']:.0f} ms, {seen['processor_ms']:.0f} of them work"
            for name, seen in ((name, each[name]) for name in VIEWS)
        )
        print(
            f"{each['study']}: {each['variants']} x {each['seeds']} seeds, "
            f"{each['bytes'] / 1e6:.2f} MB, written in {each['write_seconds']:.1f} s; open: {views}"
        )
    out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
