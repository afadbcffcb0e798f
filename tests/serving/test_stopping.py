"""A server that is told to stop in the middle of a heavy load owes nobody an answer."""

import http.client
import json
import signal
import socket
import threading
import time

import pytest
from processes import serving

CLIENTS, PICTURES = 24, 32


class Load:
    """Clients that ask again as soon as they are answered, until nobody takes their connection.

    Attributes:
        answers: of each request that was answered whole: when it was sent, when its answer came,
            the status and whether the connection ends with it.
        lost: when each request was sent that got no answer.
    """

    def __init__(self, port, clients=CLIENTS):
        size = {"binary_data_size": PICTURES * 64}
        tensor = {"name": "images", "datatype": "UINT8", "shape": [PICTURES, 8, 8, 1]}
        head = json.dumps({"inputs": [{**tensor, "parameters": size}]}).encode()
        self._body = head + bytes(PICTURES * 64)
        self._headers = {
            "Content-Type": "application/octet-stream",
            "Inference-Header-Content-Length": str(len(head)),
        }
        self._port = port
        self.answers, self.lost = [], []
        self.threads = [threading.Thread(target=self._ask) for _ in range(clients)]
        for thread in self.threads:
            thread.start()

    def _ask(self):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        while True:
            sent = time.perf_counter()
            try:
                if connection.sock is None:
                    connection.connect()
                connection.request("POST", "/v2/models/cnn/infer", self._body, self._headers)
                answer = connection.getresponse()
                rows = json.loads(answer.read())["outputs"][0]["data"]
            except ConnectionRefusedError:
                return
            except (OSError, http.client.HTTPException):
                self.lost.append(sent)
                connection.close()
                continue
            assert len(rows) == 3 * PICTURES
            came = time.perf_counter()
            self.answers.append((sent, came, answer.status, answer.will_close))

    def join(self):
        for thread in self.threads:
            thread.join(60)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_was_asked_is_answered_and_nothing_new_is_taken(bundle, number):
    with serving(bundle) as (process, port):
        load = Load(port)
        while len(load.answers) < 5 * CLIENTS:
            time.sleep(0.01)
        stopped = time.perf_counter()
        process.send_signal(number)
        load.join()
        assert process.wait(20) == 0
        assert process.stderr.read() == "stopped\n"
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)
    across = [closes for sent, came, _, closes in load.answers if sent < stopped < came]
    assert across  # it was in the middle of something
    assert any(closes for *_, closes in load.answers)  # clients are told to go elsewhere
    assert {status for _, _, status, _ in load.answers} == {200}
    assert [sent for sent in load.lost if sent < stopped] == []
