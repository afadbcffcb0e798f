"""Document A's two convolutional nets: halving the picture by max-pooling, or by strides of 2.

The document prints only the strided one's result, under the name of both; see its errata.
"""

from versus.library.protocols import HELD_OUT
from versus.studies.study import Study, Variant
from versus.training.recipe import Recipe

adam = Recipe(optimizer="adam", learning_rate=1e-3, batch_size=128, epochs=20)

study = Study(
    name="pool-vs-stride",
    question="Is max-pooling a better way to halve a picture than a stride of 2?",
    data="mnist",
    variants=[Variant("cnn-pool", "cnn-pool", adam), Variant("cnn-stride", "cnn-stride", adam)],
    seeds=7,
    protocol=HELD_OUT,
    margin=0.002,
    source=(
        "Document A, convolutional nets: cnn-stride 0.9828 accuracy and 0.06320 loss; cnn-pool is "
        "built there and overwritten before it is trained."
    ),
)
