"""What a model costs: parameters and forward multiply-adds."""

from collections.abc import Sequence

from versus.backend import FlopCounterMode, keras, torch
from versus.schema import Schema


class Cost(Schema):
    """What one model costs, whatever machine it runs on.

    Attributes:
        parameters: numbers that are learned or kept (BatchNorm's moving averages count).
        trainable: those that training changes.
        multiply_adds: of the forward pass of one picture, in matrix products and convolutions.
    """

    parameters: int
    trainable: int
    multiply_adds: int


def cost(model: keras.Model) -> Cost:
    """Count a built model's parameters and the multiply-adds of one picture's forward pass.

    The multiply-adds are counted by torch while the model runs on a blank picture, so layers
    that versus has never heard of count too. Bias, activations and pooling are not multiply-adds.

    Args:
        model: built, with inputs of known shape.
    """
    return Cost(
        parameters=count(model.weights),
        trainable=count(model.trainable_weights),
        multiply_adds=multiply_adds(model),
    )


def count(weights: Sequence[keras.Variable]) -> int:
    """Return how many numbers there are in `weights`."""
    return sum(int(torch.Size(weight.shape).numel()) for weight in weights)


def multiply_adds(model: keras.Model) -> int:
    """Return the multiply-adds of the forward pass of one picture, or of one of each input."""
    # A Sequential has its one input only among `inputs`.
    read = model.input if hasattr(model, "input") else model.inputs[0]
    blank = keras.tree.map_structure(
        lambda x: keras.ops.zeros([size or 1 for size in x.shape], x.dtype), read
    )
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(blank, training=False)
    # torch counts a multiply-add as two operations.
    return counter.get_total_flops() // 2
