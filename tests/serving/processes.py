"""The real server in a process of its own."""

import contextlib
import os
import re
import subprocess
import sys

START = "from versus.cli.main import main; main()"


@contextlib.contextmanager
def serving(*words, **variables):
    """Run `versus serve` on a free port; yields the process and the port."""
    process = subprocess.Popen(
        [sys.executable, "-c", START, "serve", *map(str, words), "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **variables},
    )
    try:
        line = process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+) ", line)
        assert found, line + process.stderr.read()
        yield process, int(found[1])
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
