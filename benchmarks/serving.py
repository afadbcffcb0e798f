"""What a server of one bundle takes: start, memory, latency, requests a second, overload.

    python benchmarks/serving.py BUNDLE [--seconds 10] [--requests 0] [--out record.json]

Needs `wrk`. The server runs on core 0, wrk on core 1. `--requests 1000000` adds a soak.
"""

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from versus.bundles.classifier import Classifier
from versus.bundles.reading import read_bundle

START = "from versus.cli.main import main; main()"
LUA = """
local json = '{"inputs":[{"name":"images","shape":[%(n)d,%(shape)s],"datatype":"UINT8",'
  .. '"parameters":{"binary_data_size":%(size)d}}],"parameters":{"binary_data_output":true}}'
local file = io.open("%(pixels)s", "rb")
wrk.method = "POST"
wrk.body = json .. file:read("*a")
wrk.headers["Content-Type"] = "application/octet-stream"
wrk.headers["Inference-Header-Content-Length"] = tostring(#json)
function delay() return math.random(0, 2 * %(delay)d) end
function done(summary, latency, requests)
  io.write(string.format("RESULT %%d %%d %%d %%d %%d %%d\\n", summary.requests, summary.duration,
    summary.errors.status + summary.errors.timeout + summary.errors.connect + summary.errors.read,
    latency:percentile(50), latency:percentile(99), latency.max))
end
"""
UNDELAYED = "function delay() return math.random(0, 2 * 0) end\n"


class Server:
    """`versus serve` on core 0."""

    def __init__(self, bundle: Path) -> None:
        self.started = time.perf_counter()
        command = [sys.executable, "-c", START, "serve", str(bundle), "--port", "0"]
        self.process = subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, preexec_fn=lambda: pin(0)
        )
        found = re.search(r":(\d+) \(Ctrl-C", self.process.stderr.readline())
        self.start_seconds = time.perf_counter() - self.started
        self.port = int(found[1])

    def mebibytes(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


def pin(core: int) -> None:
    os.sched_setaffinity(0, {core})


def load(
    server: Server,
    name: str,
    images: np.ndarray,
    *,
    clients: int,
    seconds: int,
    wait: int,
    path: str = "",
):
    """Run wrk on core 1; return requests a second, percentiles in ms, and failures."""
    with tempfile.TemporaryDirectory() as folder:
        pixels, script = Path(folder, "pixels"), Path(folder, "load.lua")
        pixels.write_bytes(images.tobytes())
        shape = ",".join(map(str, images.shape[1:]))
        values = {"n": len(images), "shape": shape, "size": images.size, "pixels": pixels}
        text = LUA % {**values, "delay": wait}
        if path:
            text = text.replace('wrk.method = "POST"', "").replace(
                "wrk.body = json", "local _ = json"
            )
        script.write_text(text if wait else text.replace(UNDELAYED, ""))
        path = path or f"v2/models/{name}/infer"
        address = f"http://127.0.0.1:{server.port}/{path}"
        command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "-s", str(script), address]
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
    """Median milliseconds of one call."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        classify(images)
        times.append(time.perf_counter() - started)
    return float(np.median(times) * 1000)


async def flood(port: int, name: str, body: bytes, length: int, clients: int) -> dict:
    """Send one request on each of many connections at once; how were they answered, how fast?"""
    head = (
        f"POST /v2/models/{name}/infer HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Content-Type: application/octet-stream\r\nInference-Header-Content-Length: {length}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    found: dict[str, list[float]] = {}

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        started = time.perf_counter()
        writer.write(head + body)
        status = (await reader.readline()).split()[1].decode()
        found.setdefault(status, []).append(time.perf_counter() - started)
        writer.close()

    await asyncio.gather(*(one() for _ in range(clients)))
    return {
        status: {
            "n": len(times),
            "p50_ms": round(float(np.median(times)) * 1000, 1),
            "max_ms": round(max(times) * 1000, 1),
        }
        for status, times in sorted(found.items())
    }


def overload(server: Server, name: str, images: np.ndarray) -> dict:
    """More pictures than may wait, several times over, then a single request."""
    content = {
        "inputs": [
            {
                "name": "images",
                "shape": list(images.shape),
                "datatype": "UINT8",
                "parameters": {"binary_data_size": images.size},
            }
        ]
    }
    text = json.dumps(content).encode()
    flooded = asyncio.run(flood(server.port, name, text + images.tobytes(), len(text), 100))
    time.sleep(3)
    after = asyncio.run(flood(server.port, name, text + images.tobytes(), len(text), 1))
    return {"answers": flooded, "afterwards": sorted(after)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--requests", type=int, default=0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    bundle = read_bundle(options.bundle)
    shape = bundle.manifest.preparation.shape
    rng = np.random.default_rng(0)
    one, many = (rng.integers(0, 256, (n, *shape), dtype=np.uint8) for n in (1, 256))
    classify = Classifier(bundle, threads=1)
    pin(0)
    in_process(classify, one, 200)
    alone = in_process(classify, many, 100)
    found: dict = {
        "model": bundle.manifest.origin.model,
        "in_process_1_ms": round(in_process(classify, one, 5000), 4),
        "in_process_256_ms": round(alone, 3),
        "pictures_per_second_in_process_256": round(256 / alone * 1000),
    }
    server = Server(options.bundle)
    try:
        found["start_seconds"] = round(server.start_seconds, 2)
        found["mebibytes_at_start"] = round(server.mebibytes(), 1)
        load(server, bundle.name, one, clients=32, seconds=2, wait=0)
        full = load(server, bundle.name, one, clients=64, seconds=options.seconds, wait=0)
        found["full_load"] = full
        # Each client waits between requests, so long that all together send half of that; by
        # chance, or they would all send at once.
        wait = round(64 / (full["requests_per_second"] / 2) * 1000)
        half = load(server, bundle.name, one, clients=64, seconds=options.seconds, wait=wait)
        found["half_load"] = half
        # The same of a route without a model: what is the machine's and the protocol's share?
        control = {"clients": 64, "seconds": options.seconds, "wait": wait}
        control = load(server, bundle.name, one, path="v2/health/live", **control)
        found["half_load_of_health"] = control
        batches = load(server, bundle.name, many, clients=2, seconds=options.seconds, wait=0)
        batches["pictures_per_second"] = round(batches["requests_per_second"] * 256)
        # Once more: the machine is never the same for long.
        found["in_process_256_ms_afterwards"] = round(in_process(classify, many, 100), 3)
        found["batches_of_256"] = batches
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
        found["overload"] = overload(server, bundle.name, many)
        if options.requests:
            before = server.mebibytes()
            seconds = round(options.requests / full["requests_per_second"] * 1.1)
            soak = load(server, bundle.name, one, clients=32, seconds=seconds, wait=0)
            found["soak"] = {**soak, "mebibytes": [before, server.mebibytes()]}
        found["mebibytes_at_end"] = round(server.mebibytes(), 1)
    finally:
        server.stop()
    text = json.dumps(found, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
