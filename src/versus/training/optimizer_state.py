"""What a Keras optimizer keeps for each weight, as tensors: one by one, or as one vector."""

from typing import Any

from versus.backend import torch

Tensor = torch.Tensor


class OptimizerState:
    """The state of an optimizer for some of its weights, for as long as they are the trained ones.

    The tensors are those of the optimizer's own variables, so a change of one is a change of the
    other.
    """

    def __init__(self, optimizer: Any, rows: list[int]) -> None:
        """Nothing is read before it is asked for.

        Args:
            optimizer: a built Keras optimizer.
            rows: which of its weights, in the order of the gradients.
        """
        self._optimizer, self._rows = optimizer, rows
        self._flat: dict[str, Tensor] = {}

    def each(self, name: str) -> list[Tensor]:
        """Return what is kept under `name` (such as `_momentums`), one tensor a weight."""
        kept = getattr(self._optimizer, name)
        return [kept[row].value for row in self._rows]

    def flat(self, name: str) -> Tensor:
        """Return the same as one vector: a rule then costs some calls, not some for each weight.

        The variables are moved once into the vector's memory, of which they are views from then on.
        """
        if name not in self._flat:
            tensors = self.each(name)
            vector = torch.cat([tensor.detach().reshape(-1) for tensor in tensors])
            parts = vector.split([tensor.numel() for tensor in tensors])
            for tensor, part in zip(tensors, parts, strict=True):
                tensor.data = part.view(tensor.shape)
            self._flat[name] = vector
        return self._flat[name]
