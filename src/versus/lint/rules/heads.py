"""VS301 to VS303: what a model ends in, against what its loss expects."""

from collections.abc import Iterable, Iterator

from versus.lint.graph import Layer
from versus.lint.rule import Check, Found, Rule
from versus.lint.rules.models import graphs, place
from versus.lint.subject import Candidate, Loss

Candidates = tuple[Candidate, ...]

SQUASHING = ("sigmoid", "tanh", "relu", "leakyrelu", "elu", "gelu", "softplus", "hard_sigmoid")


def _ends(candidates: Candidates) -> Iterator[tuple[Candidate, Layer, Loss, str]]:
    """Yield the last layer of each model whose loss is known, and its activation."""
    for candidate, graph in graphs(candidates):
        end = graph.output
        if end is None or candidate.loss is None:
            continue
        if end.weighted or end.kind in ("Activation", "Softmax"):
            activation = end.activation
            if isinstance(activation, str):
                yield candidate, end, candidate.loss, activation


def _head(candidates: Candidates) -> Iterable[Found]:
    for candidate, end, loss, activation in _ends(candidates):
        if end.config.get("units") == 1 and activation == "softmax":
            yield Found(place(candidate, end), "a softmax over one unit is 1 for every picture")
        elif "categorical" in loss.name and activation in SQUASHING:
            yield Found(
                place(candidate, end),
                f"the output's activation is {activation}, and the loss is {loss.name}, which "
                "takes probabilities that sum to 1",
            )
        elif loss.name == "binary_crossentropy" and activation == "softmax":
            yield Found(
                place(candidate, end),
                "the output is a softmax over all classes, and the loss, binary_crossentropy, "
                "takes each class as a question of its own",
            )
        elif end.config.get("units") != 1 and loss.name == "mean_squared_error":
            yield Found(
                place(candidate, end),
                "classes are trained by mean_squared_error, whose gradient vanishes where a "
                "softmax is sure and wrong",
                severity="note",
            )


def _two_softmaxes(candidates: Candidates) -> Iterable[Found]:
    for candidate, graph in graphs(candidates):
        for layer in graph.layers:
            feeding = [graph.by_name[name] for name in layer.inputs if name in graph.by_name]
            for earlier in feeding:
                bare = layer.weighted and layer.config.get("units") == earlier.config.get("units")
                repeats = layer.kind in ("Softmax", "Activation") or bare
                if repeats and layer.activation == earlier.activation == "softmax":
                    yield Found(
                        place(candidate, layer),
                        f"it takes the softmax of {earlier.name}, which ends in a softmax already",
                    )


def _logits(candidates: Candidates) -> Iterable[Found]:
    for candidate, end, loss, activation in _ends(candidates):
        if "categorical_cross" not in loss.name:
            continue
        if loss.from_logits and activation in ("softmax", "sigmoid"):
            yield Found(
                place(candidate, end),
                f"the model ends in {activation}, and the loss is told from_logits=True, so it "
                "takes a softmax of probabilities",
            )
        elif not loss.from_logits and activation == "linear":
            yield Found(
                place(candidate, end),
                f"the model ends without softmax, and {loss.name} is not told that it gets logits",
            )


_CANDIDATES = ("candidates",)

RULES = (
    Rule(
        "VS301",
        "output activation against loss",
        "error",
        "The loss then measures something else than how probable the right class is.",
        'End in `Dense(classes, activation="softmax")` with a categorical crossentropy.',
        (Check(_CANDIDATES, _head),),
    ),
    Rule(
        "VS302",
        "softmax taken twice",
        "error",
        "The second softmax flattens the first: with ten classes no probability can exceed 0.23, "
        "and gradients nearly vanish.",
        "Take one of the two away.",
        (Check(_CANDIDATES, _two_softmaxes),),
    ),
    Rule(
        "VS303",
        "from_logits against the last layer",
        "error",
        "The loss reads numbers of one kind as if they were of the other.",
        "Either end in a softmax, or in no activation and with from_logits=True.",
        (Check(_CANDIDATES, _logits),),
    ),
)
