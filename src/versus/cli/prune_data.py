"""`versus data prune`: the cache of own pictures, made smaller."""

import sys
from typing import Annotated

import typer


def prune(
    days: Annotated[
        float, typer.Option("--days", metavar="N", min=0, help="Only what was unused so long.")
    ] = 0.0,
) -> None:
    """Remove prepared pictures from the cache; they are made again when they are needed."""
    from versus.data.cache import cache_folder  # brings numpy
    from versus.data.reading.pruning import prune as prune_cache

    gone = prune_cache(cache_folder(), days)
    size = sum(entry.size for entry in gone) / 2**20
    sets = "set" if len(gone) == 1 else "sets"
    sys.stdout.write(f"{len(gone)} prepared {sets} of pictures removed, {size:,.0f} MiB\n")
