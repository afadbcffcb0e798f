"""The Preparation that a bundle carries: how pictures like those of its data set are made."""

from versus.data.preparation import Preparation
from versus.errors import BundleError
from versus.results.study_record import DataRecord

# How the pictures of the named sets were made from what people drew or photographed.
KNOWN = {
    # 20x20 box, centre of mass in 28x28 (LeCun, Cortes and Burges).
    "mnist": Preparation(height=28, width=28, invert="auto", box=20),
    # The ink fills 32x32, of which 8x8 means were kept (E. Alpaydin and C. Kaynak).
    "digits": Preparation(height=28, width=28, invert="auto", box=28, centre="box", detail=8),
    # Trimmed, the longer side brought to 28, inverted, centred (H. Xiao et al., arXiv 1708.07747).
    "fashion-mnist": Preparation(height=28, width=28, invert="auto", box=28, centre="box"),
    "fashion-mnist-tops": Preparation(height=28, width=28, invert="auto", box=28, centre="box"),
}


def preparation_of(data: DataRecord) -> Preparation:
    """Return from any picture to one like those of a data set.

    The one that its pictures were read with, where they were; of a set that is neither known by
    name nor read so: the size and channels of its pictures, nothing else.

    Raises:
        BundleError: its pictures are neither grey nor RGB.
    """
    if data.preparation is not None:
        return data.preparation
    known = KNOWN.get(data.name)
    if known is not None and known.shape == tuple(data.shape):
        return known
    height, width, channels = data.shape
    if channels not in (1, 3):
        raise BundleError(
            f"{data.name}: expected grey or RGB pictures; these have {channels} channels: a "
            "bundle answers for picture files, which have no such channels"
        )
    return Preparation(height=height, width=width, channels=channels)
