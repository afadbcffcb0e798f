"""The verdicts so far, in a line each: the rule's own words, and that they are not final."""

from collections import Counter
from collections.abc import Sequence

from rich.text import Text

from versus.evaluation.verdict import Verdict
from versus.studies.watching.board_cells import Signs, cut

STYLES = {"better": "bold green", "worse": "bold red", "equivalent": "bold cyan"}
ORDER = ("better", "worse", "equivalent", "can't tell")


def verdict_lines(
    verdicts: Sequence[Verdict], seeds: int, most: int, width: int, signs: Signs, *, final: bool
) -> list[Text]:
    """Return at most `most` lines: words first, then what has most seeds; then how many more.

    A pair without a seed that both have finished has no line; one with too few seeds for any word
    is given none, only the mean difference so far.

    Args:
        verdicts: of every pair, over the runs that are finished.
        seeds: of the study.
        most: lines.
        width: of a line, which long names keep to.
        signs: to draw with.
        final: whether no seed is left to come; then there is a word for every pair.
    """
    said = [verdict for verdict in verdicts if verdict.n]
    words = {(v.a, v.b): v.word if final else word(v) for v in said}
    said.sort(key=lambda v: (ORDER.index(v.word), -v.n))
    if most < 1 or not said:
        return []
    shown = said if len(said) <= most else said[: most - 1]
    heads = [
        _head(verdict, words[verdict.a, verdict.b], max(8, width // 5), signs) for verdict in shown
    ]
    wide = max((len(head) for head in heads), default=0)
    lines = []
    for verdict, head in zip(shown, heads, strict=True):
        head.pad_right(wide - len(head) + 2)
        lines.append(head.append_text(_numbers(verdict, seeds)))
    rest = said[len(shown) :]
    if rest:
        counts = Counter(words[verdict.a, verdict.b] for verdict in rest)
        listed = ", ".join(f"{count} {name}" for name, count in counts.items())
        first = f"+{len(rest)} more" if shown else f"{len(rest)}"
        pairs = "pair" if len(rest) == 1 else "pairs"
        lines.append(Text(f"{first} {pairs}: {listed}", style="dim"))
    return lines


def word(verdict: Verdict) -> str:
    """Return the rule's word, or that there are too few seeds for any."""
    return "too early" if verdict.n < verdict.seeds_needed else verdict.word


def _head(verdict: Verdict, said: str, width: int, signs: Signs) -> Text:
    """Return which two, and the word if there is one."""
    a, b = (cut(name, width, signs) for name in (verdict.a, verdict.b))
    if said in ("better", "worse"):
        return Text(f"{b} ").append(said, style=STYLES[said]).append(f" than {a}")
    if said == "equivalent":
        return Text(f"{b} ").append(said, style=STYLES[said]).append(f" to {a}")
    return Text(f"{b} or {a}: ").append(said, style="yellow")


def _numbers(verdict: Verdict, seeds: int) -> Text:
    """Return the mean difference, B minus A, its interval where it has one, and the seeds."""
    accuracy = verdict.endpoint == "accuracy"
    factor, unit, decimals = (100, " points", 2) if accuracy else (1, " NLL", 4)

    def number(value: float | None) -> str:
        return f"{(value or 0.0) * factor + 0.0:+.{decimals}f}"

    line = Text(f"{number(verdict.mean_difference)}{unit}")
    if verdict.low is not None and verdict.high is not None:
        line.append(f" ({number(verdict.low)} to {number(verdict.high)})")
    count = f", {verdict.n} of {seeds} seeds"
    least = f", {verdict.seeds_needed} needed" if word(verdict) == "too early" else ""
    return line.append(count + least, style="dim")
