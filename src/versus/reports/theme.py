"""The page's colours by light and by dark; figures are drawn in the first and follow the page."""

from versus.figures.style import INK, MUTED, PALETTE, PAPER, RULE

VARIABLES = {
    INK: "--ink",
    MUTED: "--muted",
    RULE: "--rule",
    PAPER: "--paper",
    **{colour: f"--v{number}" for number, colour in enumerate(PALETTE)},
}
"""CSS variable of each colour that figures use."""

LIGHT = {
    **{variable: colour for colour, variable in VARIABLES.items()},
    "--tint": "#f5f6f8",
    "--edge": "#7d8590",
    "--wrong": "#b3261e",
    "--right": "#1a7f4b",
}

# The same hues, light enough to stand out on a dark page.
DARK = {
    "--ink": "#eceef1",
    "--muted": "#9da6b2",
    "--rule": "#333a44",
    "--paper": "#13161b",
    "--tint": "#1c2027",
    "--edge": "#77808c",
    "--wrong": "#ff8a80",
    "--right": "#5fd39a",
    "--v0": "#4fa8e0",
    "--v1": "#f5853f",
    "--v2": "#2fc398",
    "--v3": "#e39cc6",
    "--v4": "#f0b429",
    "--v5": "#8fd0f7",
    "--v6": "#b9a3cf",
}


def declarations(theme: dict[str, str]) -> str:
    """Return the theme as CSS."""
    return " ".join(f"{variable}: {colour};" for variable, colour in theme.items())


def slots(names: list[str]) -> dict[str, int]:
    """Return the number of each variant's colour, from 0; they repeat when they run out."""
    return {name: place % len(PALETTE) for place, name in enumerate(names)}
