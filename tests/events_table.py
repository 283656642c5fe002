"""The events table of the tests: a few atomic columns and the columns of a few schemas, as a data lake has them."""

import math
from typing import Any

# What is in the fields beyond the events' own columns: kinds of tests/strategies.py, structs as dictionaries, lists.
FIELDS: dict[str, Any] = {
    "domain_userid": "id",
    "domain_sessionid": "id",
    "user_id": "id",
    "domain_sessionidx": "integer",
    "platform": "text",
    "se_label": "text",
    "se_property": "spelled",
    "se_value": "dyadic",
    "tr_total": "decimal",
    "page_urlpath": "iso",
    "pp_yoffset_max": "integer",
    "br_cookies": "boolean",
    "dvce_created_tstamp": "time",
    "true_tstamp": "time",
    "unstruct_event_com_acme_shop_action_1": {
        "label": "text",
        "type": "text",
        "unit_price": "dyadic",
        "score": "score",
        "quantity": "integer",
        "big_number": "big",
        "done": "boolean",
        "at": "time",
        "when_text": "iso",
        "spelled": "spelled",
        "we_ird__key_____x___": "text",
        "_3d_secure": "boolean",
        "_amount": "dyadic",
        "price_eur_net": "spelled",
        "gr__e": {"utm_source": "text"},
        "product": {"label": "id", "tags": ["text"], "size": {"sku_code": "integer"}},
        "items": [{"label": "text", "qty": "integer"}],
        "codes": ["integer"],
    },
    "unstruct_event_org_other_shop_action_1": {"label": "text", "type": "integer", "unit_price": "spelled"},
    "unstruct_event_com_acme_shop_action_2": {"label": "text"},
    "unstruct_event_com_acme_shop_action_10": {"label": "text"},
    "contexts_com_acme_product_1": [
        {"label": "text", "unit_price": "dyadic", "tags": ["text"], "id": "id", "made_at": "iso"}
    ],
    "contexts_org_other_product_1": [{"label": "text", "unit_price": "spelled"}],
}
_TYPES = {
    "text": "VARCHAR",
    "id": "VARCHAR",
    "spelled": "VARCHAR",
    "iso": "VARCHAR",
    "dyadic": "DOUBLE",
    "score": "DOUBLE",
    "decimal": "DECIMAL(18, 2)",
    "integer": "BIGINT",
    "big": "BIGINT",
    "boolean": "BOOLEAN",
    "time": "TIMESTAMP",
}


def _type(kind: Any) -> str:
    if isinstance(kind, dict):
        fields = ", ".join(f'"{name.replace(chr(34), chr(34) * 2)}" {_type(inner)}' for name, inner in kind.items())
        return f"STRUCT({fields})"
    return f"{_type(kind[0])}[]" if isinstance(kind, list) else _TYPES[kind]


EVENTS_COLUMNS: dict[str, str] = {
    "event_id": "VARCHAR",
    "load_tstamp": "TIMESTAMP",
    "derived_tstamp": "TIMESTAMP",
    "collector_tstamp": "TIMESTAMP",
    "event_name": "VARCHAR",
    "event_vendor": "VARCHAR",
    "event_version": "VARCHAR",
    "app_id": "VARCHAR",
} | {column: _type(kind) for column, kind in FIELDS.items()}
EVENTS_COLUMNS["true_tstamp"] = "TIMESTAMP WITH TIME ZONE"
EVENTS_COLUMNS["pp_yoffset_max"] = "INTEGER"

# The same table with a time zone in the types of its own timestamps, as some loaders write it.
ZONED_COLUMNS: dict[str, str] = EVENTS_COLUMNS | dict.fromkeys(
    ("load_tstamp", "derived_tstamp", "collector_tstamp", "dvce_created_tstamp"), "TIMESTAMP WITH TIME ZONE"
)

# The columns of schemas as JSON, with the keys as they were tracked; those that differ from the names of the fields:
JSON_COLUMNS: dict[str, str] = EVENTS_COLUMNS | {
    column: "JSON" for column in EVENTS_COLUMNS if column.startswith(("unstruct_event_", "contexts_"))
}
_TRACKED = {
    "unit_price": "unitPrice",
    "big_number": "bigNumber",
    "when_text": "whenText",
    "made_at": "madeAt",
    "sku_code": "SKU-code",
    "we_ird__key_____x___": "we ird 'key\" {{ x }}",
    "_3d_secure": "3dSecure",
    "_amount": "$amount",
    "price_eur_net": "price:eur.net",
    "gr__e": "Größe",
    "utm_source": "utm source",
}


def as_tracked(value: Any) -> Any:
    """Nested data with the keys as they were tracked; the shortest first, since columns of JSON keep their order."""
    if isinstance(value, list):
        return [as_tracked(element) for element in value]
    if isinstance(value, dict):
        tracked = {_TRACKED.get(key, key): as_tracked(inner) for key, inner in value.items()}
        return {key: tracked[key] for key in sorted(tracked, key=lambda key: (len(key), key))}
    # JSON has no NaN and no infinity
    return None if isinstance(value, float) and not math.isfinite(value) else value
