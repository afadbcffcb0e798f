"""Preparation: from any picture's pixels to the uint8 array that a model takes."""

from typing import Literal

import numpy as np
from pydantic import Field

from versus.data.decoding import grey
from versus.data.ink import Centre, centred, dark_on_bright
from versus.data.scaling import Fit, Pixels, fitted, resized
from versus.schema import Schema


class Preparation(Schema):
    """From any picture to a model's input; kept with a data set, shipped with a model.

    Scaling to floats is never part of it: that is a layer inside the model. The steps, in order:
    channels, inversion, fitting (or centring) to the size, loss of detail.

    Attributes:
        height: of the result, in pixels.
        width: of the result.
        channels: 1 (grey: the luma of ITU-R BT.601) or 3 (a grey picture's values three times).
        invert: "never", "always", or "auto": where the picture's border is brighter than its
            middle grey, as dark ink on paper is, so that ink is bright on dark as in MNIST.
        fit: how a picture of another shape comes to the size: "pad" scales it to fit and fills
            up with the median of its border, "crop" scales it to cover and cuts the overhang
            evenly, "stretch" scales both sides apart.
        box: 0, or the pixels of the box that the ink is scaled into and then centred, as MNIST's
            pictures were made: 20 for 28x28. Replaces `fit`.
        centre: what of the ink comes to the middle: its centre of "mass", as in MNIST, or that of
            its "box", as in Fashion-MNIST.
        detail: 0, or the pixels a side that the result is brought to and back at the end, as
            pictures that were smaller once: 8 for scikit-learn's digits.
    """

    height: int = Field(gt=0, le=1024)
    width: int = Field(gt=0, le=1024)
    channels: Literal[1, 3] = 1
    invert: Literal["never", "always", "auto"] = "never"
    fit: Fit = "pad"
    box: int = Field(default=0, ge=0, le=1024)
    centre: Centre = "mass"
    detail: int = Field(default=0, ge=0, le=1024)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of the result."""
        return self.height, self.width, self.channels

    def apply(self, pixels: Pixels) -> Pixels:
        """Prepare one picture; the same pixels always give the same result.

        Args:
            pixels: uint8 `[h, w, 1]` or `[h, w, 3]`.

        Returns:
            uint8 `[height, width, channels]`.
        """
        pixels = (
            grey(pixels) if self.channels == 1 else np.broadcast_to(pixels, (*pixels.shape[:2], 3))
        )
        if self.invert == "always" or (self.invert == "auto" and dark_on_bright(pixels)):
            pixels = np.subtract(255, pixels, dtype=np.uint8)
        if self.box:
            pixels = centred(pixels, (self.height, self.width), self.box, self.centre)
        else:
            pixels = fitted(pixels, self.height, self.width, self.fit)
        if self.detail:
            small = resized(pixels, self.detail, self.detail)
            pixels = resized(small, self.height, self.width)
        return pixels
