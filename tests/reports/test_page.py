"""The whole page."""

import base64
import hashlib
import html
import re
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest

from versus.data.dataset import Dataset, Split
from versus.data.inspection.inspection import inspect_dataset
from versus.errors import ResultsError
from versus.reports.page import write_report
from versus.reports.run_page import write_run_report
from versus.results.data_check import keep_data_check
from versus.results.seal import seal, unseal
from versus.results.store import DirectoryStore
from versus.studies.result import STUDY, read_result

VOID = {"meta", "link", "img", "br", "path", "use"}
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}"


class Page(HTMLParser):
    """What a browser would find: tags, ids, links, and whether all tags are closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []
        self.feed(text)
        assert self.stack == [], "tags left open"

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.stack.pop() == tag

    def values(self, name: str) -> list[str]:
        return [attrs[name] or "" for _, attrs in self.tags if name in attrs]


def written(result) -> tuple[str, Page]:
    text = write_report(result).read_text()
    return text, Page(text)


def check_sound(page: Page) -> None:
    """Hold what must be true of every page."""
    scripts = [attrs for tag, attrs in page.tags if tag == "script"]
    assert scripts[-1] == {}
    assert scripts[:-1] in ([], [{"type": "application/json", "id": "exploration"}])
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    for link in page.values("href") + page.values("src") + page.values("xlink:href"):
        assert link.startswith(("#", "./", "../", "data:")), link
        assert not link.startswith("#") or link[1:] in ids, link
    for named in page.values("aria-labelledby"):
        assert named in ids


def test_a_study_of_two(study_folder):
    result = study_folder.make({"fc": (3, 4, 5, 3, 6, 5), "cnn": (9, 12, 9, 11, 14, 10)})
    text, page = written(result)
    check_sound(page)
    assert write_report(result) == result.folder / "report.html"
    assert [i for i in page.values("id") if f'<section id="{i}"' in text] == [
        *("verdict", "numbers", "cost", "calibration", "curves", "confusion", "classes"),
        *("pictures", "findings", "notes", "repeat"),
    ]
    assert "worse" in text
    assert "Every run of the study finished." in text
    assert text.count('src="data:image/png') > 10
    # Six figures, four line keys, three costs and calibration.
    assert sum(tag == "svg" for tag, _ in page.tags) == 6 + 4 + 4
    assert "#0072b2" not in text.partition("</style>")[2]  # figures follow the page's theme


@pytest.mark.parametrize(
    ("errors", "changes", "absent"),
    [
        ({"fc": (3,)}, {}, ("verdict", "pictures")),
        ({"fc": (3, 4)}, {}, ("verdict", "pictures")),
        ({"fc": (), "cnn": (None,)}, {}, ("curves", "confusion", "pictures")),
        ({"fc": (None,), "cnn": ()}, {"failed": {("fc", 0): "boom"}}, ("curves", "pictures")),
        ({"a": (3, 1), "b": (2, 4), "c": (9, 9)}, {"endpoint": "nll"}, ()),
        ({"fc": (3,), "cnn": (5,)}, {"sealed": True, "question": "", "command": ""}, ()),
        ({"fc": (3, 4), "cnn": ()}, {"failed": {("cnn", 0): "boom"}}, ("pictures",)),
        ({"fc": (30,), "cnn": (20,)}, {"classes": [str(n) for n in range(60)]}, ()),
        ({chr(97 + n): (n,) for n in range(8)}, {"channels": 3}, ()),
    ],
)
def test_studies_of_every_kind(study_folder, errors, changes, absent):
    text, page = written(study_folder.make(errors, **changes))
    check_sound(page)
    assert "all trained" not in text  # the hand-made models have frozen weights
    for section in absent:
        assert f'id="{section}"' not in text
    for shown in ("nan", "None", "Undefined"):
        said = re.sub("<(style|script)>.*?</\\1>", "", text, flags=re.S)
        assert not re.search(rf"\b{shown}\b", said)


def test_the_page_of_a_run_is_as_sound(study_folder):
    result = study_folder.make({"fc": (3, 4), "cnn": (9, 12)})
    page = Page(write_run_report(result, "fc", 1).read_text())
    check_sound(page)
    assert "./record.json" in page.values("href")


def test_what_was_found_about_the_pictures_is_shown(study_folder):
    result = study_folder.make({"fc": (3,)})
    assert 'id="data"' not in written(result)[0]
    images = np.random.default_rng(0).integers(0, 256, (30, 8, 8, 1), dtype=np.uint8)
    images[5] = 7  # blank
    labels = np.arange(30) % 2
    repeated = Split(images[:12], labels[:12])
    data = Dataset("tiny", (EVIL, "b"), Split(images, labels), repeated)
    found = inspect_dataset(data)
    keep_data_check(result.store, found)
    text, page = written(result)
    check_sound(page)
    part = text.partition('id="data"')[2].partition("</table>")[0]
    rows = re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td>', part)
    assert [html.unescape(what) for what, _ in rows] == [w.what for w in found.warnings()]
    assert len(rows) > 2
    assert html.escape(EVIL, quote=False)[:9] in part
    assert EVIL not in text
    nothing = {key: [] for key in ("equal", "near_equal", "small_classes", "oddities")}
    keep_data_check(result.store, found.model_copy(update=nothing))
    assert "Nothing was amiss." in written(result)[0]
    result.store.write_study_file("data-check.json", {"format": 99})
    assert 'id="data"' not in written(result)[0]


def test_only_the_script_of_versus_may_run(study_folder):
    text, page = written(study_folder.make({"fc": (3,), "cnn": (9,)}))
    (policy,) = [a["content"] or "" for tag, a in page.tags if tag == "meta" and "http-equiv" in a]
    script = text.rpartition("<script>")[2].partition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}';" in policy
    assert not re.search(r"\b(fetch|XMLHttpRequest|innerHTML|eval|import)\b", script)


def test_whatever_users_write_stays_text(study_folder):
    classes = [EVIL, f"{EVIL}2", "</style></title></svg>"]
    folder = study_folder.make({"a": (9, 3), "b": (20, 9)}, classes=classes).folder
    content = unseal((folder / STUDY).read_bytes(), STUDY)
    content |= dict.fromkeys(("name", "question", "source", "command", "protocol_text"), EVIL)
    content["data"] |= {"name": EVIL, "source": EVIL, "fingerprint": EVIL}
    for variant in content["variants"]:
        variant["recipe_text"] = variant["model"] = EVIL
    (folder / STUDY).write_bytes(seal(content))
    result = read_result(folder)
    text, page = written(result)
    check_sound(page)
    assert EVIL not in text
    assert text.count("&lt;script&gt;") > 10


def test_names_and_errors_of_runs_stay_text(study_folder):
    # Variant.name is checked when a study is made, but a study.json may come from anywhere.
    name = "x\"'><b onload=alert(1)>&"
    result = study_folder.make(
        {name: (9, 3, 4, 5, 2, 1), "b": (20, 30, 31, 32, 33, 34)},
        failed={("b", 6): EVIL},
        seeds=list(range(7)),
    )
    text, page = written(result)
    check_sound(page)
    assert name not in text
    assert "b" not in {tag for tag, attrs in page.tags if attrs}
    assert EVIL not in text


def test_the_same_records_give_the_same_bytes(study_folder):
    result = study_folder.make({"fc": (3, 4), "cnn": (9, 12)})
    first = write_report(result).read_bytes()
    assert write_report(read_result(result.folder)).read_bytes() == first
    assert b"<dc:date>" not in first


def test_elsewhere_links_lead_back(study_folder, tmp_path):
    result = study_folder.make({"fc": (3,)})
    path = write_report(result, tmp_path / "pages" / "fc.html")
    assert path == tmp_path / "pages" / "fc.html"
    page = Page(path.read_text())
    check_sound(page)
    (link,) = [link for link in page.values("href") if link.endswith("record.json")]
    assert (path.parent / link).is_file()


def test_changed_files_are_not_reported(study_folder):
    result = study_folder.make({"fc": (3,), "cnn": (9,)})
    (result.folder / "fc" / "0" / "history.csv").write_text("epoch,loss\n1,0\n")
    with pytest.raises(ResultsError, match="checksum differs"):
        write_report(result)
    assert not (result.folder / "report.html").exists()


def test_nowhere_to_write_is_one_error(study_folder, tmp_path):
    result = study_folder.make({"fc": (3,)})
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultsError, match="file"):
        write_report(result, tmp_path / "file" / "report.html")


def test_no_keras_is_loaded(study_folder):
    folder = study_folder.make({"fc": (3, 4), "cnn": (9, 12)}).folder
    code = (
        "import sys; from versus.studies.result import read_result;"
        "from versus.reports.page import write_report; write_report(read_result(sys.argv[1]));"
        "print([n for n in ('keras', 'torch', 'matplotlib.pyplot') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
    assert DirectoryStore(folder).read_study_file(STUDY) is not None


def test_names_in_any_script_are_shown_without_a_warning(study_folder):
    classes = ["\u732b", "\u0643\u0644\u0628", "\U0001f414"]
    text, page = written(study_folder.make({"\u6a21\u578b": (3, 9), "b": (5, 7)}, classes=classes))
    check_sound(page)
    assert all(text.count(name) > 2 for name in classes)
