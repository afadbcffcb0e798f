"""What document B asks, asked fairly: one net in which only the size of the kernel changes."""

from versus.library.protocols import HELD_OUT
from versus.studies.study import Study, Variant
from versus.training.recipe import Recipe

adadelta = Recipe(optimizer="adadelta", learning_rate=1.0, batch_size=128, epochs=12)

study = Study(
    name="kernel-size-controlled",
    question="Does a larger kernel read MNIST better, everything else being equal?",
    data="mnist",
    variants=[
        Variant(name, name, adadelta)
        for name in ("kernel-3-controlled", "kernel-5-controlled", "kernel-7-controlled")
    ],
    seeds=8,
    protocol=HELD_OUT,
    margin=0.002,
    source=(
        "Document B, errata 1 and 2: the printed nets differ in depth, width, stride, pooling and "
        "dropout as well, and no picture was left untouched by the choices made."
    ),
)
