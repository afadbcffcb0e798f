"""The real server in a process of its own, asked by Triton's own client."""

import http.client
import signal
import threading
from pathlib import Path

import numpy as np
import pytest
import tritonclient.http as triton
from processes import serving
from shipping import copy_bundle
from tritonclient.utils import InferenceServerException

from versus.bundles.classifier import Classifier
from versus.cli.main import run_command
from versus.serving.server import is_loopback, listen


@pytest.fixture(scope="module")
def server(bundle, second_bundle):
    with serving(bundle, second_bundle) as (_, port):
        yield port


@pytest.fixture
def client(server):
    found = triton.InferenceServerClient(f"127.0.0.1:{server}")
    yield found
    found.close()


def test_triton_client_finds_the_models(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("cnn")
    assert client.is_model_ready("fc", "1")
    assert not client.is_model_ready("x")
    assert client.get_server_metadata()["name"] == "versus"
    assert client.get_model_metadata("cnn")["platform"] == "onnx_onnxv1"


@pytest.mark.parametrize("binary_in", [True, False])
@pytest.mark.parametrize("binary_out", [True, False])
@pytest.mark.parametrize("count", [1, 5, 48])
def test_triton_client_gets_the_models_answers(client, bundle, tiny, binary_in, binary_out, count):
    from versus.bundles.reading import read_bundle

    images = np.ascontiguousarray(tiny.test.images[:count])
    given = triton.InferInput("images", images.shape, "UINT8")
    given.set_data_from_numpy(images, binary_data=binary_in)
    wanted = triton.InferRequestedOutput("probabilities", binary_data=binary_out)
    found = client.infer("cnn", [given], outputs=[wanted], request_id="7", model_version="1")
    rows = found.as_numpy("probabilities")
    np.testing.assert_allclose(rows, Classifier(read_bundle(bundle))(images), atol=1e-6)
    assert found.get_response()["id"] == "7"


def test_triton_client_gets_classes_by_name(client, tiny):
    images = np.ascontiguousarray(tiny.test.images[:2])
    given = triton.InferInput("images", images.shape, "UINT8")
    given.set_data_from_numpy(images)
    for binary in (True, False):
        wanted = triton.InferRequestedOutput("probabilities", binary_data=binary, class_count=2)
        found = client.infer("cnn", [given], outputs=[wanted]).as_numpy("probabilities")
        assert found.shape == (2, 2)
        assert ":band " in str(found[0, 0])


def test_triton_client_is_told_what_is_wrong(client):
    given = triton.InferInput("images", [1, 3, 3, 1], "UINT8")
    given.set_data_from_numpy(np.zeros((1, 3, 3, 1), np.uint8))
    with pytest.raises(InferenceServerException, match=r"expected the shape \[n, 8, 8, 1\]"):
        client.infer("cnn", [given])


def test_answers_of_many_clients_are_not_mixed_up(server, bundle, tiny):
    from versus.bundles.reading import read_bundle

    expected = Classifier(read_bundle(bundle))(np.ascontiguousarray(tiny.test.images))
    wrong = []

    def ask(start):
        client = triton.InferenceServerClient(f"127.0.0.1:{server}")
        for row in range(start, 48, 4):
            given = triton.InferInput("images", [1, 8, 8, 1], "UINT8")
            given.set_data_from_numpy(np.ascontiguousarray(tiny.test.images[row : row + 1]))
            found = client.infer("cnn", [given]).as_numpy("probabilities")[0]
            if np.abs(found - expected[row]).max() > 1e-6:
                wrong.append(row)
        client.close()

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_under_way_is_answered_before_the_end(bundle, number):
    with serving(bundle) as (process, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.putrequest("POST", "/predict")
        connection.putheader("Content-Type", "image/png")
        connection.putheader("Content-Length", "5")
        connection.endheaders(b"hel")
        ready = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        ready.request("GET", "/v2/health/live")  # so the first has been taken up
        assert ready.getresponse().status == 200
        process.send_signal(number)
        connection.send(b"lo")
        answer = connection.getresponse()
        assert answer.status == 422
        assert b"expected a PNG" in answer.read()
        connection.close()
        ready.close()
        assert process.wait(20) == 0
        assert process.stderr.read() == "stopped\n"


def test_a_server_is_small_and_has_neither_keras_nor_torch(bundle):
    with serving(bundle) as (process, port):
        client = triton.InferenceServerClient(f"127.0.0.1:{port}")
        assert client.is_model_ready("cnn")
        client.close()
        place = Path("/proc") / str(process.pid)
        loaded = (place / "maps").read_text()
        status = (place / "status").read_text()
    assert "/onnxruntime/" in loaded
    assert "/torch/" not in loaded
    assert int(status.partition("VmRSS:")[2].split()[0]) < 200 * 1024


def test_a_bundle_that_changes_while_it_is_served_changes_no_answer(bundle, tiny, tmp_path):
    mine = copy_bundle(bundle, tmp_path / "mine")
    with serving(mine) as (_, port):
        client = triton.InferenceServerClient(f"127.0.0.1:{port}")
        given = triton.InferInput("images", [1, 8, 8, 1], "UINT8")
        given.set_data_from_numpy(np.ascontiguousarray(tiny.test.images[:1]))
        before = client.infer("cnn", [given]).as_numpy("probabilities")
        for path in sorted(mine.rglob("*.*")):
            path.write_bytes(b"changed")
        assert (client.infer("cnn", [given]).as_numpy("probabilities") == before).all()
        client.close()


def test_a_token_from_the_environment_is_asked_for(bundle):
    with serving(bundle, VERSUS_TOKEN="sesame") as (_, port):
        client = triton.InferenceServerClient(f"127.0.0.1:{port}")
        assert client.is_server_live()
        with pytest.raises(InferenceServerException, match="expected the server's token"):
            client.get_server_metadata()
        headers = {"Authorization": "Bearer sesame"}
        assert client.get_server_metadata(headers=headers)["name"] == "versus"
        client.close()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--host", "0.0.0.0"], "a token is needed"),
        (["--token-file", "nothing"], "nothing: cannot be read"),
        (["--token-file", "empty"], "the file is empty"),
        (["--token-file", "spaces"], "no spaces"),
        (["--host", "300.1.1.1", "--token-file", "good"], "300.1.1.1:0: cannot listen there"),
        (["--port", "99999"], "expected 0 to 65535; got 99999"),
        (["--save", "good"], "good: cannot be used"),
    ],
)
def test_what_cannot_be_served(bundle, words, reason, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VERSUS_TOKEN", raising=False)
    (tmp_path / "empty").touch()
    (tmp_path / "spaces").write_text("open sesame")
    (tmp_path / "good").write_text("sesame")
    assert run_command(["serve", str(bundle), "--port", "0", *words]) == 2
    err = capsys.readouterr().err
    assert reason in err
    assert len(err.splitlines()) == 1


def test_a_port_that_is_taken_is_named(bundle, capsys):
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert run_command(["serve", str(bundle), "--port", str(port)]) == 2
    assert (
        f"127.0.0.1:{port}: cannot listen there: Address already in use" in capsys.readouterr().err
    )


def test_two_models_of_one_name_are_refused(bundle, capsys):
    assert run_command(["serve", str(bundle), str(bundle), "--port", "0"]) == 2
    assert "a second model called 'cnn'" in capsys.readouterr().err


def test_what_is_loopback():
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    assert is_loopback("localhost")
    assert not is_loopback("0.0.0.0")
    assert not is_loopback("::")
    assert not is_loopback("localhost.evil.example")
