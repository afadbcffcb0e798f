"""Manifest: what a bundle says of itself, `bundle.json`."""

from typing import Any, Literal

from pydantic import Field, field_validator

from versus.data.preparation import Preparation
from versus.errors import ConfigurationError
from versus.schema import Schema

FORMAT = 1
"""Version of the layout of a bundle."""
MANIFEST = "bundle.json"
MODEL = "1/model.onnx"  # where Triton looks for version 1
KERAS_MODEL = "model.keras"
LABELS = "labels.txt"
TRITON = "config.pbtxt"
CARD = "README.md"
HARDEST = "hardest.bin"
INPUT, OUTPUT = "images", "probabilities"
NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
"""Of a model: it becomes part of addresses and of folders."""


class File(Schema):
    """One file of a bundle: its size and the SHA-256 of its bytes, as hex digits."""

    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Parity(Schema):
    """The proof that the ONNX model gives what was measured.

    Attributes:
        pictures: how many were compared.
        recorded: how many of them against the probabilities that the run recorded; the others
            against the Keras model, computed anew.
        splits: which pictures they are, with counts.
        batch_sizes: that were tried.
        largest_difference: between two probabilities of a class.
        tolerance: up to which they count as equal.
        near_ties: pictures whose two best classes lie closer than that and came out the other way.
    """

    pictures: int
    recorded: int
    splits: dict[str, int]
    batch_sizes: tuple[int, ...]
    largest_difference: float
    tolerance: float
    near_ties: int


class HardPicture(Schema):
    """One of the pictures that the run got most wrong, or was least sure of.

    Attributes:
        index: of the picture in its split.
        label: its class, counted from 0.
        probability: that the run gave to that class.
    """

    index: int = Field(ge=0)
    label: int = Field(ge=0)
    probability: float


class Origin(Schema):
    """Where a bundle comes from.

    Attributes:
        study, variant, seed, model: of the run.
        chosen: why this run, in words.
        data: name of the data set.
        data_fingerprint: of its pictures, labels and classes.
        data_source: where its pictures come from, in words.
        recipe: as JSON.
        protocol: as JSON.
        versions: of the libraries that trained it.
        started: UTC time of the training, ISO 8601.
    """

    study: str
    variant: str
    seed: int
    model: str
    chosen: str
    data: str
    data_fingerprint: str
    data_source: str
    recipe: dict[str, Any]
    protocol: dict[str, Any]
    versions: dict[str, str]
    started: str


class Manifest(Schema):
    """What a bundle says of itself.

    Attributes:
        format: version of the layout.
        name: of the model, as a server calls it.
        versus: the version that wrote it.
        created: UTC time, ISO 8601.
        classes: one name a probability, in order.
        preparation: from any picture to what the model takes.
        origin: the run it was made from.
        metrics: of the run, by split, then by name.
        parity: the proof that it answers as measured.
        hardest_split: the split that `hardest` are of.
        hardest: the pictures of `hardest.bin`, in order.
        files: every other file of the bundle, by its path in it.
    """

    format: Literal[1] = FORMAT
    name: str = Field(pattern=rf"^{NAME}$")
    versus: str
    created: str
    classes: tuple[str, ...] = Field(min_length=2, max_length=100_000)
    preparation: Preparation
    origin: Origin
    metrics: dict[str, dict[str, Any]]
    parity: Parity
    hardest_split: Literal["validation", "test"] = "test"
    hardest: tuple[HardPicture, ...] = Field(default=(), max_length=1000)
    files: dict[str, File] = Field(max_length=16)

    @field_validator("files")
    @classmethod
    def _known_files(cls, files: dict[str, File]) -> dict[str, File]:
        known = {MODEL, KERAS_MODEL, LABELS, TRITON, CARD, HARDEST}
        if not {MODEL, HARDEST} <= files.keys() <= known:
            raise ConfigurationError(
                f"expected {MODEL} and {HARDEST} among the files, and no other than "
                f"{', '.join(sorted(known))}; got {', '.join(sorted(files))[:200]}"
            )
        return files

    @property
    def hardest_bytes(self) -> int:
        """Size of `hardest.bin`: one byte a value, one picture after the other."""
        height, width, channels = self.preparation.shape
        return len(self.hardest) * height * width * channels
