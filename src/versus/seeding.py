"""One seed, many named streams of random numbers.

The only place where seeds are derived. A stream depends on the seed and on its name alone: two
variants that ask for ("order", epoch 3) of seed 0 get the same pictures in the same order, and a
new consumer of random numbers never shifts the ones that were there.
"""

import hashlib
import operator
from typing import SupportsIndex

import numpy as np

from versus.errors import ConfigurationError

MAX_SEED = 2**32 - 1


def check_seed(seed: object) -> int:
    """Return `seed` as an int if it is a whole number from 0 to 2**32 - 1.

    Raises:
        ConfigurationError: it is not.
    """
    if isinstance(seed, SupportsIndex) and not isinstance(seed, bool):
        number = operator.index(seed)
        if 0 <= number <= MAX_SEED:
            return number
    raise ConfigurationError(f"a seed is a whole number from 0 to {MAX_SEED}; got {seed!r}")


def stream(seed: int, *name: str | int) -> np.random.Generator:
    """Return the generator of the stream `name` under `seed`.

    Args:
        seed: the run's seed, 0 to 2**32 - 1.
        name: what the numbers are for, from the general to the special: "order", 3.
    """
    words = [int.from_bytes(hashlib.sha256(repr(part).encode()).digest()[:4]) for part in name]
    sequence = np.random.SeedSequence(entropy=check_seed(seed), spawn_key=words)
    return np.random.Generator(np.random.PCG64(sequence))


def integer(seed: int, *name: str | int) -> int:
    """Return one number from 0 to 2**31 - 1 of a stream, for a library that wants a seed."""
    return int(stream(seed, *name).integers(2**31))
