"""Which variants, and which seed, a part of a figure shows: in its id, for the script of a page."""

from collections.abc import Sequence

from matplotlib.artist import Artist

MARK = "mark."
"""Start of such an id; then variants by their place in the study (1_2), seed or "all", the part."""


def mark(
    artists: Artist | Sequence[Artist],
    variants: Sequence[int],
    part: str,
    seed: int | None = None,
) -> None:
    """Give each of `artists` an id.

    Args:
        artists: what shows nothing of any other variant.
        variants: their places in the study, from 0.
        part: what it is; different for everything that shows the same variants and seed.
        seed: that it alone shows; None where it is of all.
    """
    of = "_".join(map(str, variants))
    for number, artist in enumerate([artists] if isinstance(artists, Artist) else artists):
        artist.set_gid(f"{MARK}{of}.{'all' if seed is None else seed}.{part}-{number}")
