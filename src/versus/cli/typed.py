"""Messages about values that were typed as options name the option, not the field they became."""

from collections.abc import Sequence

OPTIONS = {
    "seeds": "--seeds",
    "seed": "--seed",
    "jobs": "--jobs",
    "folds": "--folds",
    "budget": "--budget",
    "max_seeds": "--max-seeds",
    "max_minutes": "--max-minutes",
    "Recipe.epochs": "--epochs",
    "Recipe.batch_size": "--batch-size",
    "Recipe.optimizer": "--optimizer",
    "Recipe.learning_rate": "--learning-rate",
    **{
        name: f"--{name.replace('_', '-')}"
        for name in ("size", "channels", "invert", "fit", "keys", "val_fraction", "test_fraction")
    },
}
"""Fields, as messages begin with them, by the option that sets each."""


def as_typed(message: str, arguments: Sequence[str]) -> str:
    """Return a message with the option in place of the field, where that option was typed."""
    field, colon, said = message.partition(":")
    option = OPTIONS.get(field)
    typed = option and any(word.partition("=")[0] == option for word in arguments)
    return f"{option}{colon}{said}" if typed else message
