"""Layer groups at work: learning rates of their own in any optimizer, and layers that begin later.

Both ways of training share it: the engine, and Keras's own `fit`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from versus.backend import keras
from versus.errors import ConfigurationError, UnknownNameError
from versus.training.layer_group import LayerGroup
from versus.training.recipe import Recipe

# Nadam's step begins with a product of its own, which several parts of a step would change several
# times; FTRL makes weights anew of all gradients so far, and a small rate is no small step.
NOT_IN_GROUPS = ("Nadam", "Ftrl")
_STEP = "_backend_update_step"

Grouped = list[tuple[keras.layers.Layer, LayerGroup]]


def group_layers(model: keras.Model, recipe: Recipe) -> Grouped:
    """Return the layers of `model` that are in a group of `recipe`, outer ones first.

    Raises:
        UnknownNameError: no layer is called as a group says.
        ConfigurationError: none of a group's layers is trainable, or every group begins later and
            nothing else learns.
    """
    groups = recipe.groups or ()
    found = list(_walk(model, groups))
    for group in groups:
        own = [layer for layer, its in found if its == group]
        if not own:
            names = [layer.name for layer in model._flatten_layers(include_self=False)]  # noqa: SLF001
            raise UnknownNameError(f"layer of {model.name}", group.layers, names)
        if not any(_own(layer) for layer in own):
            raise ConfigurationError(
                f"Recipe.groups: the layers '{group.layers}' of {model.name} are frozen or have no "
                "weights, so no learning rate changes them: build the model with them trainable "
                "(versus.transfer: freeze=False, or unfreeze_from)"
            )
    held = {id(v) for layer, group in found if group.after for v in _own(layer)}
    if held and held >= {id(variable) for variable in model.trainable_variables}:
        raise ConfigurationError(
            f"Recipe.groups: in its first epochs nothing of {model.name} would learn"
        )
    return found


def apply_groups(model: Any, recipe: Recipe) -> list[keras.callbacks.Callback]:
    """Give a compiled model's optimizer the rates of the groups; return what freezes and thaws.

    Raises:
        UnknownNameError, ConfigurationError: the groups do not fit the model, or its optimizer
            cannot have any.
    """
    if recipe.groups is None:
        return []
    grouped = group_layers(model, recipe)
    optimizer = model.optimizer
    rates = {id(v): group.rate for layer, group in grouped for v in _own(layer)}
    if any(rate != 1 for rate in rates.values()):
        if type(optimizer).__name__ in NOT_IN_GROUPS:
            raise ConfigurationError(
                f"Recipe.groups: {recipe.optimizer} cannot give layers a rate of their own: "
                "take adam"
            )
        _set_rates(optimizer, rates)
    later = [(layer, group.after) for layer, group in grouped if group.after]
    # What is frozen at first has its place in the optimizer, too.
    if not optimizer.built:
        optimizer.build(model.trainable_variables)
    return [Thawing(later)] if later else []


def in_groups(optimizer: Any) -> bool:
    """Whether the optimizer gives some weights a rate of their own."""
    return _STEP in vars(optimizer)


class Thawing(keras.callbacks.Callback):
    """Freezes layers before the training, and lets each learn from its epoch on.

    It has no state: which layers are frozen follows from the epoch.
    """

    def __init__(self, later: Sequence[tuple[keras.layers.Layer, int]]) -> None:
        """Take layers, outer ones first, with the epochs for which they are frozen."""
        super().__init__()
        self._later = list(later)
        self._trainable = [layer.trainable for layer, _ in later]

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Freeze them."""
        self._freeze(0)

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Thaw those whose epoch it is."""
        self._freeze(epoch)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Leave the model as it was built."""
        self._freeze(None)

    def _freeze(self, epoch: int | None) -> None:
        for (layer, after), trainable in zip(self._later, self._trainable, strict=True):
            wanted = trainable and (epoch is None or epoch >= after)
            if layer.trainable != wanted or _inner(layer):  # an outer layer sets its inner ones
                layer.trainable = wanted


def _set_rates(optimizer: Any, rates: Mapping[int, float]) -> None:
    """Let each weight be changed at its own share of the learning rate, weight decay too.

    The methods of this one optimizer are replaced, so that it is saved and loaded as what it is.
    """
    step, use_decay = getattr(optimizer, _STEP), optimizer._use_weight_decay  # noqa: SLF001

    def update(gradients: Sequence[Any], variables: Sequence[Any], learning_rate: Any) -> None:
        for factor in sorted({rates.get(id(v), 1.0) for v in variables}):
            chosen = [n for n, v in enumerate(variables) if rates.get(id(v), 1.0) == factor]
            rate = learning_rate if factor == 1 else learning_rate * factor
            step([gradients[n] for n in chosen], [variables[n] for n in chosen], rate)

    def decay(variables: Sequence[Any]) -> None:
        if optimizer.weight_decay is None:
            return
        share = float(optimizer.learning_rate) * float(optimizer.weight_decay)
        for variable in filter(use_decay, variables):
            variable.assign(variable * (1 - share * rates.get(id(variable), 1.0)))

    setattr(optimizer, _STEP, update)
    optimizer._apply_weight_decay = decay  # noqa: SLF001


def _walk(
    layer: Any, groups: Sequence[LayerGroup], outer: tuple[LayerGroup, ...] = ()
) -> Iterator[tuple[keras.layers.Layer, LayerGroup]]:
    """Yield every layer in a group, with the first one that its name or an outer one's fits."""
    for inner in _inner(layer):
        fitting = tuple(g for g in groups if g in outer or inner.name.startswith(g.layers))
        if fitting:
            yield inner, fitting[0]
        yield from _walk(inner, groups, fitting)


def _inner(layer: Any) -> list[Any]:
    return list(layer._flatten_layers(include_self=False, recursive=False))  # noqa: SLF001


def _own(layer: Any) -> list[Any]:
    """Return the trainable weights of a layer, not those of layers within it."""
    inside = {id(variable) for inner in _inner(layer) for variable in inner.variables}
    return [v for v in layer.trainable_variables if id(v) not in inside]
