"""Answers questions with ZetaSQL, Google's own GoogleSQL: the analyzer and the reference implementation.

Runs in an environment of its own, see tests/googlesql.py: one question a line as JSON, one answer a line.
"""

import base64
import json
import math
import os
import sys
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import wasmtime
import zetasql.core.wasm_client as client


class _Config(wasmtime.Config):
    """Compiled code is kept from process to process: it takes 20 seconds to make."""

    def __init__(self) -> None:
        super().__init__()
        self.cranelift_opt_level = "none"
        self.cache = os.environ["SIGNALS_WASMTIME_CONFIG"]


client.Config = _Config

from zetasql.api import Analyzer, CatalogBuilder, Parser, PreparedQuery  # noqa: E402 - they take the setting above
from zetasql.types import AnalyzerOptions, LanguageOptions, ZetaSQLBuiltinFunctionOptions  # noqa: E402

LANGUAGE = LanguageOptions.maximum_features()
FUNCTIONS = ZetaSQLBuiltinFunctionOptions(language_options=LANGUAGE)
CATALOG = CatalogBuilder("signals").with_builtin_functions(FUNCTIONS).build()
OPTIONS = AnalyzerOptions(language_options=LANGUAGE, default_timezone=os.environ["SIGNALS_ZONE"])


def answer(question: dict[str, Any]) -> list[list[Any]] | None:
    sql = question["sql"]
    if question["do"] == "parse":
        Parser.parse_statement_static(sql, LANGUAGE)
        return None
    if question["do"] == "analyze":
        Analyzer(OPTIONS, CATALOG).analyze_statement(sql)
        return None
    query = PreparedQuery.builder().set_sql(sql).set_analyzer_options(OPTIONS).set_catalog(CATALOG).prepare()
    with query:
        types = [column.type for column in query.columns]
        table = query.execute().content.table_data
        return [[_value(cell, kind) for cell, kind in zip(row.cell, types, strict=True)] for row in table.row]


def _value(cell: Any, kind: Any) -> Any:
    """The value as JSON takes it: what it does not know is an object with one key that says what it is."""
    name = kind.type_kind.name.removeprefix("TYPE_").lower()
    if name == "array":
        if cell.array_value is None:
            return None
        return [_value(one, kind.array_type.element_type) for one in cell.array_value.element]
    if name == "struct":
        if cell.struct_value is None:
            return None
        fields = zip(kind.struct_type.field, cell.struct_value.field, strict=True)
        return {field.field_name: _value(one, field.field_type) for field, one in fields}
    value = getattr(cell, f"{name}_value")
    if value is None:
        return None
    return _TOLD[name](value) if name in _TOLD else value


def _double(value: float) -> Any:
    return value if math.isfinite(value) else {"double": str(value)}


def _datetime(value: Any) -> Any:
    bits = value.bit_field_datetime_seconds
    parts = [(bits >> shift) & mask for shift, mask in ((26, 0x3FFF), (22, 15), (17, 31), (12, 31), (6, 63), (0, 63))]
    return {"datetime": str(datetime(*parts, value.nanos // 1000))}


_TOLD = {
    "double": _double,
    "datetime": _datetime,
    "date": lambda days: {"date": str(date(1970, 1, 1) + timedelta(days=days))},
    "bytes": lambda value: {"bytes": base64.b64encode(value).decode()},
    "numeric": lambda value: str(Decimal(int.from_bytes(value, "little", signed=True)).scaleb(-9)),
}


def main() -> None:
    said = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the library prints is no answer
    for line in sys.stdin:
        question = json.loads(line)
        try:
            told = {"answer": answer(question)}
        except Exception as error:
            told = {"error": str(error)}
        said.write(json.dumps(told) + "\n")
        said.flush()


if __name__ == "__main__":
    main()
