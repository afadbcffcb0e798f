"""The engine: Keras's training loop over the lowered model, in one process, on one device."""

import time
from collections.abc import Sequence

from versus import seeding
from versus.backend import isolated, keras
from versus.data.dataset import Split
from versus.errors import ConfigurationError
from versus.training.checkpoint import Checkpoint
from versus.training.compilation import build_metrics, make_loss, make_optimizer
from versus.training.groups import apply_groups
from versus.training.history import History
from versus.training.identity import identity
from versus.training.loop import Keeper, Loop
from versus.training.memory import keep_memory
from versus.training.recipe import Recipe
from versus.training.resume import Resuming
from versus.training.saver import Saver
from versus.training.watch import Watch, early_stopping, seed_layers


def fit(
    model: keras.Model,
    recipe: Recipe,
    train: Split,
    validation: Split | None,
    *,
    seed: int,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    verbose: int | str = 0,
    checkpoint: Checkpoint | None = None,
) -> History:
    """Train `model` in place as `recipe` says; arguments and meaning as `reference.fit`.

    Dropout masks come from a faster generator than Keras's, so two trainings agree in
    distribution, not bit by bit; without dropout they agree up to rounding.

    With a checkpoint, a training that was interrupted goes on where it was last saved, and ends
    with the same bits as one that never was (on the same machine with as many threads).

    Raises:
        ConfigurationError: Keras refuses an option of the recipe, or it has class weights.
        DivergedError: the loss of a step is not finite.
        TrainingError: the checkpoint is of another training.
    """
    if recipe.class_weight is not None:
        raise ConfigurationError(
            "Recipe.class_weight is for Keras's own fit (engine='keras'); versus's engine weighs "
            "all classes the same"
        )
    keep_memory()
    with isolated(seeding.integer(seed, "training")):
        seed_layers(model, seed)
        model.compile(make_optimizer(recipe), make_loss(recipe), metrics=["accuracy"])
        build_metrics(model, recipe)
        loop = Loop(model, recipe, train, validation, seed)
        watch = Watch()
        listeners = keras.callbacks.CallbackList(
            [watch, *apply_groups(model, recipe), *early_stopping(recipe), *callbacks],
            add_history=True,
            add_progbar=verbose != 0,
            model=model,
            verbose=1 if verbose == "auto" else verbose,
            epochs=recipe.epochs,
            steps=loop.steps,
        )
        start = time.perf_counter()
        if checkpoint is None:
            loop.run(listeners, Keeper())
        else:
            what = identity("versus", model, recipe, train, validation, seed)
            with Saver(checkpoint, what, listeners.callbacks) as saver:
                loop.run(listeners, Resuming(saver))
        seconds = watch.before + time.perf_counter() - start
    return History.from_keras(model.history, watch.seconds, seconds)
