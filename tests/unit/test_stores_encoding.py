"""Values as bytes and back."""

import math
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snowplow_signals.stores.encoding import decoded, encoded, erasure_digest, layout_digest, microseconds, moment

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | TEXTS
    | st.binary()
    | st.datetimes().map(lambda moment: moment.replace(fold=0))
    | st.dates()
    | st.decimals(allow_nan=False)
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=10)


@pytest.mark.slow
@given(st.lists(VALUES))
def test_every_value_comes_back_exactly(values: list) -> None:
    found = decoded(encoded(values))
    assert found == values
    assert repr(found) == repr(values)  # tells 0.0 from -0.0, 1 from 1.0 and from True


def test_what_is_no_number_comes_back() -> None:
    found = decoded(encoded([math.inf, -math.inf, math.nan]))
    assert found[:2] == [math.inf, -math.inf]
    assert math.isnan(found[2])


@given(st.datetimes().map(lambda moment: moment.replace(fold=0)))
def test_moments_are_exact(value: datetime) -> None:
    assert moment(microseconds(value)) == value


def test_a_kind_of_value_that_no_attribute_has_is_a_bug() -> None:
    with pytest.raises(TypeError, match="set is not a kind of value"):
        encoded([{1}])


def test_digests_are_of_all_time() -> None:
    """They are in stores and must not change."""
    assert erasure_digest("ann").hex() == "bc43f47e878900a8d705d2dd836e027c"
    assert layout_digest(["a", "b"]).hex() == "dded2f72f8429071"
    assert layout_digest(["ab"]) != layout_digest(["a", "b"]) != layout_digest(["b", "a"])
