"""What document D asks, asked fairly: ResNets that do have residual blocks, all under Adam."""

from versus.studies.protocol import Protocol
from versus.studies.study import Study, Variant
from versus.training.recipe import Recipe

adam = Recipe(optimizer="adam", learning_rate=1e-3, batch_size=128, epochs=25)

study = Study(
    name="resnet-depth",
    question="Do residual blocks help, and is the CNN still ahead of nets that have them?",
    data="fashion-mnist-tops",
    variants=[
        Variant("fashion5-cnn-adam", "fashion5-cnn", adam),
        Variant("fashion5-resnet-2", "fashion5-resnet-2", adam),
        Variant("resnet-v1-8", "resnet-v1-8", adam),
        Variant("resnet-v1-14", "resnet-v1-14", adam),
        Variant("resnet-v1-20", "resnet-v1-20", adam),
    ],
    seeds=3,
    protocol=Protocol(test="open"),
    margin=0.01,
    source=(
        "Document D, errata 1 and 6: depth 2 is a ResNet without a residual block, and the CNN "
        "was trained by another optimizer. Data: fashion-mnist-tops, our guess."
    ),
)
