"""Write what a study measured as a dated record: a table to read, and every run's numbers.

    python benchmarks/record.py DIR benchmarks/records/DATE_WHAT

DIR is a study's folder. Nothing is trained: the record is made from the study's own files.
"""

import argparse
import json
from pathlib import Path

from versus.studies.result import StudyResult, read_result


def table(result: StudyResult) -> list[str]:
    """The closing table, in Markdown."""
    lines = [
        "| variant | parameters | multiply-adds | recipe | training, s | test loss (sd) "
        "| test accuracy (sd) | n |",
        "|---|---:|---:|---|---:|---:|---:|---:|",
    ]
    for name, row in result.frame().iterrows():
        lines.append(
            f"| `{name}` | {row.parameters:,} | {row.multiply_adds:,} | {row.recipe} "
            f"| {row.seconds:.0f} | {row.loss_mean:.4f}{spread(row.loss_sd)} "
            f"| {row.accuracy_mean:.4f}{spread(row.accuracy_sd)} | {row.n} |"
        )
    return lines


def spread(sd: float | None) -> str:
    """A standard deviation, where there are seeds for one."""
    return "" if sd is None or sd != sd else f" ({sd:.4f})"


def every_run(result: StudyResult) -> list[str]:
    """Each run's numbers, in Markdown."""
    rows = result.runs().sort_values(["variant", "seed"]).itertuples()
    return [
        "| variant | seed | test loss | test accuracy | training, s |",
        "|---|---:|---:|---:|---:|",
        *(
            f"| `{row.variant}` | {row.seed} | {row.loss:.5f} | {row.accuracy:.4f} "
            f"| {row.seconds:.1f} |"
            for row in rows
        ),
    ]


def machine(result: StudyResult) -> list[str]:
    """Where it ran, from the first run's own record."""
    first = result.finished(result.study.variants[0].name)[0]
    facts = json.loads(result.store.read_file(first, "environment.json"))
    versions = ", ".join(f"{name} {number}" for name, number in facts["libraries"].items())
    return [
        f"{facts['processor']}, {facts['cores']} cores (shared, noisy), {facts['threads']} thread "
        f"a run, Python {facts['python']}; {versions}. Started {first.started}. Times are of this "
        "machine at that hour: compare them with each other, not with other machines."
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    result = read_result(options.folder)
    options.out.mkdir(parents=True, exist_ok=True)
    parts = [
        [f"# {result.study.name}: {result.study.question}"],
        ["Command:", "", f"    {result.study.command}"],
        table(result),
        [f"- **{verdict.word}**: {verdict.reason}" for verdict in result.verdicts],
        ["## Every run"],
        every_run(result),
        ["## Machine"],
        machine(result),
        [f"{result.study.protocol_text} Data: {result.study.data.name}, "
         f"{result.study.data.fingerprint}."],
    ]  # fmt: skip
    text = "\n\n".join("\n".join(part) for part in parts)
    (options.out / "summary.md").write_text(text + "\n")
    (options.out / "result.json").write_text(json.dumps(result.to_dict(), indent=1) + "\n")


if __name__ == "__main__":
    main()
