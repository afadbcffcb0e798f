"""What document C explains in words: flatten the last map, or average it over space."""

from versus.library.protocols import HELD_OUT
from versus.studies.study import Study, Variant
from versus.training.recipe import Recipe

adam = Recipe(optimizer="adam", learning_rate=1e-3, batch_size=128, epochs=10)

study = Study(
    name="flatten-or-pool",
    question="Is global average pooling a better end of a small net than flattening?",
    data="mnist",
    variants=[Variant("cnn-pool", "cnn-pool", adam), Variant("cnn-pool-gap", "cnn-pool-gap", adam)],
    seeds=6,
    protocol=HELD_OUT,
    margin=0.002,
    source=(
        "Document C, erratum 4: it describes global pooling wrongly. Pooling over space leaves one "
        "number a filter, so the classifier here has 330 weights in place of 15,690."
    ),
)
