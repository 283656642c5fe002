"""The events table of the histories: narrow, so that many can be played."""

from tests.events_table import EVENTS_COLUMNS

_NAMES = (
    "event_id", "load_tstamp", "derived_tstamp", "collector_tstamp", "event_name", "event_vendor", "event_version",
    "app_id", "domain_userid", "domain_sessionid", "domain_sessionidx", "se_label", "se_value",
)  # fmt: skip
COLUMNS: dict[str, str] = {name: EVENTS_COLUMNS[name] for name in _NAMES} | {
    "unstruct_event_com_acme_shop_action_1": "STRUCT(product STRUCT(label VARCHAR))",
    "contexts_com_acme_product_1": "STRUCT(label VARCHAR, unit_price DOUBLE)[]",
}
