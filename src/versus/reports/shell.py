"""The shell that all pages share: one file, no request, and only scripts that versus wrote."""

import base64
import hashlib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from versus.reports import theme
from versus.reports.numbers import NONE

_TEMPLATES = Path(__file__).parent / "templates"
# Letters that turn the order of the text around them: a name must not rewrite its sentence.
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\ufffd")


def render_page(template: str, contents: dict[str, Any], scripts: tuple[str, ...] = ()) -> str:
    """Return a page as text.

    Names, questions and errors are whatever users wrote, so everything is escaped. A browser runs
    only scripts of the hash that the page's policy names, which is that of `scripts`.

    Args:
        template: its name below templates/.
        contents: what it places.
        scripts: names below templates/script/, put into one.
    """
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    # As they are, not as escapes: what is shown of letters holds for the script's data too.
    environment.policies["json.dumps_kwargs"] = {"sort_keys": True, "ensure_ascii": False}
    environment.filters["coded"] = coded
    sources = (_TEMPLATES / "script" / name for name in ("theme.js", "sections.js", *scripts))
    script = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.get_template(template).render(
        {
            "light": theme.declarations(theme.LIGHT),
            "dark": theme.declarations(theme.DARK),
            "dash": NONE,
            "script": Markup(script),
            "script_hash": digest,
            **contents,
        }
    )


def coded(text: str) -> Markup:
    """Return text with what stands between backticks set as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # one of them has no other half
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else part
        for number, part in enumerate(parts)
    )


def _shown(value: Any) -> Any:
    return value.translate(_TURNING) if isinstance(value, str) else value
