"""Times and amounts as people read them at a glance."""


def clock(seconds: float | None) -> str:
    """Return 80 as "1:20", 3700 as "1:01:40", 200000 as "2 d 7 h"; "" for None."""
    if seconds is None:
        return ""
    whole = max(0, round(seconds))
    days, hours, minutes = whole // 86400, whole // 3600, whole // 60
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours}:{minutes % 60:02}:{whole % 60:02}"
    return f"{minutes}:{whole % 60:02}"


def about(seconds: float | None) -> str:
    """Return an estimate in one unit: "about 6 min left"; "" for None."""
    if seconds is None:
        return ""
    if seconds < 55:
        return f"about {max(5, 5 * round(seconds / 5))} s left"
    if seconds < 55 * 60:
        return f"about {max(1, round(seconds / 60))} min left"
    if seconds < 36 * 3600:
        return f"about {_rounded(seconds / 3600)} h left"
    return f"about {_rounded(seconds / 86400)} days left"


def ago(seconds: float) -> str:
    """Return when something was: "just now", "40 s ago", "3 min ago", "5 h ago", "2 days ago"."""
    if seconds < 3:
        return "just now"
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit} ago"
    return f"{int(seconds)} s ago"


def _rounded(number: float) -> str:
    """Return 1.5 as "1.5", 2 as "2", 12.3 as "12"."""
    return f"{number:.0f}" if number >= 9.5 else f"{number:.1f}".removesuffix(".0")
