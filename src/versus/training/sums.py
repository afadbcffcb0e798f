"""Sums of loss and correct answers over the pictures of an epoch, as Keras's metrics keep them."""

import math
from dataclasses import dataclass
from typing import Any

from versus.backend import torch
from versus.errors import DivergedError


@dataclass
class Sums:
    """Loss and correct answers summed over pictures."""

    count: int = 0
    loss: float = 0.0
    correct: Any = 0

    def add(self, loss: float, outputs: torch.Tensor, labels: torch.Tensor) -> None:
        """Add a batch: its mean loss, its outputs `[n, classes]` and its labels int64 `[n]`."""
        self.count += len(labels)
        self.loss += loss * len(labels)
        self.correct = self.correct + right(outputs, labels)

    def logs(self, prefix: str = "") -> dict[str, float]:
        """Return the means, under Keras's keys."""
        return {
            f"{prefix}accuracy": float(self.correct) / self.count,
            f"{prefix}loss": self.loss / self.count,
        }


def right(outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return how many of a batch's outputs `[n, classes]` are greatest at the label."""
    return (outputs.argmax(dim=1) == labels).sum()


def check_finite(value: float, epoch: int, step: int) -> None:
    """End a training before a loss that is no number gets into the weights."""
    if not math.isfinite(value):
        raise DivergedError(value, epoch + 1, step + 1)
