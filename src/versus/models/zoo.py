"""The built-in models, as an explicit table: nothing registers itself, nothing heavy is imported.

The counts are those of the source document, on its own input of 28x28x1 and 10 classes.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class ZooEntry:
    """One built-in model.

    Attributes:
        name: as the command line takes it.
        builder: `module:function` of its builder.
        parameters: how many there are on 28x28x1 and 10 classes.
        document: the letter of the document it comes from.
        about: what it is, in a line.
    """

    name: str
    builder: str
    parameters: int
    document: str
    about: str


_FC = "versus.models.fully_connected"
_CNN = "versus.models.small_cnn"

ZOO: dict[str, ZooEntry] = {
    entry.name: entry
    for entry in (
        ZooEntry("fc", f"{_FC}:fc", 443_610, "A", "fully connected, 500 and 100 units"),
        ZooEntry(
            "fc-dropout", f"{_FC}:fc_dropout", 443_610, "A", "fc with dropout of 0.2 after each"
        ),
        ZooEntry(
            "cnn-pool", f"{_CNN}:cnn_pool", 20_490, "A", "3x3 convolutions, 16 and 32, max-pooled"
        ),
        ZooEntry(
            "cnn-stride", f"{_CNN}:cnn_stride", 20_490, "A", "the same, strided in place of pooled"
        ),
    )
}
