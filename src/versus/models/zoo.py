"""The built-in models, as an explicit table: nothing registers itself, nothing heavy is imported.

The counts are those of the source documents, on their own input of 28x28x1.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class ZooEntry:
    """One built-in model.

    Attributes:
        name: as the command line takes it.
        builder: `module:function` of its builder.
        parameters: how many there are on 28x28x1 and `classes` classes.
        trainable: how many of them training changes.
        document: the letter of the document it comes from.
        about: what it is, in a line.
        classes: of the document.
        learned_by: "keras", whatever the engine; or "scikit-learn", and then counts are 0: what
            such a model holds is known when it has learned.
    """

    name: str
    builder: str
    parameters: int
    trainable: int
    document: str
    about: str
    classes: int = 10
    learned_by: str = "keras"


def _entry(
    name: str, module: str, counts: tuple[int, int], document: str, about: str, classes: int = 10
) -> ZooEntry:
    function = name.replace("-", "_")
    return ZooEntry(name, f"versus.models.{module}:{function}", *counts, document, about, classes)


ZOO: dict[str, ZooEntry] = {
    entry.name: entry
    for entry in (
        _entry(
            "fc", "fully_connected", (443_610, 443_610), "A", "fully connected, 500 and 100 units"
        ),
        _entry("fc-adam", "fully_connected", (443_610, 443_610), "A", "fc, to be trained by Adam"),
        _entry("fc-dropout", "fully_connected", (443_610, 443_610), "A", "fc with dropout of 0.2"),
        _entry(
            "cnn-pool", "small_cnn", (20_490, 20_490), "A", "3x3, 16 and 32 filters, max-pooled"
        ),
        _entry("cnn-stride", "small_cnn", (20_490, 20_490), "A", "the same, strided, not pooled"),
        _entry("kernel-7x7", "kernel_sizes", (136_906, 136_426), "B", "three 7x7 convolutions"),
        _entry("kernel-3x3", "kernel_sizes", (13_338, 12_986), "B", "three 3x3, two strided"),
        _entry("kernel-2x2", "kernel_sizes", (144_406, 143_958), "B", "five 2x2 convolutions"),
        _entry("kernel-3-controlled", "kernel_controlled", (99_402, 98_922), "B", "only 3x3"),
        _entry("kernel-5-controlled", "kernel_controlled", (140_618, 140_138), "B", "only 5x5"),
        _entry("kernel-7-controlled", "kernel_controlled", (202_442, 201_962), "B", "only 7x7"),
        _entry("filters-32-3x3", "filter_grid", (113_642, 113_514), "C", "32 of 3x3 second"),
        _entry("filters-64-3x3", "filter_grid", (225_418, 225_226), "C", "64 of 3x3 second"),
        _entry("filters-32-5x5", "filter_grid", (93_162, 93_034), "C", "32 of 5x5 second"),
        _entry("filters-64-5x5", "filter_grid", (184_458, 184_266), "C", "64 of 5x5 second"),
        _entry("no-dropout", "filter_grid", (184_458, 184_266), "C", "64 of 5x5, no dropout"),
        _entry("dropout", "filter_grid", (184_458, 184_266), "C", "64 of 5x5, dropout of 0.5"),
        _entry(
            "vgg16-frozen",
            "transfer",
            (14_782_154, 67_210),
            "C",
            "VGG16 of ImageNet, frozen, pixels as they are",
        ),
        _entry(
            "vgg16-frozen-preprocessed",
            "transfer",
            (14_782_154, 67_210),
            "C",
            "the same with VGG16's own preprocessing",
        ),
        _entry(
            "vgg16-finetuned",
            "transfer",
            (14_782_154, 7_146_634),
            "C",
            "the same, its last block trained too",
        ),
        _entry("fashion5-cnn", "fashion5", (33_989, 30_405), "D", "two sigmoid convolutions", 5),
        _entry("fashion5-resnet-2", "resnet_v1", (62_889, 62_887), "D", "no residual block", 5),
        _entry("resnet-v1-8", "resnet_v1", (93_161, 92_807), "D", "one block a stage", 5),
        _entry("resnet-v1-14", "resnet_v1", (191_049, 190_247), "D", "two blocks a stage", 5),
        _entry("resnet-v1-20", "resnet_v1", (288_937, 287_687), "D", "three blocks a stage", 5),
        _entry("lab", "lab", (356_234, 356_234), "E", "three leaky convolutions, overfits"),
        _entry("lab-dropout", "lab", (356_234, 356_234), "E", "the same with dropout"),
        *(
            ZooEntry(
                name,
                f"versus.models.estimator:{name.replace('-', '_')}",
                0,
                0,
                "E",
                f"a support vector machine of scikit-learn, C 10, {kernel}",
                learned_by="scikit-learn",
            )
            for name, kernel in (("svm", "RBF"), ("svm-poly", "cubic"))
        ),
        _entry(
            "cnn-pool-augmented", "small_cnn", (20_490, 20_490), "C", "cnn-pool, shifted and turned"
        ),
        _entry("cnn-pool-gap", "small_cnn", (5_130, 5_130), "C", "cnn-pool, averaged over space"),
        _entry(
            "inception-small", "branches", (8_290, 8_290), "A", "two Inception blocks, an example"
        ),
        _entry("unet-small", "branches", (14_642, 14_642), "A", "U-Net-like skips"),
    )
}
