"""Keras's learning-rate schedules and their arguments; light to import, so no Keras here."""

from collections.abc import Mapping

SCHEDULES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "CosineDecay": (
        ("initial_learning_rate", "decay_steps"),
        ("alpha", "warmup_target", "warmup_steps"),
    ),
    "CosineDecayRestarts": (
        ("initial_learning_rate", "first_decay_steps"),
        ("t_mul", "m_mul", "alpha"),
    ),
    "ExponentialDecay": (
        ("initial_learning_rate", "decay_steps", "decay_rate"),
        ("staircase",),
    ),
    "InverseTimeDecay": (
        ("initial_learning_rate", "decay_steps", "decay_rate"),
        ("staircase",),
    ),
    "PiecewiseConstantDecay": (("boundaries", "values"), ()),
    "PolynomialDecay": (
        ("initial_learning_rate", "decay_steps"),
        ("end_learning_rate", "power", "cycle"),
    ),
}
"""By class in `keras.optimizers.schedules`: the arguments it must have, and those it may have."""


def check_options(name: str, options: Mapping[str, object]) -> None:
    """Raise ValueError unless `options` are arguments of the schedule `name`, with all it needs."""
    needed, possible = SCHEDULES[name]
    # "name" is in the configuration of every Keras object, and changes nothing.
    unknown = [key for key in options if key not in (*needed, *possible, "name")]
    missing = [key for key in needed if key not in options]
    if not unknown and not missing:
        return
    takes = f"{name} takes {', '.join(needed)}"
    takes += f", and if wanted {', '.join(possible)}" if possible else ""
    wrong = [f"no option is called {', '.join(map(repr, unknown))}"] if unknown else []
    wrong += [f"{', '.join(missing)} missing"] if missing else []
    raise ValueError(f"{'; '.join(wrong)}: {takes}")
