"""The first study anybody runs: a minute, no network, real handwritten digits."""

from versus.studies.study import Study, Variant
from versus.training.recipe import Recipe

adam = Recipe(optimizer="adam", learning_rate=1e-3, batch_size=32, epochs=20)

study = Study(
    name="quickstart",
    question="Do convolutions read handwritten digits better than fully connected layers?",
    data="digits",
    variants=[Variant("fc", "fc", adam), Variant("cnn-pool", "cnn-pool", adam)],
    seeds=6,
    margin=0.01,
    source="Both nets of document A under one recipe, on scikit-learn's 8x8 digits at 28x28.",
)
