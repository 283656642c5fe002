"""BigQuery's REST interface, as far as dbt and its client use it, over GoogleSQL itself.

Queries are computed by ZetaSQL, Google's own implementation of the language (analyzer and reference implementation, in
WebAssembly); tables are kept in memory. ZetaSQL does not compute MERGE, so what changes tables is taken apart, and its
conditions and expressions are computed as queries. The statements taken apart are those of our macros, and each is
looked at by ZetaSQL's analyzer as a whole first.

It runs in an environment of its own, see tests/googlesql.py.
"""

import base64
import ctypes
import functools
import json
import os
import re
import sys
import threading
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

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

from zetasql.api import CatalogBuilder, Parser  # noqa: E402 - they take the settings above
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
CATALOG = CatalogBuilder("signals").with_builtin_functions(FUNCTIONS).build()
OPTIONS = AnalyzerOptions(language_options=LANGUAGE, default_timezone=os.environ["SIGNALS_ZONE"])
_CATALOG, _OPTIONS = CATALOG.to_proto(), OPTIONS.to_proto()
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


_NAME = re.compile(r"`([^`]+)`\.`([^`]+)`\.(?:`([^`]+)`|(INFORMATION_SCHEMA\.\w+))")
_EVERY_TABLE = "`region-us`.INFORMATION_SCHEMA.TABLES"
_DIGITS = re.compile(r"\d+")
_ALIAS = re.compile(r"\bas (?:bigint|integer)\b")
"""Other names of INT64 that ZetaSQL does not have, and BigQuery does:
https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#integer_types"""


class Warehouse:
    """Datasets and tables, and what statements do to them."""

    def __init__(self) -> None:
        self.datasets: dict[str, dict[str, Table]] = {}
        self.seen: set[tuple] = set()
        """What the analyzer took."""

    def named(self, sql: str) -> tuple[str, dict[str, Table]]:
        """The statement with every table as one name, and those tables."""
        tables: dict[str, Table] = {}

        def one(match: re.Match[str]) -> str:
            _, dataset, table, view = match.groups()
            name = f"{dataset}.{table or view}".replace(".", "__")
            tables[name] = self._columns_of(dataset) if view else self.table(dataset, table)
            return f"`{name}`"

        sql = _NAME.sub(one, sql)
        if _EVERY_TABLE in sql:
            tables["every_table__"] = self._every_table()
        return _ALIAS.sub("as int64", sql.replace(_EVERY_TABLE, "every_table__")), tables

    def _every_table(self) -> Table:
        return texts(
            ("table_schema", "table_name"),
            [(dataset, name) for dataset, tables in self.datasets.items() for name in tables],
        )

    def table(self, dataset: str, name: str) -> Table:
        if dataset not in self.datasets:
            raise Refused(f"Not found: Dataset emulated:{dataset}", 404, "notFound")
        if name not in self.datasets[dataset]:
            raise Refused(f"Not found: Table emulated:{dataset}.{name}", 404, "notFound")
        return self.datasets[dataset][name]

    def _columns_of(self, dataset: str) -> Table:
        cells = [
            (name, column, type_name(kind))
            for name, table in self.datasets[dataset].items()
            for column, kind in table.columns
        ]
        return texts(("table_name", "column_name", "data_type"), cells)

    def select(self, sql: str, extra: dict[str, Table] | None = None) -> Table:
        """The rows of a query. A CTE is computed once; the reference implementation would do it again for each row
        that asks for it in a subquery, and with CTEs upon CTEs never come to an end."""
        extra = dict(extra or {})
        sql, ctes = without_ctes(sql)
        for name, query in ctes:
            extra[name] = self.select(query, extra)
        sql, tables = self.named(sql)
        return evaluated(sql, {**tables, **{name: table for name, table in extra.items() if name in sql}})

    def done(self, sql: str) -> tuple[str, Table, int, tuple[str, str] | None]:
        """Kind of statement, rows, number of rows changed, and the table that was made or changed."""
        sql = re.sub(r"\A(\s|/\*.*?\*/|--[^\n]*\n)+", "", sql, flags=re.DOTALL).rstrip().rstrip(";")
        for pattern, do in _STATEMENTS.items():
            match = re.fullmatch(pattern, sql, flags=re.DOTALL)
            if match:
                return do(self, sql, match)
        return "SELECT", self.select(sql), 0, None

    def place(self, name: str) -> tuple[str, str]:
        match = _NAME.fullmatch(name.strip())
        if match is None:
            raise Refused(f"no table is named {name}")
        if match[2] not in self.datasets:
            raise Refused(f"Not found: Dataset emulated:{match[2]}", 404, "notFound")
        return match[2], match[3]

    def create(self, sql: str, match: re.Match[str]) -> Any:
        dataset, name = self.place(match["name"])
        if "if not exists" in match["how"] and name in self.datasets[dataset]:
            return "CREATE_TABLE_AS_SELECT", Table([]), 0, (dataset, name)
        if match["partition"] or match["cluster"]:
            last = match["query"].rstrip().rsplit("\n", 1)[-1]
            if last.strip().startswith("order by"):
                raise Refused("Result of ORDER BY queries cannot be clustered")
        self.looked_at(f"create table made as {match['query']}")
        made = self.select(match["query"])
        self.datasets[dataset][name] = Table(made.columns, [stored(row, made) for row in made.rows])
        return "CREATE_TABLE_AS_SELECT", Table([]), 0, (dataset, name)

    def create_schema(self, sql: str, match: re.Match[str]) -> Any:
        self.datasets.setdefault(match["name"].split(".")[-1].strip("`"), {})
        return "CREATE_SCHEMA", Table([]), 0, None

    def drop(self, sql: str, match: re.Match[str]) -> Any:
        dataset, name = self.place(match["name"])
        self.datasets[dataset].pop(name, None)
        return "DROP_TABLE", Table([]), 0, None

    def insert(self, sql: str, match: re.Match[str]) -> Any:
        self.looked_at(sql)
        place = self.place(match["name"])
        target = self.table(*place)
        found = self.select(match["query"])
        names = [name.strip() for name in match["columns"].split(",")]
        self._insert(target, names, found.rows)
        return "INSERT", Table([]), len(found.rows), place

    def _insert(self, target: Table, names: list[str], rows: list[Row]) -> None:
        at = [names.index(name) if name in names else None for name, _ in target.columns]
        for row in rows:
            cells = [value_pb2.ValueProto() if place is None else row[place] for place in at]
            target.rows.append(stored(cells, target))

    def delete(self, sql: str, match: re.Match[str]) -> Any:
        self.looked_at(sql)
        place = self.place(match["name"])
        target = self.table(*place)
        numbered = {"__".join(place): target.numbered("row_number__")}
        found = self.select(f"select row_number__ from {match['name']} where {match['condition']}", numbered)
        gone = {row[0].int64_value for row in found.rows}
        target.rows = [row for number, row in enumerate(target.rows) if number not in gone]
        return "DELETE", Table([]), len(gone), place

    def update(self, sql: str, match: re.Match[str]) -> Any:
        self.looked_at(sql)
        place = self.place(match["name"])
        target = self.table(*place)
        alias = match["alias"] or ""
        numbered = {"__".join(place): target.numbered("row_number__")}
        assigned = [part.split("=", 1) for part in re.split(r",\n", match["assigned"])]
        values = ", ".join(value for _, value in assigned)
        given = f", {match['given']}" if match["given"] else ""
        row = f"{alias}.row_number__" if alias else "row_number__"
        found = self.select(
            f"select {row}, {values} from {match['name']} {alias}{given} where {match['condition']}", numbered
        )
        names = [name.strip() for name, _ in assigned]
        self._update(target, names, [(row[0].int64_value, row[1:]) for row in found.rows])
        return "UPDATE", Table([]), len(found.rows), place

    def _update(self, target: Table, names: list[str], changes: list[tuple[int, Row]]) -> None:
        if len({number for number, _ in changes}) < len(changes):
            raise Refused("UPDATE/MERGE must match at most one source row for each target row")
        at = {name: place for place, (name, _) in enumerate(target.columns)}
        for number, cells in changes:
            row = list(target.rows[number])
            for name, cell in zip(names, cells, strict=True):
                row[at[name]] = cell
            target.rows[number] = stored(row, target)

    def merge(self, sql: str, match: re.Match[str]) -> Any:
        self.looked_at(sql)
        place = self.place(match["name"])
        target = self.table(*place)
        given = self.select(f"select * from {match['given']} as given")
        sides = {"stored__": target.numbered("row_number__"), "given__": given.numbered("row_number__")}
        kept, changed, added = self._merged(match, sides)
        gone = set(range(len(target.rows))) - kept
        for names, changes in changed:
            self._update(target, names, changes)
        target.rows = [row for number, row in enumerate(target.rows) if number not in gone]
        for names, rows in added:
            self._insert(target, names, rows)
        count = len(gone) + sum(len(part) for _, part in changed) + sum(len(part) for _, part in added)
        return "MERGE", Table([]), count, place

    def _merged(self, match: re.Match[str], sides: dict[str, Table]) -> tuple[set[int], list[Any], list[Any]]:
        """The numbers of rows that stay, what is updated and what is inserted."""
        both = f"from stored__ as stored inner join given__ as given on {match['condition']}"
        numbers = "select stored.row_number__, given.row_number__"
        pairs = [tuple(cell.int64_value for cell in row) for row in self.select(f"{numbers} {both}", sides).rows]
        waiting = {
            "matched": (both, set(pairs)),
            "not matched by source": (
                "from (select *, row_number__ as stored_number from stored__) as stored",
                set(range(len(sides["stored__"].rows))) - {pair[0] for pair in pairs},
            ),
            "not matched": (
                "from given__ as given",
                set(range(len(sides["given__"].rows))) - {pair[1] for pair in pairs},
            ),
        }
        kept = set(range(len(sides["stored__"].rows)))
        changed: list[Any] = []
        added: list[Any] = []
        for when in _WHEN.finditer(match["whens"]):
            source, left = waiting[when["which"]]
            key = {"matched": numbers, "not matched by source": "select stored.row_number__"}.get(
                when["which"], "select given.row_number__"
            )
            values, names = "", []
            if when["update"]:
                assigned = [part.split("=", 1) for part in when["update"].split(",")]
                names, values = [name.strip() for name, _ in assigned], ", " + ", ".join(v for _, v in assigned)
            if when["insert"]:
                names, values = [name.strip() for name in when["insert"].split(",")], f", {when['values']}"
            found = self.select(f"{key}, coalesce({when['and'] or 'true'}, false){values} {source}", sides).rows
            width = 2 if when["which"] == "matched" else 1
            rows = []
            for row in found:
                number = tuple(cell.int64_value for cell in row[:width])
                one = number if width == 2 else number[0]
                if row[width].bool_value and one in left:
                    left.discard(one)
                    rows.append((number[0], row[width + 1 :]))
            if when["insert"]:
                added.append((names, [cells for _, cells in rows]))
            elif when["update"]:
                changed.append((names, rows))
            else:
                kept -= {number for number, _ in rows}
        return kept, changed, added

    def looked_at(self, sql: str) -> None:
        """By the analyzer, as a whole; once for all that differ in their numbers and dates only."""
        sql, tables = self.named(sql)
        columns = [(name, column, type_name(kind)) for name, table in tables.items() for column, kind in table.columns]
        key = (_DIGITS.sub("0", sql), *columns)
        if key in self.seen:
            return
        self.seen.add(key)
        request = service.AnalyzeRequest(sql_statement=sql)
        request.options.CopyFrom(_OPTIONS)
        request.simple_catalog.CopyFrom(catalog_of(tables))
        try:
            asked("Analyze", request, service.AnalyzeResponse)
        except Refused:
            self.seen.discard(key)
            raise


_TABLE = r"(?P<name>`[^`]+`\.`[^`]+`\.`[^`]+`)"
_STATEMENTS: dict[str, Any] = {
    rf"(?P<how>create (?:or replace )?table(?: if not exists)?)\s+{_TABLE}\s+(?P<partition>partition by \w+\s+)?"
    r"(?P<cluster>cluster by [\w, ]+\s+)?as\s+(?P<query>.*)": Warehouse.create,
    r"create schema if not exists (?P<name>\S+)\s*": Warehouse.create_schema,
    rf"drop table(?: if exists)?\s+{_TABLE}": Warehouse.drop,
    rf"insert into {_TABLE} \((?P<columns>[^)]*)\)\s+(?P<query>.*)": Warehouse.insert,
    rf"delete from {_TABLE}\s+where\s+(?P<condition>.*)": Warehouse.delete,
    rf"update {_TABLE}(?: as (?P<alias>\w+))?\s+set\s+(?P<assigned>.*?)\s+(?:from (?P<given>.*? as given)\s+)?"
    r"where (?P<condition>.*)": Warehouse.update,
    rf"merge into {_TABLE} as stored\s+using (?P<given>.*) as given\s+on (?P<condition>.*?)\s+(?P<whens>when .*)": (
        Warehouse.merge
    ),
}
_WHEN = re.compile(
    r"when (?P<which>not matched by source|not matched|matched)(?: and (?P<and>.*?))? then "
    r"(?:delete|update set(?P<update>.*?)|insert \((?P<insert>[^)]*)\)\s+values \((?P<values>[^)]*)\))\s*(?=when|\Z)",
    re.DOTALL,
)


_BEFORE_CTES = re.compile(
    r"\A(?P<before>(?:\s|--[^\n]*\n)*(?:select [^()]*?\sfrom \((?:\s|--[^\n]*\n)*)?)with\s", re.DOTALL
)
_CTE = re.compile(r"(?:\s|--[^\n]*\n)*(?P<name>\w+) as \(")
_TOKEN = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|--[^\n]*|[()]", re.DOTALL)


def without_ctes(sql: str) -> tuple[str, list[tuple[str, str]]]:
    """A query without the CTEs that it, or the one that it selects from, begins with, and those."""
    start = _BEFORE_CTES.match(sql)
    if start is None:
        return sql, []
    ctes, at = [], start.end()
    while True:
        match = _CTE.match(sql, at)
        if match is None:
            raise Refused(f"no CTE begins with {sql[at : at + 80]}")
        end = _closed(sql, match.end())
        ctes.append((match["name"], sql[match.end() : end]))
        at = end + 1
        following = re.compile(r"\s*,").match(sql, at)
        if following is None:
            return start["before"] + sql[at:], ctes
        at = following.end()


def _closed(sql: str, at: int) -> int:
    """Where the parenthesis that is open ends."""
    depth = 1
    for token in _TOKEN.finditer(sql, at):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0:
            return token.start()
    raise Refused("a parenthesis is not closed")


def texts(names: tuple[str, ...], cells: list[tuple[str, ...]]) -> Table:
    text = type_pb2.TypeProto(type_kind=type_pb2.TYPE_STRING)
    rows = [[value_pb2.ValueProto(string_value=cell) for cell in row] for row in cells]
    return Table([(name, text) for name in names], rows)


def catalog_of(tables: dict[str, Table]) -> Any:
    catalog = type(_CATALOG)()
    catalog.CopyFrom(_CATALOG)
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
    request.simple_catalog.CopyFrom(_CATALOG)
    return asked("RegisterCatalog", request, service.RegisterResponse).registered_id


def evaluated(sql: str, tables: dict[str, Table]) -> Table:
    """The tables are arrays that are given to the query as parameters, since their catalog is the same for all."""
    given = ", ".join(f"`{name}` as (select * from unnest(@{_parameter(name)}))" for name in tables)
    request = service.EvaluateQueryRequest(sql=f"with {given} (\n{sql}\n)" if given else sql)
    request.options.CopyFrom(_OPTIONS)
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


def schema_of(columns: list[tuple[str, Any]]) -> dict[str, Any]:
    return {"fields": [_field(name or f"f{number}_", kind) for number, (name, kind) in enumerate(columns)]}


_API_NAMES = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN", "STRUCT": "RECORD"}


def _field(name: str, kind: Any) -> dict[str, Any]:
    is_list = kind_name(kind) == "ARRAY"
    inner = kind.array_type.element_type if is_list else kind
    told = {"name": name, "mode": "REPEATED" if is_list else "NULLABLE"}
    told["type"] = _API_NAMES.get(kind_name(inner), kind_name(inner))
    if kind_name(inner) == "STRUCT":
        told["fields"] = [_field(part.field_name, part.field_type) for part in inner.struct_type.field]
    return told


def cell_of(cell: Any, kind: Any) -> Any:
    """A value as the interface tells it."""
    name = kind_name(kind)
    if name == "ARRAY":
        return [{"v": cell_of(one, kind.array_type.element_type)} for one in cell.array_value.element]
    which = cell.WhichOneof("value")
    if which is None:
        return None
    value = getattr(cell, which)
    if name == "STRUCT":
        parts = zip(value.field, kind.struct_type.field, strict=True)
        return {"f": [{"v": cell_of(one, part.field_type)} for one, part in parts]}
    return _TOLD.get(name, str)(value)


def _datetime(value: Any) -> str:
    bits = value.bit_field_datetime_seconds
    parts = [(bits >> shift) & mask for shift, mask in ((26, 0x3FFF), (22, 15), (17, 31), (12, 31), (6, 63), (0, 63))]
    return datetime(*parts, value.nanos // 1000).isoformat()


_TOLD: dict[str, Any] = {
    "BOOL": lambda value: str(value).lower(),
    "FLOAT64": repr,
    "BYTES": lambda value: base64.b64encode(value).decode(),
    "DATE": lambda days: str(date(1970, 1, 1) + timedelta(days=days)),
    "DATETIME": _datetime,
    "TIMESTAMP": lambda value: str(value.seconds * 1_000_000 + value.nanos // 1000),
    "NUMERIC": lambda value: str(Decimal(int.from_bytes(value, "little", signed=True)).scaleb(-9)),
}


class Jobs:
    """What was asked, and what came of it."""

    def __init__(self) -> None:
        self.warehouse = Warehouse()
        self.done: dict[str, dict[str, Any]] = {}
        self.found: dict[str, Table] = {}

    def run(self, body: dict[str, Any]) -> dict[str, Any]:
        query = body["configuration"]["query"]
        job = body.get("jobReference", {}).get("jobId") or str(uuid.uuid4())
        now = str(int(datetime.now(UTC).timestamp() * 1000))
        kind, table, count, place = "SELECT", Table([]), 0, None
        status: dict[str, Any] = {"state": "DONE"}
        try:
            kind, table, count, place = self.warehouse.done(query["query"])
        except Refused as refused:
            problem = {"reason": refused.reason, "message": str(refused), "location": "query"}
            status |= {"errorResult": problem, "errors": [problem]}
        told = {"statementType": kind, "numDmlAffectedRows": str(count), "totalBytesProcessed": "0", "cacheHit": False}
        dataset, name = place or ("_anonymous", job)
        destination = {"projectId": "emulated", "datasetId": dataset, "tableId": name}
        self.found[job] = table
        self.done[job] = {
            "kind": "bigquery#job",
            "id": f"emulated:US.{job}",
            "jobReference": {"projectId": "emulated", "jobId": job, "location": "US"},
            "configuration": {
                "jobType": "QUERY",
                "query": {**query, "destinationTable": destination},
            },
            "status": status,
            "statistics": {"creationTime": now, "startTime": now, "endTime": now, "query": told},
        }
        return self.done[job]

    def results(self, job: str, start: int, most: int | None) -> dict[str, Any]:
        table = self.found[job]
        status = self.done[job]["status"]
        if "errorResult" in status:
            raise Refused(status["errorResult"]["message"], 400, status["errorResult"]["reason"])
        end = len(table.rows) if most is None else start + most
        kinds = [kind for _, kind in table.columns]
        told: dict[str, Any] = {
            "kind": "bigquery#getQueryResultsResponse",
            "jobReference": self.done[job]["jobReference"],
            "jobComplete": True,
            "totalRows": str(len(table.rows)),
            "schema": schema_of(table.columns),
            "rows": [
                {"f": [{"v": cell_of(cell, kind)} for cell, kind in zip(row, kinds, strict=True)]}
                for row in table.rows[start:end]
            ],
        }
        if end < len(table.rows):
            told["pageToken"] = str(end)
        return told


class Handler(BaseHTTPRequestHandler):
    """The routes."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a body waited for the acknowledgement of its headers, 40 ms an answer
    jobs = Jobs()
    lock = threading.Lock()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _answer(self, method: str) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        content = self.rfile.read(size)
        body = json.loads(content) if content else {}
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        parts = [unquote(part) for part in url.path.removeprefix("/bigquery/v2/").strip("/").split("/")]
        try:
            with self.lock:
                told, code = self._told(method, parts, asked, body), 200
        except Refused as refused:
            problem = {"reason": refused.reason, "message": str(refused), "domain": "global"}
            told, code = {"error": {"code": refused.code, "message": str(refused), "errors": [problem]}}, refused.code
        data = json.dumps(told).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_DELETE(self) -> None:
        self._answer("DELETE")

    def do_PATCH(self) -> None:
        self._answer("PATCH")

    def _told(self, method: str, parts: list[str], asked: dict[str, str], body: dict[str, Any]) -> Any:
        datasets = self.jobs.warehouse.datasets
        match (method, *parts):
            case ("POST", "parse"):
                _parse(body["sql"])
                return {}
            case ("POST", "projects", _, "jobs"):
                return self.jobs.run(body)
            case ("GET", "projects", _, "jobs", job):
                return self.jobs.done[job]
            case ("GET", "projects", _, "queries", job):
                most = asked.get("maxResults")
                return self.jobs.results(
                    job, int(asked.get("pageToken") or asked.get("startIndex") or 0), int(most) if most else None
                )
            case ("GET", "projects", _, "datasets"):
                return {"datasets": [_dataset(name) for name in datasets]}
            case ("POST", "projects", _, "datasets"):
                name = body["datasetReference"]["datasetId"]
                if name in datasets:
                    raise Refused(f"Already Exists: Dataset emulated:{name}", 409, "duplicate")
                datasets[name] = {}
                return _dataset(name)
            case ("GET", "projects", _, "datasets", "_anonymous", "tables", job):
                found = self.jobs.found[job]
                return _table("_anonymous", job) | {"schema": schema_of(found.columns), "numRows": str(len(found.rows))}
            case (_, "projects", _, "datasets", name, *rest):
                if name not in datasets:
                    raise Refused(f"Not found: Dataset emulated:{name}", 404, "notFound")
                return self._in_dataset(method, name, rest)
        raise Refused(f"the emulator has no {method} {'/'.join(parts)}", 501, "notImplemented")

    def _in_dataset(self, method: str, dataset: str, rest: list[str]) -> Any:
        found = self.jobs.warehouse
        match (method, *rest):
            case ("GET",):
                return _dataset(dataset)
            case ("DELETE",):
                del found.datasets[dataset]
                return {}
            case ("GET", "tables"):
                return {"tables": [_table(dataset, name) for name in found.datasets[dataset]]}
            case ("GET", "tables", name):
                table = found.table(dataset, name)
                told = {"schema": schema_of(table.columns), "numRows": str(len(table.rows)), "numBytes": "0"}
                return _table(dataset, name) | told
            case ("DELETE", "tables", name):
                found.table(dataset, name)
                del found.datasets[dataset][name]
                return {}
        raise Refused(f"the emulator has no {method} of {'/'.join(rest)}", 501, "notImplemented")


def _parse(sql: str) -> None:
    try:
        Parser.parse_statement_static(sql, LANGUAGE)
    except Exception as error:
        raise Refused(str(error)) from error


def _dataset(name: str) -> dict[str, Any]:
    return {"datasetReference": {"projectId": "emulated", "datasetId": name}, "location": "US", "id": name}


def _table(dataset: str, name: str) -> dict[str, Any]:
    reference = {"projectId": "emulated", "datasetId": dataset, "tableId": name}
    return {"tableReference": reference, "type": "TABLE", "id": f"emulated:{dataset}.{name}", "location": "US"}


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    main()
