import pytest

from versus.errors import DataError, DataFormatError, UnknownNameError, VersusError
from versus.schema import ConfigurationError, Schema


def test_an_unknown_name_suggests_the_closest():
    error = UnknownNameError("model", "cnn_pool", ["fc", "cnn-pool"], hint="a path works too")
    assert str(error) == (
        "no model is called 'cnn_pool': did you mean 'cnn-pool'? there is fc, cnn-pool; "
        "a path works too"
    )


def test_of_many_names_the_closest_are_told_and_where_the_others_are():
    known = [f"net-{number}-layers" for number in range(40)]
    error = UnknownNameError("model", "net-7-layer", known, hint="a path works too", see="all")
    assert str(error).startswith("no model is called 'net-7-layer': did you mean 'net-7-layers'?")
    assert str(error).endswith("and 37 more (see `all`); a path works too")
    assert len(str(error)) < 200
    unlike = str(UnknownNameError("model", "zzz", known))
    assert unlike.endswith("there is net-0-layers, net-1-layers, net-2-layers and 37 more")
    assert str(UnknownNameError("model", "zzz", [])).endswith("there is none")


def test_a_name_like_no_other_gets_no_guess():
    assert "did you mean" not in str(UnknownNameError("model", "zzzz", ["fc", "cnn-pool"]))


def test_messages_are_one_line():
    assert str(VersusError("a\n  b\tc")) == "a b c"


def test_errors_are_also_the_builtin_that_python_users_catch():
    assert issubclass(DataFormatError, (DataError, ValueError))
    assert issubclass(UnknownNameError, LookupError)


class Point(Schema):
    x: int
    y: float = 0.0


def test_a_schema_survives_a_round_trip():
    assert Point.from_dict(Point(x=1, y=2.5).to_dict()) == Point(x=1, y=2.5)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "Point.x: field required"),
        ({"x": "a"}, "Point.x: input should be a valid integer.*got 'a'"),
        ({"x": 1, "z": 2}, "Point.z: extra inputs are not permitted; got 2"),
        ({"x": 1, "y": float("nan")}, "Point.y: .*finite"),
        ({"x": "a", "y": "b"}, r"\(and 1 more\)"),
    ],
)
def test_a_schema_names_the_faulty_field(values, message):
    with pytest.raises(ConfigurationError, match=message):
        Point(**values)


def test_a_schema_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        Point(x=1).x = 2


def test_a_schema_is_made_of_a_mapping():
    with pytest.raises(ConfigurationError, match="expected fields by name"):
        Point.from_dict([1, 2])
