"""Document E: Fashion-MNIST laboratory, overfitting and dropout."""

from versus.library.published.figures import (
    Claim,
    Document,
    Erratum,
    Experiment,
    Pair,
    Printed,
    System,
)

document = Document(
    letter="E",
    title="Fashion-MNIST laboratory: overfitting and dropout",
    protocol="batch 64, 20 epochs, Adam, a drawn fifth for validation, tested on the 10,000",
    systems=(
        System(
            "lab",
            "overfitting",
            356_234,
            356_234,
            counts_printed=False,
            figures=(
                Printed("train", "accuracy", "0.99"),
                Printed("validation", "loss", "0.4396"),
                Printed("validation", "accuracy", "0.92"),
            ),
        ),
        System(
            "lab-dropout",
            "overfitting",
            356_234,
            356_234,
            counts_printed=False,
            unchecked="the document prints curves of it and no number",
            also=(("svm-vs-cnn", "lab-dropout"),),
        ),
        System(
            "svm",
            "svm-baseline",
            counts_printed=False,
            figures=(Printed("test", "accuracy", "0.897"),),
            experiments=(
                Experiment(
                    "svm-baseline",
                    "svm-poly",
                    "which kernel it had is not printed (and a seed only turns the order of the "
                    "pictures, which changes next to nothing)",
                    between=True,
                ),
            ),
        ),
    ),
    claims=(
        Claim(
            "dropout lowers the test loss",
            (Pair("overfitting", "lab-dropout", "lab", "nll"),),
        ),
        Claim(
            "the convolutional net beats the support vector machine that the data were published "
            "with",
            (Pair("svm-vs-cnn", "lab-dropout", "svm"),),
            remark="The settings of the machine (C 10, RBF) are not printed, and are our guess.",
        ),
    ),
    errata=(
        Erratum(
            "labels are taken with argmax(round(p)), which gives class 0 to every picture whose "
            "largest probability is at most 0.5",
            "labels are the argmax of the probabilities",
        ),
        Erratum("the data are called int8 and are uint8"),
        Erratum("the file name .h5py is refused by Keras 3", "models are saved as .keras"),
    ),
)
