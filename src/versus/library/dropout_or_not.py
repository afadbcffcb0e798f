"""Document C's pair: 64 filters of 5x5 with dropout of 0.5 after each block, and without.

As printed: validation is the test set.
"""

from versus.library.protocols import AS_PRINTED, ON_TEST
from versus.studies.study import Study, Variant
from versus.training.recipe import Recipe

adam = Recipe(optimizer="adam", learning_rate=1e-3, batch_size=128, epochs=10)

study = Study(
    name="dropout-or-not",
    question="Does dropout help this convolutional net on MNIST?",
    data="mnist",
    variants=[Variant("no-dropout", "no-dropout", adam), Variant("dropout", "dropout", adam)],
    seeds=7,
    protocol=ON_TEST,
    suppress=AS_PRINTED,
    margin=0.002,
    source=(
        "Document C, dropout: without 0.9884 accuracy and 0.0500 loss (on train 0.9979 and "
        "0.0066), with 0.9933 and 0.0234."
    ),
)
