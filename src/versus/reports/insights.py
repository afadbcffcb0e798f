"""What was found out about a model, as the page of its run shows it."""

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from versus.explain.record import Explanation
from versus.figures.model_graph import Box, model_graph
from versus.reports.heat import filter_picture, overlaid, png_uri, strength
from versus.reports.numbers import certainty, plural
from versus.reports.pictures import data_uri
from versus.reports.svg import inline_svg


@dataclass(frozen=True)
class LayerMaps:
    """A layer, what it made of a picture, channel by channel, and what is shown of that."""

    name: str
    note: str
    pngs: tuple[str, ...]


@dataclass(frozen=True)
class Attribution:
    """A picture, what was said of it, and where the answer comes from.

    Attributes:
        png: of the picture.
        index: its row in the split.
        truth, said, probability: its class, the answer, and how sure.
        lost: how much of that a patch takes at most.
        right: whether that is right.
        occlusion, gradcam: over the picture; the second "" where there is none.
    """

    png: str
    index: int
    truth: str
    said: str
    probability: str
    lost: str
    right: bool
    occlusion: str
    gradcam: str


@dataclass(frozen=True)
class Insight:
    """What the page of a run shows of its model.

    Attributes:
        graph: the layers, drawn.
        filters: of the first layer, one picture each; `filters_of` names it.
        maps: of `map_picture`, layer by layer; "" and none without maps.
        wrong, right: pictures with their attributions.
        gradcam_of: the layer it was taken at; "" without.
        split: that the pictures are of.
    """

    graph: Markup
    filters: tuple[str, ...]
    filters_of: str
    filters_note: str
    maps: tuple[LayerMaps, ...]
    map_picture: str
    map_words: str
    wrong: tuple[Attribution, ...]
    right: tuple[Attribution, ...]
    gradcam_of: str
    split: str


def insight(found: Explanation, classes: list[str], name: str) -> Insight:
    """Return an Explanation as pictures and words.

    Args:
        found: of the run.
        classes: names.
        name: of the run, for the text alternative of the graph.
    """
    boxes = [Box(**{**layer, "reads": tuple(layer["reads"])}) for layer in found.layers]
    said = ", then ".join(f"{box.title} ({box.detail})" for box in boxes)
    every = [_attribution(found, place, classes) for place in range(len(found.labels))]
    shown = None if found.map_of is None else every[found.map_of]
    return Insight(
        graph=inline_svg(model_graph(boxes), "graph", f"The layers of {name}: {said}."),
        filters=_filters(found),
        filters_of=found.filters_of,
        filters_note=_filters_note(found),
        maps=tuple(_layer(found, layer) for layer in found.maps),
        map_picture=shown.png if shown else "",
        map_words=f"{shown.truth}, told as {shown.said} ({shown.probability})" if shown else "",
        wrong=tuple(each for each in every if not each.right),
        right=tuple(each for each in every if each.right),
        gradcam_of=found.gradcam_of,
        split=found.split,
    )


def _filters(found: Explanation) -> tuple[str, ...]:
    if found.filters is None:
        return ()
    most = float(np.abs(found.filters).max()) or 1.0
    number = found.filters.shape[3]
    return tuple(png_uri(filter_picture(found.filters[..., n], most)) for n in range(number))


def _filters_note(found: Explanation) -> str:
    if found.filters is None:
        return ""
    height, width, channels, number = found.filters.shape
    colour = {1: "blue is below 0, orange above", 3: "as colours, grey is 0"}
    told = colour.get(channels, f"means over {channels} channels; blue is below 0, orange above")
    return f"{plural(number, 'filter')} of {height} \u00d7 {width}; {told}"


def _layer(found: Explanation, layer: str) -> LayerMaps:
    maps, channels = found.maps[layer], found.map_channels[layer]
    height, width, shown = maps.shape
    which = f"the strongest {shown} of {channels}" if shown < channels else plural(shown, "channel")
    pngs = tuple(png_uri(strength(maps[..., n])) for n in range(shown))
    return LayerMaps(layer, f"{height} \u00d7 {width}, {which}", pngs)


def _attribution(found: Explanation, place: int, classes: list[str]) -> Attribution:
    row, label, image = found.probabilities[place], int(found.labels[place]), found.images[place]
    answer = int(row.argmax())
    cam = "" if found.gradcam is None else png_uri(overlaid(found.gradcam[place], image, 1.0))
    return Attribution(
        png=data_uri(image),
        index=int(found.indices[place]),
        truth=classes[label],
        said=classes[answer],
        probability=certainty(float(row[answer])),
        lost=_lost(float(found.occlusion[place].max())),
        right=answer == label,
        occlusion=png_uri(overlaid(found.occlusion[place], image)),
        gradcam=cam,
    )


def _lost(share: float) -> str:
    """Return in points of probability how much is lost, never "0.0" for what is more."""
    points = 100 * max(share, 0.0)
    return "less than 0.1\u00a0points" if points < 0.05 else f"up to {points:.1f}\u00a0points"
