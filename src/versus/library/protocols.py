"""How the documents validate: the protocols that several studies share."""

from versus.studies.protocol import Protocol

HELD_OUT = Protocol(validation="tail", validation_fraction=0.2, test="open")
"""The last fifth of train for validation, unshuffled; the test set once, after training."""

DRAWN = Protocol(validation="drawn", validation_fraction=0.2, validation_seed=13, test="open")
"""Document E as printed: a fifth by scikit-learn's train_test_split with random_state 13."""

ON_TEST = Protocol(validation="test", test="open")
"""Documents B and C as printed: all of train is trained on, and validation is the test set."""

AS_PRINTED = {
    "VS101": "the document validates on its test pictures, and this study is the document's"
}
"""Why a study as printed does not tell that it validates on the test set."""
