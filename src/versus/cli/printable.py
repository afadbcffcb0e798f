"""Text that any terminal takes: a file's name may be any bytes, and so may what is said of it."""


def printable(text: str) -> str:
    """Return text in one line, with a sign in place of what cannot be printed."""
    line = text.replace("\n", " ")
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in line)
