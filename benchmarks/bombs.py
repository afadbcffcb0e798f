"""How long decompression bombs take to be refused, and how much memory: by `versus data inspect`.

    python benchmarks/bombs.py

Each bomb of the tests' corpus is given to a process of its own, which has imported everything and
read a data set before the clock starts.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "data"))

from bad_pictures import BOMBS
from own_pictures import image_folder

PROGRAM = """
import json, sys, time
import versus

def most():
    lines = open("/proc/self/status").read().splitlines()
    (line,) = [line for line in lines if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024

versus.load(sys.argv[1])
base, wall, cpu = most(), time.perf_counter(), time.process_time()
try:
    versus.load(sys.argv[2])
    said = "loaded"
except versus.VersusError as error:
    said = str(error)
print(json.dumps({
    "seconds": time.perf_counter() - wall,
    "processor": time.process_time() - cpu,
    "MiB more": most() - base,
    "MiB in all": most(),
    "said": said,
}))
"""


def main() -> None:
    print(f"{'bomb':36} {'seconds':>8} {'processor':>9} {'MiB more':>9} {'in all':>7}")
    for name, make in BOMBS.items():
        with tempfile.TemporaryDirectory() as place:
            good, bad = image_folder(Path(place) / "good"), make(Path(place) / "bad")
            environment = {**os.environ, "VERSUS_CACHE": f"{place}/cache"}
            done = subprocess.run(
                [sys.executable, "-c", PROGRAM, str(good), str(bad)],
                env=environment, capture_output=True, check=True,
            )  # fmt: skip
        told = json.loads(done.stdout)
        assert told["said"] != "loaded", name
        print(
            f"{name:36} {told['seconds']:8.2f} {told['processor']:9.2f} {told['MiB more']:9.1f} "
            f"{told['MiB in all']:7.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
