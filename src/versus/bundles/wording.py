"""What a Preparation does, in words, for cards and pages."""

from versus.data.preparation import Preparation


def steps(preparation: Preparation) -> str:
    """Return in words what a Preparation does."""
    height, width, channels = preparation.shape
    found = ["to grey" if channels == 1 else "to RGB"]
    if preparation.invert != "never":
        when = " where the border is bright" if preparation.invert == "auto" else ""
        found.append(f"inverted{when}")
    if preparation.box:
        middle = "centre of mass" if preparation.centre == "mass" else "middle"
        found.append(
            f"the ink cut out, scaled to a box of {preparation.box} pixels and laid with its "
            f"{middle} in the middle of {height}x{width}"
        )
    else:
        found.append(f"brought to {height}x{width} ({preparation.fit})")
    if preparation.detail:
        found.append(f"with no more detail than {preparation.detail}x{preparation.detail} hold")
    return ", ".join(found)
