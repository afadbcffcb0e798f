"""VS300 and VS304 to VS308: how a model is put together."""

from collections.abc import Iterable, Iterator

from versus.lint.graph import DROPOUTS, Graph, Layer
from versus.lint.rule import Check, Found, Rule
from versus.lint.script import habits
from versus.lint.subject import Candidate

Candidates = tuple[Candidate, ...]

HIGHEST_RATE = 0.6
"""Dropout's authors keep 0.4 to 0.8 of hidden units at best (Srivastava et al. 2014, JMLR 15, 7.3):
beyond a rate of 0.6 they, too, found nets that cannot fit."""

# Layers between a dropout and a normalisation that leave their order the fault it is.
BETWEEN = ("Activation", "ReLU", "LeakyReLU", "ELU", "Flatten", "Reshape", "MaxPooling", "Average")


def place(candidate: Candidate, layer: Layer) -> str:
    """Return where a layer is: its line in a script, else its model and name."""
    return layer.place or f"variant {candidate.name}, layer {layer.name}"


def graphs(candidates: Candidates) -> Iterator[tuple[Candidate, Graph]]:
    """Yield the models whose layers are known."""
    for candidate in candidates:
        if candidate.graph is not None and candidate.graph.layers:
            yield candidate, candidate.graph


def _broken(candidates: Candidates) -> Iterable[Found]:
    for candidate in candidates:
        if candidate.broken:
            yield Found(f"variant {candidate.name}", candidate.broken)


def _rates(candidates: Candidates) -> Iterator[tuple[str, float]]:
    for candidate, graph in graphs(candidates):
        for layer in graph.layers:
            rate = layer.config.get("rate")
            if layer.kind in DROPOUTS and isinstance(rate, (int, float)):
                yield place(candidate, layer), float(rate)


def _no_rate(candidates: Candidates) -> Iterable[Found]:
    for place, rate in _rates(candidates):
        if not 0 <= rate < 1:
            hint = f", which may be meant as {rate / 100:g}" if 1 < rate < 100 else ""
            yield Found(place, f"a dropout rate of {rate:g}{hint}")


def _high_rate(candidates: Candidates) -> Iterable[Found]:
    for place, rate in _rates(candidates):
        if HIGHEST_RATE < rate < 1:
            yield Found(place, f"a dropout rate of {rate:g}: {1 - rate:.0%} of the units remain")


def _dropout_first(candidates: Candidates) -> Iterable[Found]:
    for candidate, graph in graphs(candidates):
        for layer in graph.layers:
            if layer.kind != "BatchNormalization":
                continue
            for earlier in graph.before(layer):
                if earlier.kind in DROPOUTS and earlier.config.get("rate") != 0:
                    yield Found(
                        place(candidate, layer),
                        f"it normalises what {earlier.name} drops from, with no weights between",
                    )
                if not earlier.kind.startswith(BETWEEN):
                    break


def _no_block(candidates: Candidates) -> Iterable[Found]:
    for candidate, graph in graphs(candidates):
        names = f"{candidate.name} {graph.name}".lower().replace("_", "-")
        if not any(word in names for word in ("resnet", "residual", "res-net")):
            continue
        # Layers that the syntax tree does not tell may be blocks.
        unknown = any(layer.kind.startswith("Unknown") for layer in graph.layers)
        if not unknown and not any(layer.adds for layer in graph.layers):
            yield Found(
                graph.layers[0].place or f"variant {candidate.name}",
                f"it is called {graph.name or candidate.name}, and none of its "
                f"{len(graph.layers)} layers adds a shortcut",
            )


def _frozen(candidates: Candidates) -> Iterable[Found]:
    for candidate, graph in graphs(candidates):
        held = [layer for layer in graph.layers if not layer.trainable]
        weighted = [layer for layer in graph.layers if _has_weights(layer)]
        if weighted and all(not layer.trainable for layer in weighted):
            yield Found(
                f"variant {candidate.name}",
                f"all {len(weighted)} layers with weights are frozen: nothing can be learned",
                severity="error",
            )
        elif held and not any(_has_weights(layer) for layer in held):
            names = ", ".join(layer.name for layer in held[:3])
            yield Found(
                f"variant {candidate.name}",
                f"{names} {'is' if len(held) == 1 else 'are'} frozen and "
                f"{'has' if len(held) == 1 else 'have'} no weights",
            )


def _has_weights(layer: Layer) -> bool:
    return layer.weighted or layer.kind.endswith("Normalization")


_CANDIDATES = ("candidates",)

RULES = (
    Rule(
        "VS300",
        "a model that cannot be built",
        "error",
        "Its runs cannot begin.",
        "The message says where; `versus model show MODEL` builds it alone.",
        (Check(_CANDIDATES, _broken),),
    ),
    Rule(
        "VS304",
        "a dropout rate that is none",
        "error",
        "A rate is the share of units dropped, from 0 up to but not 1. Keras 3 refuses others; "
        "Keras before 2.4 took them for no dropout, without a word.",
        "Give the share: 0.2 for 20 %.",
        (Check(_CANDIDATES, _no_rate),),
    ),
    Rule(
        "VS305",
        "a dropout rate above 0.6",
        "warning",
        "So few units remain that most nets then fit neither train nor test.",
        "Try 0.2 to 0.5; or a smaller layer.",
        (Check(_CANDIDATES, _high_rate),),
    ),
    Rule(
        "VS306",
        "dropout before BatchNormalization",
        "warning",
        "Dropout changes the variance of its outputs between training and use, and the moving "
        "variance is that of training: in use the normalisation is off (Li et al. 2019, CVPR).",
        "Put the dropout after the normalisation.",
        (Check(_CANDIDATES, _dropout_first),),
    ),
    Rule(
        "VS307",
        "a ResNet without a residual block",
        "warning",
        "What is measured is a plain net, so nothing follows about residual ones.",
        "Build blocks (depth 6n+2 with n of at least 1), or call the net something else.",
        (Check(_CANDIDATES, _no_block),),
    ),
    Rule(
        "VS308",
        "freezing without effect",
        "warning",
        "Training goes on, or is over, as if nothing had been frozen.",
        "Set `trainable` before compile, on a layer that has weights.",
        (Check(_CANDIDATES, _frozen), Check(("script",), habits.frozen_in_vain)),
    ),
)
