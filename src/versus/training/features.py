"""Features: what frozen leading layers give, computed once per picture and kept for all epochs."""

from typing import Any

from versus.backend import device_name, keras, products, torch
from versus.training.inference import batch_rows
from versus.training.lowering.frozen import Cut, cuts, split
from versus.training.lowering.program import Program

Tensor = torch.Tensor
# The most bytes that the features of all training and validation pictures may take.
FEATURE_BUDGET = 2 * 2**30


class Features:
    """What a training reads: the pictures and the whole model, or features and what is behind.

    A frozen layer's weights count by their tensors' own version numbers, so features never
    outlive a change by a callback.

    Attributes:
        program: what is run on a batch.
        train: pictures uint8 `[n, height, width, channels]`, or features.
        validation: the same of the validation pictures; None without any.
    """

    def __init__(
        self, program: Program, train: Tensor, validation: Tensor | None, precision: str
    ) -> None:
        """Start without features.

        Args:
            program: the whole model.
            train: uint8 `[n, height, width, channels]`.
            validation: the same, or None.
            precision: of the training part, "float32" or "bfloat16"; validation is float32.
        """
        self._whole = program, train, validation
        self._precision = precision
        self._state: Any = None
        self._cut: Cut | None = None
        self._drop()

    @property
    def used(self) -> bool:
        """Whether features stand in for the pictures now."""
        return self._cut is not None

    def refresh(self, epochs_left: int) -> None:
        """Decide anew before an epoch: layers may have been frozen, thawed or set.

        Args:
            epochs_left: with this one; in the last there is nothing to save.
        """
        cut = self._latest_cut()
        if cut is None:
            self._drop()
        elif self._state is None or self._state != _state(cut):
            self._drop()
            if epochs_left > 1:
                self._make(cut)

    def check(self) -> None:
        """Go back to the pictures if weights under the features have changed since."""
        if self._cut is not None and self._state != _state(self._cut):
            self._drop()

    def _latest_cut(self) -> Cut | None:
        program, train, validation = self._whole
        count = len(train) + (0 if validation is None else len(validation))
        size = torch.finfo(getattr(torch, keras.config.floatx())).bits // 8
        for cut in cuts(program.graph):
            if cut.values * size * count <= FEATURE_BUDGET and split(program, cut.slot):
                return cut
        return None

    def _drop(self) -> None:
        self._cut = self._state = None
        self.program, self.train, self.validation = self._whole

    def _make(self, cut: Cut) -> None:
        program, train, validation = self._whole
        parts = split(program, cut.slot)
        assert parts is not None  # noqa: S101  (a cut is taken only where it parts)
        head, self.program = parts
        self.train = _run(head, train, self._precision)
        self.validation = None if validation is None else _run(head, validation, "float32")
        self._cut, self._state = cut, _state(cut)


def _state(cut: Cut) -> tuple[Any, ...]:
    """Return what changes whenever a weight before the cut does, or the cut itself."""
    values = [variable.value for layer in cut.layers for variable in layer.variables]
    return cut.slot, *((value.data_ptr(), value._version) for value in values)  # noqa: SLF001


def _run(head: Program, pictures: Tensor, precision: str) -> Tensor:
    """Return the features of all pictures, in memory as Keras lays them out."""
    dtype = getattr(torch, keras.config.floatx())
    kind = device_name()
    mixed = torch.autocast(kind, torch.bfloat16, enabled=precision == "bfloat16")
    kept: Any = None  # made once it is known what comes out
    with torch.no_grad(), mixed, products(precision):
        rows = batch_rows(head, pictures[:0].to(kind))
        for start in range(0, len(pictures), rows):
            part = slice(start, start + rows)
            (found,) = head([pictures[part].to(kind).to(dtype)], training=False)
            if kept is None:
                kept = found.new_empty((len(pictures), *found.shape[1:]))
            kept[part] = found
    return kept
