"""Everything here is held against Keras in float64, where float32 would hide a mistake."""

import pytest
from keras.src.backend.common import dtypes

from versus.backend import isolated, keras


@pytest.fixture(autouse=True)
def float64(monkeypatch):
    """Keras builds and computes in float64 within a test."""
    # Keras turns the result of two float64 operands into float32, but for this table.
    monkeypatch.setitem(dtypes.BIT64_TO_BIT32_DTYPE, "float64", "float64")
    before = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    with isolated(0):
        yield
    keras.config.set_floatx(before[0])
    keras.config.set_dtype_policy(before[1])
