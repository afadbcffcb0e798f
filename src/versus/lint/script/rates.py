"""Learning rates of a script: VS405 in a syntax tree."""

import ast
from collections.abc import Iterable

from versus.lint.rule import Found
from versus.lint.script.facts import Script


def small_rate_in_script(script: Script) -> Iterable[Found]:
    """VS405: Adadelta at today's default of 0.001, where its paper has 1.0."""
    for call in script.named("Adadelta"):
        given = call.argument("learning_rate", 0) or call.argument("lr")
        rate = script.value(given) if given is not None else 0.001
        if isinstance(rate, (int, float)) and rate <= 0.1:
            yield Found(
                script.where(call.line),
                f"Adadelta at {rate:g}: its paper, and Keras before 2.4, have 1.0",
            )
    for call in script.named("compile"):
        optimizer = call.argument("optimizer", 0)
        if isinstance(optimizer, ast.Constant) and str(optimizer.value).lower() == "adadelta":
            yield Found(
                script.where(call.line),
                "Adadelta at its default of 0.001: its paper, and Keras before 2.4, have 1.0",
            )
