"""Starts fakesnow, the emulator of Snowflake, and makes up for what it lacks. Run by the Python of its own environment.

What our projects and dbt send is meant for Snowflake; where the emulator does something else with a statement, that
is changed here, on its way into it, and nowhere else. What is changed is listed in docs/explanation/engines.md.
"""

import contextlib
import importlib
import json
import re
import socket
import sys
import threading

import duckdb
import pyarrow as pa
import uvicorn
from fakesnow import arrow, transforms
from fakesnow.cursor import FakeSnowflakeCursor
from fakesnow.instance import FakeSnow
from snowflake.connector.errors import Error, ProgrammingError
from sqlglot import Expr, exp, parse_one
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

arrow_struct = arrow.timestamp_to_sf_struct
server = importlib.import_module("fakesnow.server")  # the package has a function of that name

ZONE = "America/New_York"
"""That of the sessions: what is UTC has to be so whatever it is."""

# Functions that it does not have, or that it takes for something else, as Snowflake documents them.
MACROS = {
    "regexp_like(t, p)": "regexp_full_match(t, p)",
    "to_double(t)": "cast(t as double)",
    "try_to_double(t)": "try_cast(t as double)",
    "try_to_number(t, p := 38, s := 0)": "try_cast(t as decimal(38, 0))",
    "try_to_timestamp_ntz(t, f)": "try_cast(t as timestamp)",
    "regexp_substr(t, p, start := 1, nth := 1, flags := 'c', part := 0)": (
        "case when regexp_matches(substr(t, start), p) then nullif(regexp_extract(substr(t, start), p, part), '') end"
    ),
    "dateadd(unit, n, t)": (
        "case unit when 'microsecond' then t + to_microseconds(cast(n as bigint)) "
        "when 'second' then t + to_seconds(cast(n as bigint)) when 'minute' then t + to_minutes(cast(n as bigint)) "
        "when 'hour' then t + to_hours(cast(n as bigint)) when 'day' then t + to_days(cast(n as integer)) end"
    ),
    "datediff(unit, a, b)": "date_diff(unit, a, b)",
    "date_trunc(unit, t)": "date_trunc(unit, t)",
    "to_char(t, f)": (
        "case f when 'YYYY-MM-DD' then strftime(t, '%Y-%m-%d') "
        "when 'YYYY-MM-DD HH24:MI:SS.FF6' then strftime(t, '%Y-%m-%d %H:%M:%S.%f') "
        "when 'YYYY-MM-DD HH24:MI:SS.FF9' then strftime(t, '%Y-%m-%d %H:%M:%S.%f') || '000' "
        "else error('format ' || f) end"
    ),
    "previous_day(t, d)": "cast(date_trunc('week', t - interval 1 day) as date)",
    "dayofweekiso(t)": "isodow(t)",
    "to_binary(t, f)": "encode(t)",
    "convert_timezone(z, t)": "timezone(z, t)",
    "sysdate()": "cast(timezone('UTC', now()) as timestamp)",
    "md5_number_lower64(t)": "cast(md5_number_lower(t) as decimal(38, 0))",
    "hash(a, b)": "cast(hash(a, b) as decimal(38, 0))",
    # of a narrow decimal DuckDB writes a whole number as 7.0
    "without_nulls(l)": (
        "coalesce(case when typeof(l) like 'DECIMAL(%,0)[]' "
        "then to_json(try_cast(list_filter(l, lambda one: one is not null) as bigint[])) "
        "else to_json(list_filter(l, lambda one: one is not null)) end, '[]'::json)"
    ),
    "text(v, p)": "json_extract_string(v, p)",
    "to_variant(v)": "cast(cast(v as varchar) as json)",
    "to_json(v)": "cast(case when typeof(v) like '%[]' then to_json(v) else v end as varchar)",
    # arrays are JSON where they are stored, and lists where a query makes them
    "as_array(v)": "cast(case when json_type(v) = 'ARRAY' then v end as json[])",
    "array_size(l)": "cast(json_array_length(to_json(l)) as bigint)",
    "array_reverse(l)": "list_reverse(l)",
    "array_contains(v, l)": "list_contains(l, cast(v as boolean))",
    "get(l, n)": "list_extract(l, n + 1)",
    "at(v, p)": "json_extract(v, p)",
    "is_object(v)": "json_type(v) = 'OBJECT'",
    "is_array(v)": "json_type(v) = 'ARRAY'",
    "is_varchar(v)": "json_type(v) = 'VARCHAR'",
    "regexp_replace(t, p, r)": "regexp_replace(t, p, r, 'g')",
    "object_agg(k, v)": (
        "coalesce(to_json(map(list(k) filter (where k is not null), list(v) filter (where k is not null))), '{}'::json)"
    ),
}
QUOTED = re.compile(r"""('(?:[^'\\]|\\.|'')*'|"(?:[^"]|"")*"|\$\$.*?\$\$|--[^\n]*|/\*.*?\*/)""", re.DOTALL)
NAMES = "|".join(sorted((name.partition("(")[0] for name in MACROS), key=len, reverse=True))
CALL = re.compile(rf"(?<![\w.])({NAMES})\(", re.IGNORECASE)


STEP = r"\[(?:\d+|'(?:[^'\\]|\\.)*')\]"
PROPERTY = re.compile(
    rf"(cast|to_variant)\(((?:try_parse_json\()?\w+\)?)((?:{STEP})+)( as varchar)?\)", re.IGNORECASE | re.DOTALL
)


QUERY_TAG = re.compile(r"\s*alter session set query_tag = ", re.IGNORECASE)


def property_text(found: re.Match[str]) -> str:
    """Elements of lists are miscounted, and keys with some characters are not found: as a path of DuckDB's."""
    path = "$"
    for step in re.findall(STEP, found[3], re.DOTALL):
        if step[1] == "'":
            key = re.sub(r"\\(.)", r"\1", step[2:-2], flags=re.DOTALL)
            step = '."' + key.replace('"', '\\"') + '"'
        path += step
    literal = path.replace("\\", "\\\\").replace("'", "\\'")
    return f"{'sf_text' if found[4] else 'sf_at'}({found[2]}, '{literal}')"


def translated(sql: str) -> str:
    """A statement as the emulator takes it."""
    if QUERY_TAG.match(sql):
        return "select 'Statement executed successfully.' as status"
    sql = PROPERTY.sub(property_text, sql)
    sql = sql.replace("array_construct_compact(", "list_value(")  # which would be JSON
    parts = QUOTED.split(sql)
    return "".join(part if place % 2 else CALL.sub(r"sf_\1(", part) for place, part in enumerate(parts))


def with_nulls(times: pa.ChunkedArray) -> pa.StructArray:
    """A null timestamp is null for the client too; one with a time zone is a moment, whatever the session's zone."""
    if times.type.tz:
        times = times.cast(pa.timestamp("us", "UTC"))
    made = arrow_struct(times)
    return pa.StructArray.from_arrays(made.flatten(), fields=list(made.type), mask=times.combine_chunks().is_null())


class Sessions(dict):
    """A session that ends takes its open transaction with it."""

    def __delitem__(self, token: str) -> None:
        with contextlib.suppress(duckdb.Error):  # it may be in none
            self[token]._duck_conn.execute("rollback")
        super().__delitem__(token)

    def clear(self) -> None:
        for token in list(self):
            del self[token]


def merge(statement: Expr) -> list[Expr]:
    """DuckDB has one of its own, that can do more; its number of rows is not told."""
    return [statement, parse_one("select 0 as number")] if isinstance(statement, exp.Merge) else [statement]


def array_agg(expression: Expr) -> Expr:
    """Nulls are left out, and without any rows the array is empty."""
    if isinstance(expression, exp.ArrayAgg) and not isinstance(expression.parent, exp.Window):
        return exp.Anonymous(this="sf_without_nulls", expressions=[expression])
    return expression


def patch() -> None:
    execute, run, connect = FakeSnowflakeCursor.execute, FakeSnowflakeCursor._execute, FakeSnow.connect
    one_at_a_time = threading.RLock()
    arrow.timestamp_to_sf_struct = with_nulls
    transforms.merge, transforms.array_agg = merge, array_agg

    def execute_translated(cursor, command, *arguments, **options):
        try:
            return execute(cursor, translated(command), *arguments, **options)
        except (Error, duckdb.Error) as error:
            if isinstance(error, ProgrammingError):
                raise
            # anything else would be sent again and again
            raise ProgrammingError(msg=str(error), errno=1003, sqlstate="42000") from error

    def run_alone(cursor, *arguments, **options):
        with one_at_a_time:  # two at once wait for each other now and then, for good
            return run(cursor, *arguments, **options)

    def connect_with_macros(instance, *arguments, **options):
        connection = connect(instance, *arguments, **options)
        connection._duck_conn.execute("set lambda_syntax = 'ENABLE_SINGLE_ARROW'")  # sqlglot writes them so
        for head, body in MACROS.items():
            connection._duck_conn.execute(f"create or replace temporary macro sf_{head} as ({body})")
        return connection

    FakeSnowflakeCursor._inline_variables = lambda _, sql: sql  # it takes `$a` within a text for one
    FakeSnowflakeCursor.execute, FakeSnowflakeCursor._execute = execute_translated, run_alone
    FakeSnow.connect = connect_with_macros
    server.shared_fs.duck_conn.execute(f"set global timezone = '{ZONE}'")
    server.sessions = Sessions()


async def straight(request: Request) -> JSONResponse:
    """A statement straight to the database behind, for the tests' own events."""
    try:
        rows = server.shared_fs.duck_conn.cursor().execute((await request.body()).decode()).fetchall()
    except Exception as error:
        return JSONResponse({"error": str(error)})
    return JSONResponse({"rows": json.loads(json.dumps(rows, default=str))})


async def end_sessions(request: Request) -> JSONResponse:
    """A client that was killed does not say that its session ends."""
    server.sessions.clear()
    return JSONResponse({"rows": []})


async def login(request: Request) -> JSONResponse:
    """With a token without which the client does not say that its session ends."""
    answer = json.loads((await server.login_request(request)).body)
    answer["data"]["masterToken"] = answer["data"]["token"]
    return JSONResponse(answer)


def main() -> None:
    patch()
    kept = [route for route in server.app.routes if route.endpoint is not server.login_request]
    server.app.router.routes = [
        Route("/session/v1/login-request", login, methods=["POST"]),
        Route("/duckdb", straight, methods=["POST"]),
        Route("/end-sessions", end_sessions, methods=["POST"]),
        *kept,
    ]
    listening = socket.socket()
    # else a body waits for the acknowledgement of its headers, 40 ms an answer
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listening.bind(("127.0.0.1", 0))
    sys.stdout.write(f"{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    config = uvicorn.Config(server.app, log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    sys.exit(main())
