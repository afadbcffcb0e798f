"""`overfitting` on the split that document E draws: does which fifth validates change its numbers?

Train 48,000 and validation 12,000, by scikit-learn's train_test_split with random_state 13.
"""

from dataclasses import replace

from versus.library.overfitting import study as overfitting
from versus.studies.protocol import Protocol

study = replace(
    overfitting,
    name="overfitting-drawn",
    protocol=Protocol(validation="drawn", validation_fraction=0.2, validation_seed=13, test="open"),
    seeds=3,
    source=f"{overfitting.source} The split is the document's own.",
)
