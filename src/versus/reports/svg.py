"""From a matplotlib Figure to SVG inside a page, drawn in the page's own colours and font."""

import io
import re
from typing import Any

import matplotlib as mpl
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from versus.figures.style import any_letters
from versus.reports.theme import VARIABLES

# Text stays text, and the ids that matplotlib makes up are the same each time.
_SETTINGS: Any = {"svg.fonttype": "none", "svg.hashsalt": "versus", "path.simplify": True}
_NOTHING = dict.fromkeys(("Creator", "Date", "Format", "Type"))
# The page's own font takes the place of matplotlib's, in both forms that it writes.
_FAMILY = re.compile(r"font-family: [^;\"]*;? ?")
_FONT = re.compile(r"font: ((?:\w+ )*)([\d.]+)px [^;\"]*")
_COLOUR = re.compile("|".join(VARIABLES), re.IGNORECASE)
# The style would hold for the whole page.
_UNWANTED = re.compile(
    r"<metadata>.*?</metadata>\s*|<defs>\s*<style.*?</style>\s*</defs>\s*", re.DOTALL
)
_TAG = re.compile(r"<!--.*?-->\s*|<[^>]*>", re.DOTALL)
_ID = re.compile(r'\bid="([^"]*)"')
# Of what a path goes through: a hundredth of a point is more than any screen shows.
_WAY = re.compile(r'(?<= d=")[^"]+')
_LONG = re.compile(r"(\.\d\d)\d+")
_REFERENCE = re.compile(r'(href="#|url\(#)')


def inline_svg(figure: Figure, name: str, description: str) -> Markup:
    """Return `figure` as an `<svg>` element.

    Args:
        figure: drawn with the colours of `figures.style`, which become variables of the page.
        name: letters and dashes, different for each figure of a page: its ids start with it.
        description: what the figure shows, for those who cannot see it.
    """
    buffer = io.StringIO()
    with mpl.rc_context(_SETTINGS), any_letters():
        figure.savefig(buffer, format="svg", transparent=True, metadata=_NOTHING)
    text = buffer.getvalue()
    text = _UNWANTED.sub("", text[text.index("<svg") :])
    opening, _, body = text.partition(">")
    return Markup(_opening(opening, name, description) + _themed(body, name))


def _opening(tag: str, name: str, description: str) -> str:
    """Return the start of the element: its proportions, and its text alternative."""
    box = re.search(r'viewBox="([\d. ]+)"', tag)
    width = box[1].split()[2] if box else "0"
    return (
        f'<svg xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="{box[1] if box else ""}" '
        f'data-width="{width}" role="img" aria-labelledby="{name}-title">'
        f'<title id="{name}-title">{escape(description)}</title>'
    )


def _themed(body: str, name: str) -> str:
    """Give tags the page's colours and font, and ids of their own; text is left as it is."""

    def change(match: re.Match[str]) -> str:
        tag = _COLOUR.sub(lambda found: f"var({VARIABLES[found[0].lower()]})", match[0])
        tag = _FONT.sub(_font, _FAMILY.sub("", tag))
        tag = _ID.sub(rf'id="{name}-\1"', tag)
        tag = _WAY.sub(lambda way: _LONG.sub(r"\1", way[0]), tag)
        return _REFERENCE.sub(rf"\g<1>{name}-", tag)

    return _TAG.sub(change, body)


def _font(match: re.Match[str]) -> str:
    weight = "; font-weight: 600" if "bold" in match[1] or "700" in match[1] else ""
    return f"font-size: {match[2]}px{weight}"
