"""Which names a user may give, and which of them can be columns and tables.

Names are distinguished without regard to case. What is served has them as declared; generated SQL writes them in lower
case and never quotes them, so some names that may be declared cannot be computed.
"""

import re

MAX_NAME = 128

_NAME = re.compile(r"[A-Za-z0-9_]+", re.ASCII)
_LOWER_SNAKE = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)
_LETTERS = re.compile(r"[a-z]", re.ASCII)

# Words that DuckDB, PostgreSQL, Snowflake, BigQuery, Spark or Databricks do not take as a bare column name or alias.
_KEYWORDS = """
account all alter analyse analyze and anti any array as asc asof assert_rows_modified asymmetric at authorization
between binary both by
case cast check cluster collate collation column concurrently connect connection constraint contains create cross cube
current current_catalog current_date current_role current_schema current_time current_timestamp current_user
database default deferrable define delete desc describe distinct do drop
else end enum escape except exclude execute exists extract
false fetch filter following for foreign freeze from full function
glob grant group grouping groups gscluster
hash having if ignore ilike in increment initially inner insert intersect interval into is isnull issue
join lambda language lateral leading left like limit localtime localtimestamp lookup
macro map merge minus natural new no not notnull null nulls
of offset old on only open or order organization outer over overlaps
partition percentile_cont percentile_disc pivot pivot_longer pivot_wider placing positional preceding primary proto
qualify range recursive references regexp respect returning revoke right rlike rollup row rows
sample schema select semi session_user set show similar some sql start struct summarize symmetric system_user
table tablesample then time to trailing treat trigger true try_cast
unbounded union unique unknown unnest unpack unpivot update user using
values variadic verbose view
when whenever where window with within
"""

# Columns that the engine's own tables have beside the attributes.
_OWN_COLUMNS = """
updated_at removed_at day event_id event_tstamp load_tstamp run_id as_of slot change
signals_copies signals_copy signals_now signals_seen signals_updated_at
"""

# Columns that stand beside the identifier in the tables that attributes are computed from.
_BESIDE_IDENTIFIER = """
event_key collector_tstamp claimed_tstamp chunk seen_before copies copies_seen_before copy_number is_winner
stored_day stored_identifier is_event value n last_tstamp last_event_id events fitting fitted place upto collected
bucket bucket_rows buckets_ahead buckets_left days_left rows_in_sight rows_gone planned_at is_left days_shifted
is_replaced is_recomputed
"""
_UNIT = "(week|month|quarter|year)"
_WINDOW_FLAG = re.compile(rf"in_(lifetime|(this|last)_{_UNIT}|(last_[0-9]+_days|{_UNIT})(_offset_[0-9]+)?)")
SCOPE_COLUMNS = ("app_id", "event_vendor", "event_name", "event_version")
"""Atomic columns that those tables keep under their own names: an identifier of that name has to be that column."""

RESERVED: frozenset[str] = frozenset(_KEYWORDS.split()) | frozenset(_OWN_COLUMNS.split())
_OWN = frozenset(_OWN_COLUMNS.split())

# BigQuery refuses columns that begin like this: https://cloud.google.com/bigquery/docs/schemas#column_names
_REFUSED_STARTS = ("_table_", "_file_", "_partition", "_row_timestamp", "__root__", "_colidentifier", "_change_")


def name_problem(name: str) -> str | None:
    """What keeps the name from being declared, or None."""
    if not _NAME.fullmatch(name):
        proposal = _proposal(name)
        hint = f", such as {proposal!r}" if proposal else ""
        return f"name {name!r} must be letters, digits and _{hint}"
    if len(name) > MAX_NAME:
        return f"name {name!r} has {len(name)} characters; {MAX_NAME} at most"
    return None


def sql_name(name: str) -> str:
    """The name as generated SQL has it, and as names are distinguished: in lower case."""
    return name.lower()


def table_problem(name: str) -> str | None:
    """What keeps the name from beginning the names of tables without being quoted, or None."""
    if not _LOWER_SNAKE.fullmatch(sql_name(name)) or not _LETTERS.search(sql_name(name)):
        return f"name {name!r} cannot be computed: in SQL a name begins with a letter or _, and has a letter in it"
    return None


def column_problem(name: str) -> str | None:
    """What keeps the name from being the name of a column of a table that the engine makes, or None."""
    problem = table_problem(name)
    if problem:
        return problem
    column = sql_name(name)
    if column in _OWN:
        return f"name {name!r} is reserved: the engine's own tables have a column of that name; choose another"
    if column in RESERVED:
        return (
            f"name {name!r} is reserved: it is a keyword of SQL on some engine; choose another, such as '{name}_value'"
        )
    if column.startswith(_REFUSED_STARTS):
        return f"name {name!r} is reserved: BigQuery reserves names that begin like this; choose another"
    return None


def identifier_problem(name: str) -> str | None:
    """What keeps the name from being that of the identifier's column in tables that the engine makes, or None."""
    problem = column_problem(name)
    if problem:
        return problem
    if sql_name(name) in _BESIDE_IDENTIFIER.split() or _WINDOW_FLAG.fullmatch(sql_name(name)):
        return f"name {name!r} is reserved: the tables of events and states have a column of that name; choose another"
    return None


def _proposal(name: str) -> str | None:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    proposal = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
    return proposal if _NAME.fullmatch(proposal) and _LETTERS.search(proposal) else None
