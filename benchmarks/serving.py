"""What a server of one bundle takes: start, memory, latency, requests a second, overload.

    python benchmarks/serving.py BUNDLE [--seconds 10] [--soak N] [--out record.json]

Needs `wrk`. The server runs on core 0, whatever asks it on core 1; what is measured without a
server runs on core 0 too, with one thread, as the server does. `--soak 1000000` sends so many
requests and nothing else, and tells how the memory grew.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from flood import overload
from open_loop import Asked, OpenLoop

from versus.bundles.classifier import Classifier
from versus.bundles.reading import read_bundle

START = "from versus.cli.main import main; main()"
LUA = """
local file = io.open("%s", "rb")
wrk.method = "POST"
wrk.body = file:read("*a")
wrk.headers["Content-Type"] = "application/octet-stream"
wrk.headers["Inference-Header-Content-Length"] = "%d"
function done(summary, latency, requests)
  io.write(string.format("RESULT %%d %%d %%d %%d %%d %%d\\n", summary.requests, summary.duration,
    summary.errors.status + summary.errors.timeout + summary.errors.connect + summary.errors.read,
    latency:percentile(50), latency:percentile(99), latency.max))
end
"""
HALF = 1500
"""Requests a second that a server should be at ease with: half of 3,000."""
WARM_REQUESTS = 20_000
"""After which the memory of a soak is first looked at."""


class Server:
    """`versus serve`, on core 0 where it is measured."""

    def __init__(self, bundle: Path, *, pinned: bool = True) -> None:
        started = time.perf_counter()
        command = [sys.executable, "-c", START, "serve", str(bundle), "--port", "0"]
        self.process = subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, preexec_fn=lambda: pinned and pin(0)
        )
        found = re.search(r":(\d+) \(Ctrl-C", self.process.stderr.readline())
        self.start_seconds = time.perf_counter() - started
        self.port = int(found[1])

    def mebibytes(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return round(int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024, 1)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


class Question:
    """Pictures to one model, as a binary tensor: the bytes of the request."""

    def __init__(self, port: int, model: str, images: np.ndarray) -> None:
        self.port, self.path = port, f"/v2/models/{model}/infer"
        size = {"binary_data_size": images.size}
        tensor = {"name": "images", "datatype": "UINT8", "shape": list(images.shape)}
        content = {
            "inputs": [{**tensor, "parameters": size}],
            "parameters": {"binary_data_output": True},
        }
        head = json.dumps(content).encode()
        self.head_bytes, self.body = len(head), head + images.tobytes()

    @property
    def bytes(self) -> bytes:
        lines = (
            f"POST {self.path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            "Content-Type: application/octet-stream",
            f"Inference-Header-Content-Length: {self.head_bytes}",
            f"Content-Length: {len(self.body)}",
        )
        return "\r\n".join((*lines, "", "")).encode() + self.body


def pin(core: int) -> None:
    os.sched_setaffinity(0, {core})


def wrk(question: Question, *, clients: int, seconds: float) -> dict:
    """Ask as fast as answers come; return requests a second, milliseconds, and failures."""
    with tempfile.TemporaryDirectory() as folder:
        body, script = Path(folder, "body"), Path(folder, "load.lua")
        body.write_bytes(question.body)
        script.write_text(LUA % (body, question.head_bytes))
        address = f"http://127.0.0.1:{question.port}{question.path}"
        command = ["wrk", "-t1", f"-c{clients}", f"-d{round(seconds)}s", "-s", str(script), address]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, preexec_fn=lambda: pin(1)
        )
    numbers = [int(n) for n in re.search(r"RESULT (.*)", done.stdout)[1].split()]
    requests, microseconds, failed, median, p99, most = numbers
    return {
        "clients": clients,
        "requests": requests,
        "requests_per_second": round(requests / microseconds * 1e6, 1),
        "failed": failed,
        "p50_ms": median / 1000,
        "p99_ms": p99 / 1000,
        "max_ms": most / 1000,
    }


def in_process(classify: Classifier, images: np.ndarray, repeats: int) -> float:
    """Median milliseconds of one call, on core 0."""
    pin(0)
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        classify(images)
        times.append(time.perf_counter() - started)
    pin(1)
    return round(float(np.median(times) * 1000), 4)


def batches(server: Server, name: str, many: np.ndarray, alone, seconds: int) -> dict:
    """Batches of 256 by the server, and by ONNX Runtime alone before and after each time.

    In turns, since no machine is the same for long; the median of the turns is what counts.
    """
    turns = []
    before = alone()
    for _ in range(5):
        served = wrk(Question(server.port, name, many), clients=2, seconds=max(2, seconds / 3))
        after = alone()
        own = 1000 / served["requests_per_second"]
        turns.append({"served_ms": round(own, 3), "alone_ms": [before, after]})
        turns[-1]["more"] = round(own / ((before + after) / 2) - 1, 4)
        before = after
    return {"turns": turns, "more_median": float(np.median([turn["more"] for turn in turns]))}


def measured(server: Server, name: str, one: np.ndarray, alone, many, seconds: int) -> dict:
    single = Question(server.port, name, one)
    wrk(single, clients=32, seconds=2)
    full = wrk(single, clients=64, seconds=seconds)
    rate = full["requests_per_second"]
    live = f"GET /v2/health/live HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode()
    some = Question(server.port, name, many[:32])
    full_of_32 = wrk(some, clients=16, seconds=seconds)

    def offered(request: bytes, rate: float) -> dict:
        return OpenLoop(
            Asked(server.port, request), rate=rate, seconds=seconds, connections=64
        ).run()

    pin(1)
    return {
        "full_load": full,
        "load_of_1500": offered(single.bytes, HALF),
        "half_load": offered(single.bytes, rate / 2),
        # The same of a route without a model: what is the machine's and the protocol's share?
        "half_load_of_health": offered(live, rate / 2),
        "full_load_of_32": full_of_32,
        "batches_of_256": batches(server, name, many, alone, seconds),
        "overload": overload(server.port, single.bytes, rate, seconds),
        "overload_of_32": overload(
            server.port, some.bytes, full_of_32["requests_per_second"], seconds
        ),
        "overload_of_batches": overload(
            server.port, Question(server.port, name, many).bytes, 0, seconds
        ),
        "mebibytes_at_end": server.mebibytes(),
    }


def soak(server: Server, question: Question, requests: int) -> dict:
    """Send many requests; how did the memory grow after the first of them?"""
    start = server.mebibytes()
    rate = wrk(question, clients=32, seconds=10)["requests_per_second"]
    wrk(question, clients=32, seconds=max(1, WARM_REQUESTS / rate))
    seen, sent, failed = [server.mebibytes()], 0, 0
    while sent < requests:
        seconds = min(20, max(1, (requests - sent) / rate))
        done = wrk(question, clients=32, seconds=seconds)
        sent, failed = sent + done["requests"], failed + done["failed"]
        seen.append(server.mebibytes())
    return {
        "requests": sent,
        "failed": failed,
        "mebibytes_at_start": start,
        "mebibytes": seen,
        "growth": round(max(seen) / seen[0] - 1, 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--soak", type=int, default=0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    bundle = read_bundle(options.bundle)
    shape = bundle.manifest.preparation.shape
    rng = np.random.default_rng(0)
    one, many = (rng.integers(0, 256, (n, *shape), dtype=np.uint8) for n in (1, 256))
    classify = Classifier(bundle, threads=1)
    in_process(classify, one, 500)
    found: dict = {
        "model": bundle.manifest.origin.model,
        "in_process_1_ms": in_process(classify, one, 5000),
    }
    server = Server(options.bundle)
    found["start_seconds"] = round(server.start_seconds, 2)
    found["mebibytes_at_start"] = server.mebibytes()
    try:
        if options.soak:
            found["soak"] = soak(server, Question(server.port, bundle.name, one), options.soak)
        else:

            def alone() -> float:
                return in_process(classify, many, 100)

            found |= measured(server, bundle.name, one, alone, many, options.seconds)
    finally:
        server.stop()
    text = json.dumps(found, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
