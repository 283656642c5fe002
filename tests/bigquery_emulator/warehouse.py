"""Datasets and tables in memory, and what statements do to them.

ZetaSQL does not compute MERGE, so what changes tables is taken apart, and its conditions and expressions are computed
as queries. The statements taken apart are those of our macros, and each is looked at by ZetaSQL's analyzer as a whole
first.
"""

import re
from typing import Any

from language import (
    OPTIONS,
    Refused,
    Row,
    Table,
    asked,
    catalog_of,
    evaluated,
    service,
    stored,
    texts,
    type_name,
    value_pb2,
)

_NAME = re.compile(r"`([^`]+)`\.`([^`]+)`\.(?:`([^`]+)`|(INFORMATION_SCHEMA\.\w+))")
_EVERY_TABLE = "`region-us`.INFORMATION_SCHEMA.TABLES"
_COMMENT = re.compile(r"^ *--.*$", re.MULTILINE)
_DIGITS = re.compile(r"\d+")
_ALIAS = re.compile(r"\bas (?:bigint|integer)\b")
"""Other names of INT64 that ZetaSQL does not have, and BigQuery does:
https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#integer_types"""


class Warehouse:
    """Datasets and tables, and what statements do to them."""

    def __init__(self) -> None:
        self.datasets: dict[str, dict[str, Table]] = {}
        self.views: dict[tuple[str, str], str] = {}
        """Their queries; of what they return, `datasets` has the columns that it had when they were made."""
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

        sql = _NAME.sub(one, _COMMENT.sub("", sql))
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
        query = self.views.get((dataset, name))
        return self.datasets[dataset][name] if query is None else self.select(query)

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
        self.looked_at(f"create table made {match['options'] or ''} as {match['query']}")
        made = self.select(match["query"])
        self.datasets[dataset][name] = Table(made.columns, [stored(row, made) for row in made.rows])
        return "CREATE_TABLE_AS_SELECT", Table([]), 0, (dataset, name)

    def create_view(self, sql: str, match: re.Match[str]) -> Any:
        place = dataset, name = self.place(match["name"])
        if name in self.datasets[dataset] and place not in self.views:
            raise Refused(f"emulated:{dataset}.{name} is not allowed for this operation because it is not a VIEW")
        self.looked_at(f"create view made as {match['query']}")
        self.datasets[dataset][name] = Table(self.select(match["query"]).columns)
        self.views[place] = match["query"]
        return "CREATE_VIEW", Table([]), 0, place

    def create_schema(self, sql: str, match: re.Match[str]) -> Any:
        self.datasets.setdefault(match["name"].split(".")[-1].strip("`"), {})
        return "CREATE_SCHEMA", Table([]), 0, None

    def drop(self, sql: str, match: re.Match[str]) -> Any:
        dataset, name = self.place(match["name"])
        self.datasets[dataset].pop(name, None)
        self.views.pop((dataset, name), None)
        return "DROP_TABLE", Table([]), 0, None

    def add_column(self, sql: str, match: re.Match[str]) -> Any:
        place = self.place(match["name"])
        target = self.table(*place)
        added = self.select(f"select cast(null as {match['type']}) as {match['column']}")
        target.columns += added.columns
        target.rows = [stored([*row, value_pb2.ValueProto()], target) for row in target.rows]
        return "ALTER_TABLE", Table([]), 0, place

    def insert(self, sql: str, match: re.Match[str]) -> Any:
        self.looked_at(sql)
        place = self.place(match["name"])
        target = self.table(*place)
        found = self.select(match["query"])
        names = [name.strip().strip("`") for name in match["columns"].split(",")]
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
        request.options.CopyFrom(OPTIONS)
        request.simple_catalog.CopyFrom(catalog_of(tables))
        try:
            asked("Analyze", request, service.AnalyzeResponse)
        except Refused:
            self.seen.discard(key)
            raise


_TABLE = r"(?P<name>`[^`]+`\.`[^`]+`\.`[^`]+`)"
_STATEMENTS: dict[str, Any] = {
    rf"(?P<how>create (?:or replace )?table(?: if not exists)?)\s+{_TABLE}\s+(?P<partition>partition by \w+\s+)?"
    r"(?P<cluster>cluster by [\w, ]+\s+)?(?P<options>options \(.*?\)\s+)?as\s+(?P<query>.*)": Warehouse.create,
    rf"create or replace view {_TABLE}\s+as\s+(?P<query>.*)": Warehouse.create_view,
    r"create schema if not exists (?P<name>\S+)\s*": Warehouse.create_schema,
    rf"drop (?:table|view)(?: if exists)?\s+{_TABLE}": Warehouse.drop,
    rf"alter table {_TABLE} add column (?P<column>\w+) (?P<type>\S.*)": Warehouse.add_column,
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
