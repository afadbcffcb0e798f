"""The table of the data sets that have a name: what they are, and where their files lie."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

SHAPE = (28, 28, 1)
"""Of one picture of every set here: height, width, grey."""

_DIGITS = tuple("0123456789")
_FASHION = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


@dataclass(frozen=True)
class NamedSet:
    """A data set that `load` knows by name.

    Attributes:
        name: what `load` takes.
        description: one line for lists and reports; part of `source`.
        licence: of the pictures.
        classes: one name a label.
        files_of: the name of the set whose four IDX files this one is made from; "" for none.
        mirrors: folders on the web that hold the files as `.gz`, the first tried first.
        checksums: file stem to the SHA-256 of its uncompressed bytes.
        debian_package: the package that installs the files, "" for none.
    """

    name: str
    description: str
    licence: str
    classes: tuple[str, ...]
    files_of: str = ""
    mirrors: tuple[str, ...] = ()
    checksums: Mapping[str, str] = field(default_factory=dict[str, str])
    debian_package: str = ""

    @property
    def source(self) -> str:
        """Description and licence, as `Dataset.source` states them."""
        return f"{self.description}; licence {self.licence}"


MNIST = NamedSet(
    name="mnist",
    description="MNIST: 70,000 handwritten digits, 28x28 grey (LeCun, Cortes, Burges)",
    licence="CC BY-SA 3.0, as the Keras documentation states",
    classes=_DIGITS,
    files_of="mnist",
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    checksums=MappingProxyType(
        {
            "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738"
            "ad16aec93bde7f9b65e87a2fc25776db",
            "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5"
            "333a97f0f4c3dd2ef09a8a9eef7101c5",
            "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77"
            "db3f2f8254e26661ceb7762c4d494ce7",
            "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351"
            "222c34898ecbeaf847f06e48f7ec33f2",
        }
    ),
)

FASHION_MNIST = NamedSet(
    name="fashion-mnist",
    description="Fashion-MNIST: 70,000 pieces of clothing, 28x28 grey (Zalando Research)",
    licence="MIT",
    classes=_FASHION,
    files_of="fashion-mnist",
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    checksums=MappingProxyType(
        {
            "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f8388776"
            "8d799fd8a3f3276145d20f83aa44d888",
            "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec29"
            "4ff4f6a2e1246121d8633921760443d9",
            "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe0"
            "87ea10ca49f1dbef5c9a5cd8815ce37b",
            "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494"
            "c5af83dab82d92729df917d7dec38c34",
        }
    ),
    debian_package="dataset-fashion-mnist",
)

FASHION_TOPS = NamedSet(
    name="fashion-mnist-tops",
    description=(
        "our guess at an unpublished five-class set: the five upper-body garments of "
        "Fashion-MNIST's train files, split 90/5/5, train doubled by mirroring"
    ),
    licence="MIT",
    classes=("T-shirt/top", "Pullover", "Dress", "Coat", "Shirt"),
    files_of="fashion-mnist",
)

DIGITS = NamedSet(
    name="digits",
    description=(
        "digits: 1,797 handwritten digits inside scikit-learn, 8x8 grey shown at 28x28 "
        "(UCI, Alpaydin and Kaynak)"
    ),
    licence="CC BY 4.0",
    classes=_DIGITS,
)

NAMED_SETS: Mapping[str, NamedSet] = MappingProxyType(
    {named.name: named for named in (DIGITS, MNIST, FASHION_MNIST, FASHION_TOPS)}
)
"""Every set that `load` knows by name, the one that needs no files first."""
