"""GoogleSQL: Google's own implementation of the language (analyzer and reference implementation), in WebAssembly."""

import ctypes
import functools
import os
import re
from dataclasses import dataclass, field
from typing import Any

import wasmtime
import zetasql.core.wasm_client as client


class _Config(wasmtime.Config):
    """Compiled code is kept from process to process: it takes 20 seconds to make."""

    def __init__(self) -> None:
        super().__init__()
        self.cache = os.environ["SIGNALS_WASMTIME_CONFIG"]


def _memory(self: Any) -> int:
    return ctypes.addressof(self.memory.data_ptr().contents)


client.Config = _Config
# the package copies byte by byte
client.WasmClient.write_bytes = lambda self, at, data: ctypes.memmove(_memory(self) + at, data, len(data))
client.WasmClient.read_bytes = lambda self, at, size: ctypes.string_at(_memory(self) + at, size)

from zetasql.api import CatalogBuilder  # noqa: E402 - they take the settings above
from zetasql.core import ZetaSqlLocalService  # noqa: E402
from zetasql.types import (  # noqa: E402
    AnalyzerOptions,
    LanguageOptions,
    ProductMode,
    ZetaSQLBuiltinFunctionOptions,
)
from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as service  # noqa: E402
from zetasql.wasi._pb2.zetasql.public import type_pb2, value_pb2  # noqa: E402

LANGUAGE = LanguageOptions.maximum_features()
LANGUAGE.product_mode = ProductMode.PRODUCT_EXTERNAL
FUNCTIONS = ZetaSQLBuiltinFunctionOptions(language_options=LANGUAGE)
CATALOG = CatalogBuilder("signals").with_builtin_functions(FUNCTIONS).build().to_proto()
OPTIONS = AnalyzerOptions(language_options=LANGUAGE, default_timezone=os.environ["SIGNALS_ZONE"]).to_proto()
Row = list[Any]


@dataclass
class Table:
    """Columns with their types, and rows of values."""

    columns: list[tuple[str, Any]]
    rows: list[Row] = field(default_factory=list)

    def numbered(self, name: str) -> "Table":
        kind = type_pb2.TypeProto(type_kind=type_pb2.TYPE_INT64)
        rows = [[*row, value_pb2.ValueProto(int64_value=number)] for number, row in enumerate(self.rows)]
        return Table([*self.columns, (name, kind)], rows)


class Refused(Exception):
    """What BigQuery would answer instead of doing it."""

    def __init__(self, message: str, code: int = 400, reason: str = "invalidQuery") -> None:
        super().__init__(message)
        self.code, self.reason = code, reason


def texts(names: tuple[str, ...], cells: list[tuple[str, ...]]) -> Table:
    text = type_pb2.TypeProto(type_kind=type_pb2.TYPE_STRING)
    rows = [[value_pb2.ValueProto(string_value=cell) for cell in row] for row in cells]
    return Table([(name, text) for name in names], rows)


def catalog_of(tables: dict[str, Table]) -> Any:
    catalog = type(CATALOG)()
    catalog.CopyFrom(CATALOG)
    for name, table in tables.items():
        made = catalog.table.add(name=name)
        for column, kind in table.columns:
            made.column.add(name=column, type=kind, is_writable_column=True)
    return catalog


def asked(method: str, request: Any, response: Any) -> Any:
    try:
        found = ZetaSqlLocalService.get_instance().wasm_client
        return found.call_grpc_func(f"ZetaSqlLocalService_{method}", request, response)
    except Refused:
        raise
    except Exception as error:
        raise Refused(str(error)) from error


@functools.cache
def registered() -> int:
    """The number of a catalog of GoogleSQL's functions: making one takes much longer than most queries."""
    request = service.RegisterCatalogRequest()
    request.simple_catalog.CopyFrom(CATALOG)
    return asked("RegisterCatalog", request, service.RegisterResponse).registered_id


def evaluated(sql: str, tables: dict[str, Table]) -> Table:
    """The tables are arrays that are given to the query as parameters, since their catalog is the same for all."""
    given = ", ".join(f"`{name}` as (select * from unnest(@{_parameter(name)}))" for name in tables)
    request = service.EvaluateQueryRequest(sql=f"with {given} (\n{sql}\n)" if given else sql)
    request.options.CopyFrom(OPTIONS)
    request.registered_catalog_id = registered()
    for name, table in tables.items():
        kind = request.options.query_parameters.add(name=_parameter(name)).type
        kind.type_kind = type_pb2.TYPE_ARRAY
        kind.array_type.element_type.type_kind = type_pb2.TYPE_STRUCT
        for column, inner in table.columns:
            kind.array_type.element_type.struct_type.field.add(field_name=column, field_type=inner)
        rows = request.params.add(name=_parameter(name)).value.array_value
        rows.SetInParent()
        for row in table.rows:
            rows.element.add().struct_value.field.extend(row)
    found = asked("EvaluateQuery", request, service.EvaluateQueryResponse)
    columns = [(column.name, column.type) for column in found.prepared.columns]
    return Table(columns, [list(row.cell) for row in found.content.table_data.row])


def _parameter(table: str) -> str:
    return "rows_of_" + re.sub(r"\W", "_", table)


def stored(row: Row, table: Table) -> Row:
    return [_stored(cell, kind) for cell, (_, kind) in zip(row, table.columns, strict=True)]


def _stored(cell: Any, kind: Any) -> Any:
    """A null array is stored as an empty one, and an array with a null in it is refused."""
    if kind.type_kind == type_pb2.TYPE_ARRAY:
        made = value_pb2.ValueProto()
        made.array_value.SetInParent()
        for one in cell.array_value.element:
            if one.WhichOneof("value") is None:
                raise Refused("Array cannot have a null element; error in writing field")
            made.array_value.element.append(_stored(one, kind.array_type.element_type))
        return made
    if kind.type_kind == type_pb2.TYPE_STRUCT and cell.WhichOneof("value"):
        made = value_pb2.ValueProto()
        made.struct_value.SetInParent()
        for one, part in zip(cell.struct_value.field, kind.struct_type.field, strict=True):
            made.struct_value.field.append(_stored(one, part.field_type))
        return made
    return cell


def kind_name(kind: Any) -> str:
    name = type_pb2.TypeKind.Name(kind.type_kind).removeprefix("TYPE_")
    return {"DOUBLE": "FLOAT64"}.get(name, name)


def type_name(kind: Any) -> str:
    """The type as INFORMATION_SCHEMA says it."""
    name = kind_name(kind)
    if name == "ARRAY":
        return f"ARRAY<{type_name(kind.array_type.element_type)}>"
    if name == "STRUCT":
        fields = (f"{part.field_name} {type_name(part.field_type)}" for part in kind.struct_type.field)
        return f"STRUCT<{', '.join(fields)}>"
    return name
