"""Document D's learning-rate schedule, which it defines and never uses: run once, at depth 8."""

from versus.studies.protocol import Protocol
from versus.studies.study import Study, Variant
from versus.training.recipe import Recipe, Schedule

STEPS = 422  # of 128 pictures, to see 54,000 once


def stepped(rate: float, steps: int = STEPS) -> Schedule:
    """Return `rate`, times 0.1, 0.01, 0.001 and 0.0005 after epochs 80, 120, 160 and 180."""
    # Epochs are counted from 0 there, so that epoch 81 is the first at a tenth.
    ends = [(epoch + 1) * steps - 1 for epoch in (80, 120, 160, 180)]
    rates = [rate * factor for factor in (1.0, 1e-1, 1e-2, 1e-3, 0.5e-3)]
    return Schedule(name="PiecewiseConstantDecay", options={"boundaries": ends, "values": rates})


constant = Recipe(optimizer="adam", learning_rate=1e-3, batch_size=128, epochs=200)
falling = Recipe(optimizer="adam", learning_rate=stepped(1e-3), batch_size=128, epochs=200)

study = Study(
    name="resnet-schedule",
    question="What does the schedule do for a ResNet of depth 8 over 200 epochs?",
    data="fashion-mnist-tops",
    variants=[
        Variant("constant", "resnet-v1-8", constant),
        Variant("stepped", "resnet-v1-8", falling),
    ],
    seeds=1,
    protocol=Protocol(test="open"),
    source=(
        "Document D, erratum 2: the schedule is defined and never used, and 25 epochs would not "
        "reach its first step. One seed: a demonstration, no verdict."
    ),
)
