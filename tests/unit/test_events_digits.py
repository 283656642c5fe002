"""Loaded numbers keep their digits, however their columns widen, within a load and between loads."""

import itertools
import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from snowplow_signals.events.loading.load import load_events
from snowplow_signals.events.loading.schema import TSV_FIELDS
from snowplow_signals.events.loading.shapes import ListOf, Shape, StructOf, merge, shape_of

_NUMBERS = itertools.count()
EVENT, ENTITY = "unstruct_event_a_b_1", "contexts_a_b_1"
BIG = 2**53 + 1


def _load(into: Path, *texts: str) -> None:
    """One load of events whose field `n` is the number with this text, in an event and in an entity."""
    _load_fields(into, *({"n": text} for text in texts))


def _load_fields(into: Path, *events: dict[str, str]) -> None:
    """One load of events with these texts as the values of fields, in an event and in an entity."""
    file = into.with_suffix(".jsonl")
    lines = []
    for fields in events:
        body = "{" + ", ".join(f"{json.dumps(name)}: {text}" for name, text in fields.items()) + "}"
        number = json.dumps(f"e{next(_NUMBERS)}")
        lines.append(f'{{"event_id": {number}, "{EVENT}": {body}, "{ENTITY}": [{{"deep": {body}}}]}}\n')
    file.write_text("".join(lines))
    assert load_events([file], into).rows == len(events)


def _column(into: Path, field: str = "n") -> list[tuple[Any, str]]:
    """The values of a field as text, in the order in which they were loaded, and their type."""
    return _columns(into, [field])[field]


def _columns(into: Path, fields: Iterable[str]) -> dict[str, list[tuple[Any, str]]]:
    """The same of each field."""
    event, entity = EVENT, f"{ENTITY}[1].deep"
    chosen = ", ".join(
        f"{event}.{field}::VARCHAR, {entity}.{field}::VARCHAR, typeof({event}.{field})" for field in fields
    )
    with duckdb.connect(str(into), read_only=True) as connection:
        rows = connection.execute(f"SELECT {chosen} FROM atomic.events ORDER BY event_id[2:]::INTEGER").fetchall()
    values, nested, kinds = ([row[first::3] for row in rows] for first in range(3))
    assert values == nested
    found = zip(zip(*values, strict=True), zip(*kinds, strict=True), strict=True)
    return {field: list(zip(*of_field, strict=True)) for field, of_field in zip(fields, found, strict=True)}


def _load_pairs(into: Path, texts: Iterable[str], last: str | None, *, is_one_load: bool) -> dict[str, tuple[str, str]]:
    """Load every pair of the texts, each in a field of its own, the first of all pairs before the second."""
    pairs = {f"p{place}": pair for place, pair in enumerate(itertools.permutations(texts, 2))}
    events = [{name: pair[side] for name, pair in pairs.items()} for side in (0, 1)]
    if last is not None:
        events.append(dict.fromkeys(pairs, last))
    for some in [events] if is_one_load else [[event] for event in events]:
        _load_fields(into, *some)
    return pairs


TEXTS = (
    "1", "-1", "0.5", "2147483648", "9007199254740992", "9007199254740993", "-9007199254740993", "9223372036854775807",
    "9223372036854775808", "18446744073709551615", "18446744073709551614", "1" + "0" * 37 + "1", "9" * 60,
    "1234567890123456.78", "12345678901234567.89", "0.1000000000000000055511151231257827", "1e400", "1e-400",
)  # fmt: skip


@pytest.mark.parametrize("is_one_load", [True, False])
def test_every_pair_of_numbers_keeps_its_digits(tmp_path: Path, is_one_load: bool) -> None:
    into = tmp_path / "events.duckdb"
    pairs = _load_pairs(into, TEXTS, None, is_one_load=is_one_load)
    columns = _columns(into, pairs)
    for name, pair in pairs.items():
        for text, (value, kind) in zip(pair, columns[name], strict=True):
            assert Decimal(value) == Decimal(text), f"{pair}: {text} is {value} as {kind}"


def test_what_the_column_becomes(tmp_path: Path) -> None:
    def kinds(*loads: tuple[str, ...]) -> str:
        into = tmp_path / f"{len(list(tmp_path.iterdir()))}.duckdb"
        for texts in loads:
            _load(into, *texts)
        return _column(into)[0][1]

    assert kinds(("1", "2")) == "INTEGER"
    assert kinds(("1", "1740787200000")) == "BIGINT"
    assert kinds(("1740787200000",), ("0.5",)) == "DOUBLE"  # which holds every number that is there
    assert kinds(("0.5",), ("1740787200000",)) == "DOUBLE"
    assert kinds((str(BIG),), ("0.5",)) == "VARCHAR"
    assert kinds(("0.5",), (str(BIG),)) == "VARCHAR"
    assert kinds(("0.5", str(BIG))) == "VARCHAR"
    assert kinds(("18446744073709551615",), ("-1",)) == "HUGEINT"


def _totals(into: Path, field: str = "tr_total") -> tuple[list[str], str]:
    with duckdb.connect(str(into), read_only=True) as connection:
        rows = connection.execute(
            f"SELECT {field}::VARCHAR, typeof({field}) FROM atomic.events WHERE {field} IS NOT NULL ORDER BY event_id"
        ).fetchall()
    return [value for value, _ in rows], rows[0][1]


MONEY = ("0.5", "12345678901234567.89", "9007199254740993", "51.50740432739258", "1e-7")
FIELDS = ("tr_total", "tr_tax", "tr_shipping", "ti_price")


@pytest.mark.parametrize("form", ["json", "csv", "parquet"])
@pytest.mark.parametrize("is_one_load", [True, False])
def test_every_pair_of_atomic_numbers_keeps_its_digits(tmp_path: Path, form: str, is_one_load: bool) -> None:
    """Each pair in a field of its own: so many of them at once as there are fields."""
    pairs = list(itertools.permutations(MONEY, 2))
    for start in range(0, len(pairs), len(FIELDS)):
        chosen = dict(zip(FIELDS, pairs[start : start + len(FIELDS)], strict=True))
        into, files = tmp_path / f"{start}.duckdb", []
        for side in (0, 1):
            texts = {field: pair[side] for field, pair in chosen.items()}
            files.append(_file_of(tmp_path / f"{start}-{side}", f"e{side}", texts, form))
        for some in [files] if is_one_load else [[file] for file in files]:
            load_events(some, into)
        for field, pair in chosen.items():
            values, kind = _totals(into, field)
            for text, value in zip(pair, values, strict=True):
                assert Decimal(value) == Decimal(text), f"{pair}: {text} is {value} as {kind}"


def _file_of(path: Path, event_id: str, texts: dict[str, str], form: str) -> Path:
    """A file of one event with these numbers."""
    file = path.with_suffix(".jsonl" if form == "json" else f".{form}")
    if form == "parquet":
        typed = []
        for field, text in texts.items():
            kind = f"DECIMAL(38,{max(-int(Decimal(text).as_tuple().exponent), 0)})"
            typed.append(f"{text}::{'DOUBLE' if text.startswith('51.') else kind} AS {field}")
        duckdb.execute(f"COPY (SELECT '{event_id}' AS event_id, {', '.join(typed)}) TO '{file}'")
    elif form == "csv":
        file.write_text(f"event_id,{','.join(texts)}\n{event_id},{','.join(texts.values())}\n")
    else:
        numbers = "".join(f', "{field}": {text}' for field, text in texts.items())
        file.write_text(f'{{"event_id": "{event_id}"{numbers}}}\n')
    return file


def test_what_an_atomic_number_becomes(tmp_path: Path) -> None:
    def kind(*loads: tuple[str, ...], before: str | None = None) -> str:
        into = tmp_path / f"{len(list(tmp_path.iterdir()))}.duckdb"
        if before:
            with duckdb.connect(str(into)) as connection:
                connection.execute("CREATE SCHEMA atomic")
                connection.execute(f"CREATE TABLE atomic.events (event_id VARCHAR, tr_total {before})")
                connection.execute("INSERT INTO atomic.events VALUES ('a', 12.34)")
        for texts in loads:
            file = into.with_suffix(f".{len(list(tmp_path.iterdir()))}.jsonl")
            file.write_text("".join(f'{{"event_id": "e{next(_NUMBERS)}", "tr_total": {text}}}\n' for text in texts))
            load_events([file], into)
        return _totals(into)[1]

    assert kind(("0.5", "51.50740432739258", "1234567890.5")) == "DOUBLE"
    assert kind(("1", "2")) == "DOUBLE"
    assert kind(("12345678901234567.89",)) == "DECIMAL(19,2)"
    assert kind(("12345678901234567.89", "0.125")) == "DECIMAL(20,3)"
    assert kind(("0.5",), ("12345678901234567.89",)) == "VARCHAR"
    assert kind(("12345678901234567.89",), ("0.5",)) == "DECIMAL(19,2)"
    assert kind(("9" * 60,)) == "VARCHAR"
    assert kind(("0.5",), before="DECIMAL(18,2)") == "DECIMAL(18,2)"
    assert kind(("0.125",), before="DECIMAL(18,2)") == "DOUBLE"


@pytest.mark.parametrize("text", [*TEXTS, f"12345.{'0' * 28}1", "1e-400", "1e999999", "1.23456789012345678e20", "-0.0"])
@pytest.mark.parametrize("form", ["json", "tsv"])
def test_an_atomic_number_of_any_size_keeps_its_digits(tmp_path: Path, text: str, form: str) -> None:
    into, file = tmp_path / "events.duckdb", tmp_path / f"events.{form}"
    values = {"event_id": "e1", "tr_total": text}
    line = "\t".join(values.get(name, "") for name in TSV_FIELDS)
    file.write_text(f'{{"event_id": "e1", "tr_total": {text}}}\n' if form == "json" else line + "\n")
    load_events([file], into)
    ((value,), kind) = _totals(into)
    held = float(value) == float(text) if kind == "DOUBLE" and len(text) < 18 else Decimal(value) == Decimal(text)
    assert held, f"{text} is {value} as {kind}"


def test_two_ids_stay_two(tmp_path: Path) -> None:
    into = tmp_path / "events.duckdb"
    _load(into, str(BIG), str(BIG - 1), "1.5")
    assert len({value for value, _ in _column(into)}) == 3


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


@pytest.mark.parametrize("is_one_load", [True, False])
def test_the_text_of_a_value_does_not_depend_on_when_its_column_became_text(tmp_path: Path, is_one_load: bool) -> None:
    """What a narrow column held is written as the rows of one load are."""
    texts = {
        "12": "12", "12.0": "12", "1.2e1": "12", "12.5": "12.5", "0.50": "0.5", "-0.0": "0", "1e300": "1e+300",
        "true": "true", '"12.0"': "12.0", '"a\\"b"': 'a"b', "null": None,
        '{"bb": 1.0, "a": null, "c": [{"d": 2, "x": null}, null]}': '{"c":[{"d":2},null],"bb":1}',
        '{"bb": 2.5, "yY": true}': '{"bb":2.5,"y_y":true}',
        "[1, 2.0, null]": "[1,2,null]",
    }  # fmt: skip
    into = tmp_path / "events.duckdb"
    pairs = _load_pairs(into, texts, '"text"', is_one_load=is_one_load)
    columns = _columns(into, pairs)
    for name, pair in pairs.items():
        assert [value for value, _ in columns[name]] == [texts[pair[0]], texts[pair[1]], "text"], pair
