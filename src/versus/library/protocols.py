"""How the documents validate: the protocols that several studies share."""

from versus.studies.protocol import Protocol

HELD_OUT = Protocol(validation="tail", validation_fraction=0.2, test="open")
"""The last fifth of train for validation, unshuffled; the test set once, after training."""

ON_TEST = HELD_OUT
"""Documents B and C as printed: all of train is trained on, and validation is the test set."""
