"""What a user says about how own pictures are to be read, and what is kept of how they were."""

import re
from collections.abc import Mapping
from typing import Any, Literal, Self, TypedDict

from pydantic import Field, model_validator

from versus.data.preparation import Preparation
from versus.data.scaling import Fit
from versus.errors import ConfigurationError, UnknownNameError
from versus.schema import Schema

LARGEST = 224
"""The most pixels of a side: what pretrained networks take."""

Inversion = Literal["auto", "yes", "no"]


class OptionValues(TypedDict, total=False):
    """ReadOptions as people write them."""

    size: int | tuple[int, int] | str | None
    channels: Literal[1, 3] | None
    invert: Inversion
    fit: Fit
    keys: dict[str, str] | str | None
    group: str | None
    val_fraction: float | None
    test_fraction: float | None
    skip_bad: bool
    seed: int


class ReadOptions(Schema):
    """How pictures are to be read; None leaves a choice to what is found.

    Attributes:
        size: (height, width) that every picture is brought to; the pictures' own where None,
            which then have to agree.
        channels: 1 or 3; where None, 1 if every picture is grey.
        invert: "yes", "no", or "auto": where the border of a picture is bright.
        fit: how a picture of another shape comes to the size: "pad", "crop" or "stretch".
        keys: what arrays or columns are called: {"x_train": "pictures"}, {"label": "species"}.
        group: a column, or a regular expression for paths: pictures of one group stay together.
        val_fraction: share of the pictures for training that is set apart for validation where
            the source sets none apart; 0 leaves that to a study's Protocol.
        test_fraction: share of all pictures that is set apart for the test where the source has
            no test pictures.
        skip_bad: leave out what cannot be read, and say so, instead of stopping.
        seed: of the splits that are drawn.
    """

    size: tuple[int, int] | None = None
    channels: Literal[1, 3] | None = None
    invert: Inversion = "no"
    fit: Fit = "pad"
    keys: dict[str, str] = Field(default_factory=dict)
    group: str | None = None
    val_fraction: float = Field(default=0.2, ge=0, lt=1)
    test_fraction: float = Field(default=0.2, gt=0, lt=1)
    skip_bad: bool = False
    seed: int = Field(default=0, ge=0, le=2**32 - 1)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.size is not None and not all(1 <= side <= LARGEST for side in self.size):
            height, width = self.size
            raise ConfigurationError(
                f"size: expected 1 to {LARGEST} pixels a side; got {height}x{width}"
            )
        return self

    @property
    def concerns_splits(self) -> bool:
        """Whether anything beside the Preparation was asked for."""
        return bool(self.model_fields_set - {"size", "channels", "invert", "fit"})

    @property
    def concerns_preparation(self) -> bool:
        """Whether pictures are to be changed."""
        return self.size is not None or self.channels is not None or self.invert != "no"

    def given(self) -> dict[str, Any]:
        """Return what differs from the defaults, ready for JSON."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def preparation(self, height: int, width: int, channels: int) -> Preparation:
        """Return the Preparation to this size; "yes" and "no" are its "always" and "never"."""
        words: dict[str, Any] = {"auto": "auto", "yes": "always", "no": "never"}
        return Preparation.from_dict(
            {
                "height": height,
                "width": width,
                "channels": channels,
                "invert": words[self.invert],
                "fit": self.fit,
            }
        )


class LeftOut(Schema):
    """A picture that could not be read, and why."""

    name: str
    reason: str


class Reading(Schema):
    """How a Dataset was read, for records and to read it again.

    Attributes:
        path: absolute, of a file or folder; or "hub:NAME".
        format: what was recognised, in words.
        options: those that were given.
        splits: in a sentence, where the splits are from.
        notes: what was changed or ignored, with how often.
        left_out: pictures that could not be read, the first of them; only with skip_bad.
        left_out_count: how many there are.
    """

    path: str
    format: str
    options: dict[str, Any] = Field(default_factory=dict[str, Any])
    splits: str = ""
    notes: dict[str, int] = Field(default_factory=dict)
    left_out: list[LeftOut] = Field(default_factory=list[LeftOut])
    left_out_count: int = 0

    def lines(self) -> list[str]:
        """Return what is worth telling, a line each."""
        told = [f"{count:,} {what}" for what, count in self.notes.items()]
        lines = [f"{self.path}: {self.format}; {self.splits}{'; '.join(['', *told])}"]
        if self.left_out_count:
            lines += [f"left out: {one.name}: {one.reason}" for one in self.left_out]
            more = self.left_out_count - len(self.left_out)
            lines += [f"left out: {more:,} more"] if more else []
        return lines


def parse_size(text: str) -> tuple[int, int]:
    """Return (height, width) of "28" or "28x32".

    Raises:
        ConfigurationError: the text is no size.
    """
    found = re.fullmatch(r"(\d{1,6})(?:[x\u00d7](\d{1,6}))?", text.strip().lower())
    if found is None:
        raise ConfigurationError(
            f"size: expected a number of pixels as 28, or HEIGHTxWIDTH as 28x32; got {text!r}"
        )
    return int(found[1]), int(found[2] or found[1])


def parse_keys(text: str) -> dict[str, str]:
    """Return the names in "x_train=pictures,y_train=kinds".

    Raises:
        ConfigurationError: the text is no list of NAME=KEY.
    """
    pairs = [pair.partition("=") for pair in text.split(",")]
    if not all(name.strip() and key.strip() for name, _, key in pairs):
        raise ConfigurationError(
            "keys: expected NAME=KEY with commas between, as x_train=images,y_train=labels or "
            f"label=species; got {text!r}"
        )
    return {name.strip(): key.strip() for name, _, key in pairs}


def make_options(values: Mapping[str, Any]) -> ReadOptions:
    """Return ReadOptions of values as people write them: `size` a number, a pair or "28x32".

    Raises:
        ConfigurationError: a value cannot be.
        UnknownNameError: there is no such option.
    """
    for name in values:
        if name not in ReadOptions.model_fields:
            raise UnknownNameError("option of load", name, ReadOptions.model_fields)
    checked = {name: value for name, value in values.items() if value is not None}
    size, keys = checked.get("size"), checked.get("keys")
    if isinstance(size, int):
        checked["size"] = (size, size)
    if isinstance(size, str):
        checked["size"] = parse_size(size)
    if isinstance(keys, str):
        checked["keys"] = parse_keys(keys)
    try:
        return ReadOptions(**checked)
    except ConfigurationError as error:  # who asked has never heard of ReadOptions
        raise ConfigurationError(str(error).removeprefix("ReadOptions").lstrip(".: ")) from None
