"""What document C imports and never uses: pictures shifted and turned while a net trains."""

from versus.library.protocols import HELD_OUT
from versus.studies.study import Study, Variant
from versus.training.recipe import Recipe

adam = Recipe(optimizer="adam", learning_rate=1e-3, batch_size=128, epochs=20)

study = Study(
    name="augmentation-or-not",
    question="Does shifting and turning the training pictures help this net on MNIST?",
    data="mnist",
    variants=[
        Variant("cnn-pool", "cnn-pool", adam),
        Variant("cnn-pool-augmented", "cnn-pool-augmented", adam),
    ],
    seeds=6,
    protocol=HELD_OUT,
    margin=0.002,
    source="Document C, imported there and unused: augmentation, here as layers of the model.",
)
