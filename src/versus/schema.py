"""Frozen, checked, JSON-serialisable values: the base of Recipe, Protocol and every record."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from versus.errors import ConfigurationError


class Schema(BaseModel):
    """A value that is checked when made, never changes, and survives a round trip as JSON.

    Raises:
        ConfigurationError: on a wrong, missing or unknown field, as one line that names it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ConfigurationError(_one_line(type(self).__name__, error)) from None

    @classmethod
    def from_dict(cls, values: Any) -> Self:
        """Make one from what `to_dict` gave.

        Raises:
            ConfigurationError: `values` is no mapping, or a field is wrong.
        """
        if not isinstance(values, dict):
            raise ConfigurationError(f"{cls.__name__}: expected fields by name; got {values!r}")
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Return plain dicts, lists, strings and numbers, ready for JSON."""
        return self.model_dump(mode="json")


def _one_line(name: str, error: ValidationError) -> str:
    """Say what is wrong with the first faulty field, and how many more there are."""
    first, *others = error.errors(include_url=False)
    where = ".".join([name, *(str(part) for part in first["loc"])])
    more = f" (and {len(others)} more)" if others else ""
    inner = first.get("ctx", {}).get("error")
    if isinstance(inner, ConfigurationError):  # a Schema within this one: it has said it all
        return f"{where}: {inner}{more}"
    message = first["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    # One about several fields together has said which: all of them would be no help.
    came = "" if first["type"] == "missing" or not first["loc"] else f"; got {first['input']!r}"
    return f"{where}: {message}{came}{more}"
