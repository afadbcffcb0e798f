"""Size and channels of a set of picture files, from a few of them spread over the whole."""

from versus.data.decoding import decode
from versus.data.options import LARGEST, ReadOptions
from versus.data.reading.decode_rows import Rule
from versus.data.sources.found import EncodedPictures
from versus.errors import DataError

_LOOKED_AT = 16


def choose_rule(pictures: EncodedPictures, options: ReadOptions, where: str) -> Rule:
    """Return the Preparation for these pictures: what is not asked for is what they have.

    Raises:
        DataError: none of those looked at can be read, or they differ in size, or are too large,
            and no size is asked for.
    """
    count = len(pictures)
    rows = sorted({round(i * (count - 1) / (_LOOKED_AT - 1)) for i in range(_LOOKED_AT)})
    shapes: list[tuple[int, int, int]] = []
    first_error: DataError | None = None
    for row in rows:
        try:
            height, width, channels = decode(pictures.read(row), pictures.where(row)).pixels.shape
        except DataError as error:
            first_error = first_error or error
            if not options.skip_bad:
                raise
        else:
            shapes.append((height, width, channels))
    if not shapes:
        raise first_error or DataError(f"{where}: expected pictures; got none: check the path")
    size = options.size or _own_size({shape[:2] for shape in shapes}, where)
    channels = options.channels or max(shape[2] for shape in shapes)
    return Rule(
        options.preparation(*size, channels),
        own_size=options.size is None,
        own_channels=options.channels is None,
    )


def check_own_size(height: int, width: int, where: str) -> None:
    """Raise DataError where pictures of this size cannot be taken as they are."""
    if max(height, width) > LARGEST:
        raise DataError(
            f"{where}: the pictures have {height}x{width} pixels: expected at most "
            f"{LARGEST}x{LARGEST}: give a smaller size, as --size 64"
        )


def _own_size(sizes: set[tuple[int, int]], where: str) -> tuple[int, int]:
    if len(sizes) > 1:
        ordered = sorted(sizes, key=lambda size: (size[0] * size[1], size))
        (h, w), (height, width) = ordered[0], ordered[-1]
        raise DataError(
            f"{where}: pictures of different sizes, from {h}x{w} to {height}x{width}: expected one "
            "size: give the size that all are to have, as --size 64"
        )
    (size,) = sizes
    check_own_size(*size, where)
    return size
