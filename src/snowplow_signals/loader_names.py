"""How Snowplow's schemas become names of columns and fields in a warehouse.

A self-describing event of schema `com.acme/CheckOut/jsonschema/2-0-1` is kept in the column
`unstruct_event_com_acme_check_out_2`, an entity in `contexts_com_acme_check_out_2`. These are the loaders' own
rules: a name made here is the name the loader made, or the property is read from a column that does not exist.
"""

import re
from collections.abc import Iterable

__all__ = ["columns_of", "entity_column", "event_column", "snake_field", "snake_name", "snake_vendor"]

_CAPITAL_AFTER_OTHER = re.compile(r"([^A-Z_])([A-Z])")
_ACRONYM_BEFORE_WORD = re.compile(r"([A-Z]+)([A-Z][a-z])")
_CAPITAL_AFTER_LOWER = re.compile(r"([a-z0-9])([A-Z])")
_NO_FIELD_CHARACTER = re.compile(r"[^A-Za-z0-9_]")
_SCHEMA_PREFIXES = ("unstruct_event_", "contexts_")
_VERSION_OF_COLUMN = r"(?:_(\d+)_(\d+)(?:_recovered_[0-9a-z_]+)?|_recovered_\d+_(\d+)_(\d+)_[0-9a-z_]+)"
"""What follows the name of a schema's column in that of one of its versions."""
_DOTS_AND_DASHES = str.maketrans(".-", "__")


def snake_vendor(vendor: str) -> str:
    """The vendor's part of a column name: `com.acme-Corp` is `com_acme_corp`. Capitals do not start a word."""
    return vendor.lower().translate(_DOTS_AND_DASHES)


def snake_name(name: str) -> str:
    """The schema name's part of a column name: `addToCart-v.x` is `add_to_cart_v_x`, `webPAGE` is `web_page`.

    Only a capital after something that is neither a capital nor an underscore starts a word, so a run of
    capitals stays together with what follows: `HTMLPage` is `htmlpage`.
    """
    return _CAPITAL_AFTER_OTHER.sub(r"\1_\2", name.translate(_DOTS_AND_DASHES)).lower()


def snake_field(field: str) -> str:
    """The name of a field inside a struct column: `productID` is `product_id`, `HTMLPage` is `html_page`.

    Unlike schema names, a run of capitals before a word is split from it. Then every character but an ASCII letter,
    digit or underscore becomes an underscore, and one is put before a leading digit: `price:eur` is `price_eur`,
    `$amount` is `_amount`, `3dSecure` is `_3d_secure`. Two keys may so become one field. The rule is `normalizeName` of
    https://github.com/snowplow/schema-ddl, which the lake, Databricks and BigQuery loaders use.
    """
    spaced = _CAPITAL_AFTER_LOWER.sub(r"\1_\2", _ACRONYM_BEFORE_WORD.sub(r"\1_\2", field)).lower()
    plain = _NO_FIELD_CHARACTER.sub("_", spaced)
    return f"_{plain}" if plain[:1].isdigit() else plain


def event_column(vendor: str, name: str, major: int) -> str:
    """The column of a self-describing event, e.g. `unstruct_event_com_acme_check_out_2`."""
    return f"unstruct_event_{snake_vendor(vendor)}_{snake_name(name)}_{major}"


def entity_column(vendor: str, name: str, major: int) -> str:
    """The column of an entity (a list, as an event can carry several), e.g. `contexts_com_acme_user_1`."""
    return f"contexts_{snake_vendor(vendor)}_{snake_name(name)}_{major}"


def columns_of(columns: Iterable[str], column: str) -> list[str]:
    """Which of a table's columns hold a schema, the one that counts first: `x_1`, then others of its versions.

    Older BigQuery loaders made one column of each version, `x_1_0_2`. Today's loaders put the events of a version whose
    types do not fit those before into a column of its own, a "recovery column": `x_1_recovered_1_0_2_5f3a09bc`, or
    `x_1_0_2_recovered_9999999` as their documentation writes it. The value of an event is in one of them, so newer
    versions are simply asked first. `x_10` is another schema's.
    https://docs.snowplow.io/docs/api-reference/loaders-storage-targets/schemas-in-warehouse/#versioning
    """
    name = column.lower()
    columns = set(columns)
    own = [name] if name in columns else []
    if not name.startswith(_SCHEMA_PREFIXES):
        return own
    version = re.compile(re.escape(name) + _VERSION_OF_COLUMN, re.ASCII)
    others = []
    for other in columns:
        found = version.fullmatch(other)
        if found:
            revision, addition = (found[1], found[2]) if found[1] else (found[3], found[4])
            others.append((int(revision), int(addition), other))
    return [*own, *(other for *_, other in sorted(others, reverse=True))]
