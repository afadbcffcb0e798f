"""Forward: a batch's loss and outputs, as the recipe has them computed."""

from versus.backend import keras, torch
from versus.training.features import Features
from versus.training.losses import (
    Loss,
    SoftmaxCrossentropy,
    crossentropy,
    loss_function,
    penalties,
)
from versus.training.lowering.program import Program
from versus.training.optimizers import Updater
from versus.training.recipe import Recipe

Tensor = torch.Tensor


class Forward:
    """A lowered model with its loss."""

    def __init__(self, features: Features, program: Program, recipe: Recipe) -> None:
        """Choose the loss.

        Args:
            features: whose program is run, the whole model or what is behind its frozen part.
            program: the whole model.
            recipe: loss and precision.
        """
        self.features = features
        self._reduced = recipe.precision == "bfloat16"
        self._loss: Loss = loss_function(recipe)
        self._fused = self._loss is crossentropy and program.ends_in_softmax

    def __call__(self, images: Tensor, labels: Tensor, *, training: bool) -> tuple[Tensor, Tensor]:
        """Return the mean loss and the outputs of a batch, as float32 whatever it computes in."""
        # Features are floats already, maybe of half the width.
        images = images if images.is_floating_point() else images.to(_float())
        reduced, kind = training and self._reduced, images.device.type
        # A graph must not hold what the cache of an earlier step has made.
        cached = kind == "cpu"
        with torch.autocast(kind, torch.bfloat16, enabled=reduced, cache_enabled=cached):
            (found,) = self.features.program([images], training=training, logits=self._fused)
        found = found.to(_float()) if reduced else found
        if self._fused:
            return SoftmaxCrossentropy.apply(labels, found)
        return self._loss(labels, found), found

    def to_learn(self, images: Tensor, labels: Tensor, update: Updater) -> tuple[Tensor, Tensor]:
        """Return loss with the penalties of the trained weights, and outputs."""
        loss, outputs = self(images, labels, training=True)
        extra = penalties(update.variables)
        return loss if extra is None else loss + extra, outputs


def _float() -> torch.dtype:
    return getattr(torch, keras.config.floatx())
