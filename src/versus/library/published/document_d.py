"""Document D: CNN against ResNet on five classes of Fashion-MNIST."""

from versus.library.published.curves import printed_curve, printed_seconds
from versus.library.published.figures import (
    Claim,
    Corrected,
    Document,
    Erratum,
    Pair,
    Printed,
    System,
)

_DATA = (
    "the document's file is not public and its five classes are not named; fashion-mnist-tops is "
    "our guess at it"
)
_DEEPER = tuple(
    Corrected("resnet-depth", f"resnet-v1-{depth}", f"depth {depth}, which has residual blocks")
    for depth in (8, 14, 20)
)
_SCHEDULED = Corrected(
    "resnet-schedule", "stepped", "depth 8 over 200 epochs, with the schedule that is never used"
)

document = Document(
    letter="D",
    title="CNN against ResNet on five classes of Fashion-MNIST",
    protocol="batch 128, 25 epochs, split 90/5/5 by two draws of scikit-learn",
    systems=(
        System(
            "fashion5-cnn",
            "cnn-vs-resnet",
            33_989,
            30_405,
            counts_printed=False,
            figures=(
                Printed("test", "accuracy", "0.8513"),
                Printed("validation", "accuracy", "0.8513"),
                Printed("train", "accuracy", "0.8864"),
                Printed("train", "loss", "0.2965"),
            ),
            curve=printed_curve("fashion5-cnn"),
            seconds=printed_seconds("fashion5-cnn"),
            unchecked=_DATA,
            corrected=(Corrected("resnet-depth", "fashion5-cnn-adam", "Adam, as the ResNets"),),
        ),
        System(
            "fashion5-resnet-2",
            "cnn-vs-resnet",
            62_889,
            62_887,
            counts_printed=False,
            figures=(
                Printed("test", "accuracy", "0.7347"),
                Printed("validation", "accuracy", "0.7463"),
                Printed("train", "accuracy", "0.7601"),
                Printed("train", "loss", "0.5955"),
            ),
            curve=printed_curve("fashion5-resnet-2"),
            seconds=printed_seconds("fashion5-resnet-2"),
            unchecked=_DATA,
            corrected=(*_DEEPER, _SCHEDULED),
        ),
    ),
    claims=(
        Claim(
            "a ResNet fits worse here than a simple CNN",
            (Pair("cnn-vs-resnet", "fashion5-cnn", "fashion5-resnet-2"),),
            tuple(
                Pair("resnet-depth", "fashion5-cnn-adam", f"resnet-v1-{depth}")
                for depth in (8, 14, 20)
            ),
            "The ResNet of the document has depth 2, which holds no residual block at all: of "
            "ResNets it tests nothing.",
        ),
    ),
    errata=(
        Erratum(
            "depth 2 has no residual block, so what is concluded of ResNets was not tested",
            "resnet-depth, with depths 8, 14 and 20",
        ),
        Erratum(
            "the schedule of learning rates is defined and never used, and 25 epochs would not "
            "reach its first step",
            "resnet-schedule uses it, over 200 epochs",
        ),
        Erratum(
            "the .npy file needs allow_pickle=True, which runs code from the file",
            "versus data import --allow-pickle reads its arrays and runs nothing of it",
        ),
        Erratum(
            "the losses compared at the end, 0.29 against 0.59, are training losses, one of them "
            "with an L2 term",
            "test accuracy and NLL are compared here",
        ),
        Erratum("early stopping is claimed for the ResNet and absent"),
        Erratum("CNN and ResNet differ in optimizer too", "all of resnet-depth has Adam"),
    ),
)
