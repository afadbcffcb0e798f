"""`/predict`, the hardest pictures, saved mistakes, metrics, `/docs` and the page's files."""

import base64
import csv
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

from versus.bundles.classifier import Classifier
from versus.cli.main import run_command
from versus.errors import ConfigurationError
from versus.serving.limits import Limits
from versus.serving.mistakes import Mistakes

PNG = [("content-type", "image/png")]


def png(pixels, form="PNG"):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, form)
    return buffer.getvalue()


def pixels_of(address):
    data = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(data)))


@pytest.fixture
def picture(tiny):
    return tiny.test.images[0, :, :, 0]


def test_every_model_answers(client, bundles, picture):
    answer = client.post("/predict?top=2&seen=true", png(picture), PNG)
    assert answer.status == 200
    found = answer.json()
    assert [each["model"] for each in found["models"]] == ["cnn", "fc"]
    for each, bundle in zip(found["models"], bundles, strict=True):
        row = Classifier(bundle)(picture[None, :, :, None])[0]
        assert each["class"] == bundle.manifest.classes[row.argmax()]
        assert each["probability"] == pytest.approx(row.max(), abs=1e-6)
        assert len(each["top"]) == 2
        assert each["milliseconds"] > 0
        assert (pixels_of(each["seen"]) == picture).all()
    best = {each["class"] for each in found["models"]}
    assert found["disagree"] == (len(best) > 1)


def test_one_model_and_no_picture_of_it(client, picture):
    found = client.post("/predict?model=fc", png(picture), PNG).json()
    assert [(each["model"], each["seen"]) for each in found["models"]] == [("fc", None)]


def test_the_server_answers_as_the_command_line(client, bundle, picture, tmp_path, capsys):
    large = np.asarray(Image.fromarray(255 - picture).resize((50, 70)))
    for form in ("PNG", "BMP", "GIF", "TIFF", "WEBP", "JPEG"):
        path = tmp_path / "picture"
        path.write_bytes(png(large, form))
        assert run_command(["predict", str(bundle), str(path), "--json"]) == 0
        (line,) = json.loads(capsys.readouterr().out)
        kind = [("content-type", "application/octet-stream")]
        (served,) = client.post("/predict?model=cnn", path.read_bytes(), kind).json()["models"]
        assert served["top"] == line["top"]
        assert served["notes"] == line["notes"]


def test_a_blank_picture_gets_no_class(client):
    (cnn, _) = client.post("/predict", png(np.full((9, 9), 255, np.uint8)), PNG).json()["models"]
    assert (cnn["class"], cnn["probability"], cnn["top"], cnn["notes"]) == (
        None,
        None,
        [],
        ["blank"],
    )


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/predict", b"", 422),
        ("/predict", b"hello", 422),
        ("/predict", b"\x89PNG\r\n\x1a\n" + b"x" * 40, 422),
        ("/predict?model=x", b"hello", 404),
        ("/predict?top=0", b"hello", 422),
        ("/predict?top=x", b"hello", 422),
        ("/predict?as_is=true", png(np.zeros((9, 9), np.uint8)), 422),
    ],
)
def test_what_is_no_picture_is_refused(client, path, body, status):
    answer = client.post(path, body, PNG)
    assert answer.status == status
    assert set(answer.json()) == {"error"}


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(serve, monkeypatch):
    client = serve(limits=Limits(pixels=100))
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", None)
    answer = client.post("/predict", png(np.zeros((11, 10), np.uint8)), PNG)
    assert answer.status == 422
    assert "at most 100 pixels; got 10 x 11" in answer.json()["error"]


def test_the_page_lists_its_models(client):
    found = client.get("/models").json()
    assert found["saving"] is False
    cnn, fc = found["models"]
    assert (cnn["name"], fc["name"]) == ("cnn", "fc")
    assert cnn["classes"] == ["band 0", "band 1", "band 2"]
    assert (cnn["width"], cnn["height"], cnn["channels"], cnn["hardest"]) == (8, 8, 1, 48)


def test_the_hardest_pictures(client, bundles, tiny):
    found = client.get("/models/cnn/hardest?start=2&count=3").json()
    assert found["split"] == "test"
    told = bundles[0].manifest.hardest[2:5]
    for each, hard in zip(found["pictures"], told, strict=True):
        assert (each["index"], each["label"]) == (hard.index, f"band {hard.label}")
        assert (pixels_of(each["picture"]) == tiny.test.images[hard.index, :, :, 0]).all()
    assert client.get("/models/cnn/hardest?start=1000").json()["pictures"] == []
    assert client.get("/models/x/hardest").status == 404


def test_a_mistake_is_saved_with_its_label(serve, picture, tmp_path):
    client = serve(save=tmp_path / "mistakes")
    assert client.get("/models").json()["saving"] is True
    for _ in range(2):  # the same picture again
        answer = client.post("/mistakes?model=cnn&label=band%201", png(picture), PNG)
        assert answer.status == 200
        assert answer.json()["count"] == 1
    (row,) = csv.DictReader((tmp_path / "mistakes" / "labels.csv").read_text().splitlines())
    assert row["label"] == "band 1"
    saved = np.asarray(Image.open(tmp_path / "mistakes" / row["file"]))
    assert (saved == picture).all()
    client.post("/mistakes?model=cnn&label=band%202", png(255 - picture), PNG)
    again = Mistakes(tmp_path / "mistakes")
    assert again.add(picture[:, :, None], "band 0").count == 2


@pytest.mark.parametrize(
    ("query", "body", "status"),
    [
        ("model=cnn&label=x", "picture", 422),
        ("model=x&label=band%201", "picture", 404),
        ("model=cnn", "picture", 422),
        ("model=cnn&label=../../etc", "picture", 422),
        ("model=cnn&label=band%201", "blank", 422),
        ("model=cnn&label=band%201", "none", 422),
    ],
)
def test_what_is_not_saved(serve, picture, tmp_path, query, body, status):
    client = serve(save=tmp_path / "mistakes")
    bodies = {"picture": png(picture), "blank": png(picture * 0), "none": b"hello"}
    assert client.post(f"/mistakes?{query}", bodies[body], PNG).status == status
    assert list((tmp_path / "mistakes").iterdir()) == []


def test_nothing_is_saved_where_nobody_asked_for_it(client, picture):
    answer = client.post("/mistakes?model=cnn&label=band%201", png(picture), PNG)
    assert answer.status == 403


def test_a_folder_with_another_table_is_refused(tmp_path):
    (tmp_path / "labels.csv").write_text("a,b,c\n1,2,3\n")
    with pytest.raises(ConfigurationError, match="expected a table of file and label"):
        Mistakes(tmp_path)


def test_metrics(client, picture):
    client.post("/predict", png(picture), PNG)
    client.get("/v2", [("host", "evil.example")])
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.body.decode().splitlines()
    assert 'versus_requests_total{route="/predict",status="200"} 1.0' in lines
    assert 'versus_requests_total{route="refused",status="403"} 1.0' in lines
    assert 'versus_pictures_total{model="cnn"} 1.0' in lines
    assert 'versus_pictures_waiting{model="cnn"} 0.0' in lines


def test_docs_come_from_here(client):
    page = client.get("/docs")
    assert page.status == 200
    assert b"//" not in page.body.replace(b"<!doctype", b"")
    for name in ("vendor/swagger-ui-bundle.js", "vendor/swagger-ui.css"):
        answer = client.get(f"/static/{name}")
        assert answer.status == 200
        assert answer.headers["content-encoding"] == "gzip"
    assert client.get("/static/vendor/LICENSE-swagger-ui.txt").status == 200
    document = client.get("/openapi.json").json()
    assert "/v2/models/{model}/infer" in document["paths"]
    for name in re.findall(r'"\$ref": ?"#/components/schemas/([^"]+)"', json.dumps(document)):
        assert name in document["components"]["schemas"]
    assert "#/$defs" not in json.dumps(document)


@pytest.mark.parametrize(
    "name",
    [
        "../app.py",
        "..%2fapp.py",
        "%2e%2e/app.py",
        "/etc/passwd",
        "index.html/../../app.py",
        "x\x00",
    ],
)
def test_no_path_leads_out_of_the_static_files(client, name):
    assert client.get(f"/static/{name}").status == 404


def test_a_failure_tells_nothing_of_itself(client, picture, monkeypatch):
    def fail(*args, **kwargs):
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("versus.serving.routes_predict.best_guesses", fail)
    with pytest.raises(ZeroDivisionError):  # for the server's log
        client.post("/predict", png(picture), PNG)
    assert client.last.status == 500
    assert client.last.json() == {"error": "internal error: see the server's log"}
    assert client.last.headers["x-content-type-options"] == "nosniff"
