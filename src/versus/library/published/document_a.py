"""Document A: fully connected against convolutional, Sequential against Functional (MNIST)."""

from versus.library.published.curves import printed_curve
from versus.library.published.figures import (
    Claim,
    Corrected,
    Document,
    Erratum,
    Pair,
    Printed,
    System,
)

document = Document(
    letter="A",
    title="FC against CNN, Sequential against Functional (MNIST)",
    protocol="batch 128, 20 epochs, validation the last 20 % of train, tested once",
    systems=(
        System(
            "fc",
            "fc-vs-cnn",
            443_610,
            443_610,
            figures=(
                Printed("test", "accuracy", "0.8966"),
                Printed("test", "loss", "0.40141"),
            ),
            curve=printed_curve("fc"),
            seconds=116,
            corrected=(
                Corrected("fc-vs-cnn-corrected", "fc-dropout", "the dropout that was meant"),
                Corrected("fc-vs-cnn-corrected", "fc-adam", "Adam, as the CNN has"),
            ),
        ),
        System(
            "cnn-pool",
            "pool-vs-stride",
            20_490,
            20_490,
            unchecked="the document builds it and never trains it",
        ),
        System(
            "cnn-stride",
            "fc-vs-cnn",
            20_490,
            20_490,
            figures=(
                Printed("test", "accuracy", "0.9828"),
                Printed("test", "loss", "0.06320"),
            ),
            curve=printed_curve("cnn-stride"),
            seconds=285,
            also=(("pool-vs-stride", "cnn-stride"), ("fc-vs-cnn-corrected", "cnn-stride")),
            corrected=(
                Corrected("pool-vs-stride", "cnn-pool", "the pooled net that was to be trained"),
            ),
        ),
    ),
    claims=(
        Claim(
            "the small CNN reads MNIST better than the fully connected net",
            (Pair("fc-vs-cnn", "cnn-stride", "fc"),),
            (Pair("fc-vs-cnn-corrected", "cnn-stride", "fc-adam"),),
            "As printed the two differ in optimizer as well as in layers.",
        ),
    ),
    errata=(
        Erratum(
            "Dropout(20) is no rate: standalone Keras clipped it to nothing, Keras 3 rejects it; "
            "the printed numbers are those of no dropout",
            "fc-dropout, with rates of 0.2",
        ),
        Erratum(
            "the variable of the pooled CNN is overwritten by the strided one before it is "
            "compiled, so the printed result is the strided one's",
            "cnn-pool is trained in pool-vs-stride",
        ),
        Erratum("a heading calls the CNN's training time the FC model's"),
        Erratum(
            "FC against CNN is confounded with SGD at 0.001 against Adam",
            "fc-adam, in fc-vs-cnn-corrected",
        ),
        Erratum("a layer is frozen after training without compiling again, which changes nothing"),
    ),
)
