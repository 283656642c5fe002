"""Which names a user may give: they become columns and tables on every engine without being quoted."""

import re

MAX_NAME = 60  # PostgreSQL cuts identifiers at 63 bytes; dialects may add a short suffix
MAX_VIEW_NAME = 40  # the project's tables add the version and the model's name to it

_LOWER_SNAKE = re.compile(r"[a-z_][a-z0-9_]*")
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
_OWN_COLUMNS = "updated_at removed_at day event_id event_tstamp load_tstamp run_id as_of slot change"

# Columns that stand beside the identifier in the tables that attributes are computed from.
_BESIDE_IDENTIFIER = """
event_key collector_tstamp claimed_tstamp chunk seen_before copies copies_seen_before copy_number is_winner
stored_day stored_identifier is_event value n last_tstamp last_event_id events fitting fitted place collected
bucket bucket_rows buckets_ahead buckets_left rows_in_sight fingerprint planned_at is_left
"""
_WINDOW_FLAG = re.compile(r"in_(lifetime|last_[0-9]+_days)")
SCOPE_COLUMNS = ("app_id", "event_vendor", "event_name", "event_version")
"""Atomic columns that those tables keep under their own names: an identifier of that name has to be that column."""

RESERVED: frozenset[str] = frozenset(_KEYWORDS.split()) | frozenset(_OWN_COLUMNS.split())
_OWN = frozenset(_OWN_COLUMNS.split())

# BigQuery refuses columns that begin like this: https://cloud.google.com/bigquery/docs/schemas#column_names
_REFUSED_STARTS = ("_table_", "_file_", "_partition", "_row_timestamp", "__root__", "_colidentifier", "_change_")


def name_problem(name: str, longest: int = MAX_NAME) -> str | None:
    """What keeps the name from being used in any place, or None."""
    if not _LOWER_SNAKE.fullmatch(name) or not _LETTERS.search(name):
        proposal = _proposal(name)
        hint = f", such as {proposal!r}" if proposal else ""
        return f"name {name!r} must be lower_snake: letters a-z, digits and _, not beginning with a digit{hint}"
    if len(name) > longest:
        return f"name {name!r} has {len(name)} characters; {longest} at most, so that no engine cuts it short"
    return None


def column_problem(name: str) -> str | None:
    """What keeps the name from being the name of a column, or None."""
    problem = name_problem(name)
    if problem:
        return problem
    if name in _OWN:
        return f"name {name!r} is reserved: the engine's own tables have a column of that name; choose another"
    if name in RESERVED:
        return (
            f"name {name!r} is reserved: it is a keyword of SQL on some engine; choose another, such as '{name}_value'"
        )
    if name.startswith(_REFUSED_STARTS):
        return f"name {name!r} is reserved: BigQuery keeps names that begin like this for itself; choose another"
    return None


def identifier_problem(name: str) -> str | None:
    """What keeps a name that a column may have from being that of an entity's identifier, or None."""
    if name in _BESIDE_IDENTIFIER.split() or _WINDOW_FLAG.fullmatch(name):
        return f"name {name!r} is reserved: the tables of events and states have a column of that name; choose another"
    return None


def _proposal(name: str) -> str | None:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    proposal = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
    return proposal if _LOWER_SNAKE.fullmatch(proposal) and _LETTERS.search(proposal) else None
