"""What variants are compared on, in the units that readers know."""

from versus.reports.numbers import decimals, plain

AXIS = {
    "accuracy": "difference in accuracy, percentage points",
    "nll": "difference in loss (NLL)",
}


QUALITY = {"accuracy": "accuracy, %", "nll": "loss (NLL)"}


def scale(endpoint: str) -> float:
    """Return what a value is multiplied by to be shown: accuracies are in percent."""
    return 100.0 if endpoint == "accuracy" else 1.0


def unit(endpoint: str) -> str:
    """Return the unit of a difference, with the space before it."""
    return "\u00a0points" if endpoint == "accuracy" else ""


def stated_margin(endpoint: str, margin: float) -> str:
    """Return a margin in words, with as many digits as it was stated with."""
    if endpoint != "accuracy":
        return f"{margin:g} of loss (NLL)"
    points = f"{100 * margin:.10g}"
    return f"{points} {'point' if points == '1' else 'points'} of accuracy"


def size_text(endpoint: str, size: float) -> str:
    """Return how large an advantage is: in pictures where those are counted, else in loss."""
    if endpoint != "accuracy":
        return f"its loss (NLL) is lower by {plain(size, decimals([size], 2, 6))} on average"
    crowd = next((n for n in (100, 1_000, 10_000, 100_000) if size * n >= 1.95), 1_000_000)
    more = round(size * crowd)
    return (
        f"it gets {more:,} more {'picture' if more == 1 else 'pictures'} in every {crowd:,} right"
    )
