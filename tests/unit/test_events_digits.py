"""Loaded numbers keep their digits, however their columns widen, within a load and between loads."""

import itertools
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from snowplow_signals.events import numbers
from snowplow_signals.events.load import load_events
from snowplow_signals.events.shapes import ListOf, Shape, StructOf, merge, shape_of

EVENT, ENTITY = "unstruct_event_a_b_1", "contexts_a_b_1"
BIG = 2**53 + 1


def _load(into: Path, *texts: str) -> None:
    """One load of events whose field `n` is the number with this text, in an event and in an entity."""
    file = into.with_suffix(".jsonl")
    line = f'{{"event_id": "%s", "{EVENT}": {{"n": %s}}, "{ENTITY}": [{{"deep": {{"n": %s}}}}]}}\n'
    file.write_text("".join(line % (text, text, text) for text in texts))
    assert load_events([file], into).rows == len(texts)


def _loaded(into: Path) -> dict[str, tuple[str, str]]:
    query = f"SELECT event_id, {EVENT}.n::VARCHAR, {ENTITY}[1].deep.n::VARCHAR, typeof({EVENT}.n) FROM atomic.events"
    with duckdb.connect(str(into), read_only=True) as connection:
        rows = connection.execute(query).fetchall()
    assert all(one == other for _, one, other, _ in rows)
    return {event_id: (value, kind) for event_id, value, _, kind in rows}


TEXTS = (
    "1", "-1", "0.5", "2147483648", "9007199254740992", "9007199254740993", "-9007199254740993", "9223372036854775807",
    "9223372036854775808", "18446744073709551615", "18446744073709551614", "1" + "0" * 37 + "1", "9" * 60,
    "1234567890123456.78", "12345678901234567.89", "0.1000000000000000055511151231257827", "1e400",
)  # fmt: skip


@pytest.mark.parametrize("is_one_load", [True, False])
def test_every_pair_of_numbers_keeps_its_digits(tmp_path: Path, is_one_load: bool) -> None:
    for place, texts in enumerate(itertools.combinations(TEXTS, 2)):
        into = tmp_path / f"{place}.duckdb"
        for some in [texts] if is_one_load else [[text] for text in texts]:
            _load(into, *some)
        for text, (value, kind) in _loaded(into).items():
            assert numbers.Decimal(value) == numbers.Decimal(text), f"{texts}: {text} is {value} as {kind}"


def test_what_the_column_becomes(tmp_path: Path) -> None:
    def kinds(*loads: tuple[str, ...]) -> str:
        into = tmp_path / f"{len(list(tmp_path.iterdir()))}.duckdb"
        for texts in loads:
            _load(into, *texts)
        return next(iter(_loaded(into).values()))[1]

    assert kinds(("1", "2")) == "INTEGER"
    assert kinds(("1", "1740787200000")) == "BIGINT"
    assert kinds(("1740787200000",), ("0.5",)) == "DOUBLE"  # which holds every number that is there
    assert kinds(("0.5",), ("1740787200000",)) == "DOUBLE"
    assert kinds((str(BIG),), ("0.5",)) == "VARCHAR"
    assert kinds(("0.5",), (str(BIG),)) == "VARCHAR"
    assert kinds(("0.5", str(BIG))) == "VARCHAR"
    assert kinds(("18446744073709551615",), ("-1",)) == "HUGEINT"


def test_two_ids_stay_two(tmp_path: Path) -> None:
    into = tmp_path / "events.duckdb"
    _load(into, str(BIG), str(BIG - 1), "1.5")
    assert len({value for value, _ in _loaded(into).values()}) == 3


def test_numbers_of_parquet(tmp_path: Path) -> None:
    into = tmp_path / "events.duckdb"
    columns = [
        ("18446744073709551615::UBIGINT", "-1::BIGINT", "HUGEINT"),
        ("12345678901234567.89::DECIMAL(19,2)", "1::INTEGER", "DECIMAL(19,2)"),
        ("12345678901234567.89::DECIMAL(19,2)", "0.125::DECIMAL(4,3)", "DECIMAL(20,3)"),
        ("12345678901234567.89::DECIMAL(19,2)", "0.5::DOUBLE", "VARCHAR"),
        ("12.50::DECIMAL(19,2)", "0.5::DOUBLE", "DOUBLE"),
        (f"{BIG}::BIGINT", "0.5::DOUBLE", "VARCHAR"),
        (f"{BIG - 1}::BIGINT", "0.5::DOUBLE", "DOUBLE"),
        (f"[{{'a': {BIG}::BIGINT, 'b': 'x'}}]", "[{'a': 0.5::DOUBLE}]", "STRUCT(a VARCHAR, b VARCHAR)[]"),
        (f"[{{'a': {BIG - 1}::BIGINT}}]", "[{'a': 0.5::DOUBLE}]", "STRUCT(a DOUBLE)[]"),
    ]
    for side in (0, 1):
        chosen = ", ".join(f"{column[side]} AS contexts_a_n{place}_1" for place, column in enumerate(columns))
        duckdb.execute(f"COPY (SELECT '{side}' AS event_id, {chosen}) TO '{tmp_path / f'{side}.parquet'}'")
    load_events([tmp_path / "1.parquet"], into)
    load_events([tmp_path / "0.parquet"], into)
    both = tmp_path / "both.duckdb"
    load_events([tmp_path / "0.parquet", tmp_path / "1.parquet"], both)
    for database in (into, both):
        with duckdb.connect(str(database), read_only=True) as connection:
            for place, (first, _, kind) in enumerate(columns):
                name = f"contexts_a_n{place}_1"
                query = f"SELECT typeof({name}), {name}::VARCHAR FROM atomic.events WHERE event_id = '0'"
                found = connection.execute(query).fetchone()
                assert found is not None
                assert found[0] == kind, columns[place]
                digits = first.split("::")[0]
                assert digits.strip("[{'ab: ") in found[1] or float(digits) == float(found[1]), (first, found)


whole = st.integers(-(2**130), 2**130) | st.sampled_from([2**53, 2**53 + 1, 2**63, 2**64 - 1])
scalars = whole | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.text(max_size=3) | st.none()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
)


@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(st.lists(values, min_size=2, max_size=4))
def test_a_wider_shape_holds_the_narrower_ones(examples: list[Any]) -> None:
    shapes = [shape_of(json.loads(json.dumps(value))) for value in examples]
    together = shapes[0]
    for shape in shapes[1:]:
        together = merge(together, shape)
    for shape in shapes:
        assert sorted_fields(merge(together, shape)) == sorted_fields(together)
        assert sorted_fields(merge(shape, together)) == sorted_fields(together)


def sorted_fields(shape: Shape) -> Any:
    if isinstance(shape, StructOf):
        return sorted((name, sorted_fields(field)) for name, field in shape.fields.items())
    return [sorted_fields(shape.element)] if isinstance(shape, ListOf) else str(shape)
