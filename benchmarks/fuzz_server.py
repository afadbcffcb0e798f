"""Thousands of requests made from `/openapi.json`, sound ones and broken ones: does any get a 500?

    python benchmarks/fuzz_server.py BUNDLE --schemathesis PROGRAM [--cases 10000] [--out F.json]

PROGRAM is `schemathesis` 4 in an environment of its own. It asks twice: once with names of its
own making, which mostly lead nowhere, and once with the bundle's name put in.
"""

import argparse
import json
import re
import subprocess
import tempfile
from pathlib import Path

from serving import Server  # benchmarks/serving.py

from versus.bundles.reading import read_bundle

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)


def fuzz(program: Path, port: int, examples: int, seed: int, names: dict[str, str]) -> dict:
    """Run it once; return how many requests it made, and what it found."""
    with tempfile.TemporaryDirectory() as folder:
        lines = [f"{key} = {json.dumps(value)}" for key, value in names.items()]
        Path(folder, "schemathesis.toml").write_text("\n".join(["[parameters]", *lines, ""]))
        report = Path(folder, "report.ndjson")
        command = [
            *(str(program.absolute()), "run", f"http://127.0.0.1:{port}/openapi.json"),
            *("--max-examples", str(examples), "--seed", str(seed), "--checks", ",".join(CHECKS)),
            *("--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--no-shrink"),
            *("--report", "ndjson", "--report-ndjson-path", str(report)),
        ]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        statuses = re.findall(r'"status_code": ?(\d+)', report.read_text())
    counted = {status: statuses.count(status) for status in sorted(set(statuses))}
    made = re.search(r"([\d,]+) generated", done.stdout)
    return {
        "names": names,
        "cases": int(made[1].replace(",", "")) if made else None,
        "statuses": counted,
        "code": done.returncode,
        "summary": done.stdout[-1500:],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--schemathesis", type=Path, required=True)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    name = read_bundle(options.bundle).name
    known = {'"path.model"': name, '"query.model"': name, '"path.version"': "1"}
    runs: list[dict] = []
    server = Server(options.bundle)
    try:
        # How many cases so many examples make is the program's own affair: until it is enough.
        while sum(run["cases"] or 0 for run in runs) < options.cases and len(runs) < 40:
            names = known if len(runs) % 2 == 0 else {}
            runs.append(fuzz(options.schemathesis, server.port, 150, len(runs), names))
            print(runs[-1]["cases"], runs[-1]["code"], runs[-1]["statuses"], flush=True)
            if runs[-1]["cases"] is None:
                break
        alive = server.process.poll() is None
        size = server.mebibytes()
    finally:
        server.stop()
    found = {
        "cases": sum(run["cases"] or 0 for run in runs),
        "alive": alive,
        "mebibytes": size,
        "runs": runs,
    }
    text = json.dumps(found, indent=1)
    print(runs[-1]["summary"])
    if options.out:
        options.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
