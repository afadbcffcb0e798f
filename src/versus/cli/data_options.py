"""How own pictures are to be read: options of every command that takes a data set."""

import functools
import inspect
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from versus.data.dataset import Dataset

Loading = Mapping[str, Any]
"""What was asked for by the options below, by their names in `versus.load`."""

PANEL = "Own pictures"


def _option(flag: str, metavar: str | None, text: str) -> Any:
    return typer.Option(flag, metavar=metavar, help=text, rich_help_panel=PANEL)


_OPTIONS: dict[str, Any] = {
    "size": Annotated[
        str | None, _option("--size", "HxW", "Bring pictures to this size: 28, or 28x32.")
    ],
    "channels": Annotated[int | None, _option("--channels", "1|3", "Grey or RGB.")],
    "invert": Annotated[
        str | None,
        _option("--invert", "WHEN", "auto (where the border is bright), yes or no."),
    ],
    "fit": Annotated[
        str | None, _option("--fit", "HOW", "Other shapes come to the size by pad, crop, stretch.")
    ],
    "keys": Annotated[
        str | None,
        _option("--keys", "NAME=KEY,...", "Arrays or columns: x_train=a,y_train=b or label=kind."),
    ],
    "group": Annotated[
        str | None,
        _option("--group", "COLUMN|REGEX", "Pictures of one group stay in one split."),
    ],
    "val_fraction": Annotated[
        float | None, _option("--val-fraction", "F", "Share of train for validation, drawn.")
    ],
    "test_fraction": Annotated[
        float | None, _option("--test-fraction", "F", "Share of all for the test, drawn.")
    ],
    "skip_bad": Annotated[
        bool, _option("--skip-bad", None, "Leave out what cannot be read, and list it.")
    ],
}


def reads_data(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options in the place of its parameter `loading`."""
    signature = inspect.signature(command)
    kept = [p for p in signature.parameters.values() if p.name != "loading"]
    added = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=False if name == "skip_bad" else None,
            annotation=annotation,
        )
        for name, annotation in _OPTIONS.items()
    ]

    @functools.wraps(command)
    def with_options(*args: Any, **values: Any) -> None:
        given = {name: values.pop(name, None) for name in _OPTIONS}
        # By identity: a fraction of 0 is an answer too, and equals False.
        unasked = (None, False)
        asked = {n: v for n, v in given.items() if not any(v is each for each in unasked)}
        command(*args, loading=asked, **values)

    hints = {p.name: p.annotation for p in (*kept, *added)}
    with_options.__annotations__ = hints
    with_options.__signature__ = signature.replace(parameters=[*kept, *added])  # pyright: ignore
    return with_options


def chosen_data(name: str, loading: Loading, *, tell: bool = True) -> "Dataset":
    """Load a data set as the options say.

    Args:
        name: of the data set, or its path.
        loading: what the options say.
        tell: whether to say on stderr what was recognised, ignored and left out.

    Raises:
        VersusError: it cannot be loaded so.
    """
    from versus.data import catalogue  # brings numpy

    data = catalogue.load(name, **loading)
    if data.reading is not None and data.preparation is not None and tell:
        sys.stderr.writelines(f"versus: {line}\n" for line in data.reading.lines())
    return data


def data_or_name(name: str, loading: Loading) -> "str | Dataset":
    """Return the name of a built-in set that nothing is asked of; load any other."""
    from versus.data.named_sets import NAMED_SETS  # as above

    return name if name in NAMED_SETS and not loading else chosen_data(name, loading)
