"""VS208: pictures of train and test that are all but the same."""

from collections.abc import Iterable

from versus.data.inspection.kept import inspected
from versus.lint.rule import Check, Found, Rule
from versus.lint.rules.data import NOTABLE_SHARE
from versus.lint.subject import Pictures


def _near_equal(pictures: Pictures) -> Iterable[Found]:
    data = pictures.data
    for near in inspected(data, within=False).near_equal:
        if (near.a, near.b) != ("train", "test"):
            continue
        first, share = near.examples[0], near.count / len(data.test)
        other = f", {near.conflicts:,} of the pairs under another label" if near.conflicts else ""
        yield Found(
            f"data {data.name}",
            f"{near.count:,} of {len(data.test):,} test pictures ({share:.2%}) are in train too, "
            f"shifted by a pixel, brighter, darker or packed again{other}; the first is test row "
            f"{first.b_row}, train row {first.a_row}",
            severity="warning" if share >= NOTABLE_SHARE else "note",
        )


RULES = (
    Rule(
        "VS208",
        "near-equal pictures in train and test",
        "warning",
        "A net may know these by heart too: a pixel's shift or a JPEG's noise hides little.",
        "Look at them with `versus data inspect`, and remove them from train, or see that claimed "
        "differences are well above their share.",
        (Check(("pictures",), _near_equal),),
    ),
)
