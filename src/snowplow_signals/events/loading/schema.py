"""The events table in the lake layout: atomic columns, one STRUCT per self-describing event, one list per entity.

Timestamps are UTC without a time zone in their type. Columns and fields are named as `loader_names` says.
"""

from snowplow_signals.definitions.atomic import ATOMIC_COLUMNS, ColumnKind
from snowplow_signals.loader_names import entity_column, event_column

SCHEMA_NAME = "atomic"
TABLE_NAME = "events"

_TYPE_OF_KIND: dict[ColumnKind, str] = {
    "text": "VARCHAR",
    "integer": "INTEGER",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMP",
}

# The order of an enriched event's TSV fields. Its three JSON fields become columns of their own, and
# refr_device_tstamp is refr_dvce_tstamp in every warehouse.
_ORDER = """
app_id platform etl_tstamp collector_tstamp dvce_created_tstamp event event_id txn_id name_tracker v_tracker
v_collector v_etl user_id user_ipaddress user_fingerprint domain_userid domain_sessionidx network_userid geo_country
geo_region geo_city geo_zipcode geo_latitude geo_longitude geo_region_name ip_isp ip_organization ip_domain
ip_netspeed page_url page_title page_referrer page_urlscheme page_urlhost page_urlport page_urlpath page_urlquery
page_urlfragment refr_urlscheme refr_urlhost refr_urlport refr_urlpath refr_urlquery refr_urlfragment refr_medium
refr_source refr_term mkt_medium mkt_source mkt_term mkt_content mkt_campaign se_category se_action se_label
se_property se_value tr_orderid tr_affiliation tr_total tr_tax tr_shipping tr_city tr_state tr_country ti_orderid
ti_sku ti_name ti_category ti_price ti_quantity pp_xoffset_min pp_xoffset_max pp_yoffset_min pp_yoffset_max useragent
br_name br_family br_version br_type br_renderengine br_lang br_features_pdf br_features_flash br_features_java
br_features_director br_features_quicktime br_features_realplayer br_features_windowsmedia br_features_gears
br_features_silverlight br_cookies br_colordepth br_viewwidth br_viewheight os_name os_family os_manufacturer
os_timezone dvce_type dvce_ismobile dvce_screenwidth dvce_screenheight doc_charset doc_width doc_height tr_currency
tr_total_base tr_tax_base tr_shipping_base ti_currency ti_price_base base_currency geo_timezone mkt_clickid
mkt_network etl_tags dvce_sent_tstamp refr_domain_userid refr_dvce_tstamp domain_sessionid derived_tstamp
event_vendor event_name event_format event_version event_fingerprint true_tstamp load_tstamp
"""

_JSON_FIELDS = {"contexts": "se_category", "unstruct_event": "tr_orderid", "derived_contexts": "domain_sessionid"}
"""The three JSON fields, each with the field after it."""


def _tsv_fields() -> tuple[str, ...]:
    names = [name for name in _ORDER.split() if name != "load_tstamp"]
    for name, following in _JSON_FIELDS.items():
        names.insert(names.index(following), name)
    return tuple(names)


TSV_FIELDS = _tsv_fields()
"""The 131 fields of an enriched event, in their order; `load_tstamp` is what a loader adds."""

ATOMIC_TYPES: dict[str, str] = {name: _TYPE_OF_KIND[ATOMIC_COLUMNS[name]] for name in _ORDER.split()}

ATOMIC_NUMBERS = frozenset(name for name in ATOMIC_TYPES if ATOMIC_COLUMNS[name] == "number")
"""Atomic columns of numbers with a fraction: doubles, unless digits come that no double holds."""

_SNOWPLOW = "com.snowplowanalytics.snowplow"
_ECOMMERCE = "com.snowplowanalytics.snowplow.ecommerce"
_MEDIA = "com.snowplowanalytics.snowplow.media"

LINK_CLICK = event_column(_SNOWPLOW, "link_click", 1)
ECOMMERCE_ACTION = event_column(_ECOMMERCE, "snowplow_ecommerce_action", 1)
CONSENT = event_column(_SNOWPLOW, "consent_preferences", 1)
PLAY = event_column(_MEDIA, "play_event", 1)
PAUSE = event_column(_MEDIA, "pause_event", 1)
END = event_column(_MEDIA, "end_event", 1)

WEB_PAGE = entity_column(_SNOWPLOW, "web_page", 1)
PRODUCT = entity_column(_ECOMMERCE, "product", 1)
CART = entity_column(_ECOMMERCE, "cart", 1)
TRANSACTION = entity_column(_ECOMMERCE, "transaction", 1)
CHECKOUT_STEP = entity_column(_ECOMMERCE, "checkout_step", 1)
SHOP_PAGE = entity_column(_ECOMMERCE, "page", 1)
YAUAA = entity_column("nl.basjes", "yauaa_context", 1)
SPIDERS = entity_column("com.iab.snowplow", "spiders_and_robots", 1)
PLAYER = entity_column(_SNOWPLOW, "media_player", 2)

EVENT_TYPES: dict[str, str] = {
    LINK_CLICK: "STRUCT(target_url VARCHAR, element_id VARCHAR, element_classes VARCHAR[], element_target VARCHAR, "
    "element_content VARCHAR)",
    ECOMMERCE_ACTION: "STRUCT(type VARCHAR, name VARCHAR)",
    CONSENT: "STRUCT(event_type VARCHAR, basis_for_processing VARCHAR, consent_url VARCHAR, consent_version VARCHAR, "
    "consent_scopes VARCHAR[], domains_applied VARCHAR[], gdpr_applies BOOLEAN)",
    # The schemas of the next three have no properties of their own; what played is in the player entity.
    PLAY: "STRUCT(label VARCHAR)",
    PAUSE: "STRUCT(label VARCHAR)",
    END: "STRUCT(label VARCHAR)",
}

ENTITY_TYPES: dict[str, str] = {
    WEB_PAGE: "STRUCT(id VARCHAR)[]",
    PRODUCT: "STRUCT(id VARCHAR, name VARCHAR, category VARCHAR, price DOUBLE, list_price DOUBLE, quantity INTEGER, "
    'currency VARCHAR, brand VARCHAR, variant VARCHAR, size VARCHAR, inventory_status VARCHAR, "position" INTEGER)[]',
    CART: "STRUCT(cart_id VARCHAR, total_value DOUBLE, currency VARCHAR)[]",
    TRANSACTION: "STRUCT(transaction_id VARCHAR, revenue DOUBLE, currency VARCHAR, payment_method VARCHAR, "
    "total_quantity INTEGER, tax DOUBLE, shipping DOUBLE, discount_code VARCHAR, discount_amount DOUBLE, "
    "credit_order BOOLEAN)[]",
    CHECKOUT_STEP: "STRUCT(step INTEGER, shipping_postcode VARCHAR, account_type VARCHAR, delivery_method VARCHAR, "
    "marketing_opt_in BOOLEAN, payment_method VARCHAR)[]",
    SHOP_PAGE: "STRUCT(type VARCHAR, language VARCHAR, locale VARCHAR)[]",
    YAUAA: "STRUCT(device_class VARCHAR, device_name VARCHAR, device_brand VARCHAR, operating_system_class VARCHAR, "
    "operating_system_name VARCHAR, operating_system_version VARCHAR, agent_class VARCHAR, agent_name VARCHAR, "
    "agent_version VARCHAR)[]",
    SPIDERS: "STRUCT(spider_or_robot BOOLEAN, category VARCHAR, reason VARCHAR, primary_impact VARCHAR)[]",
    PLAYER: 'STRUCT("current_time" DOUBLE, duration DOUBLE, ended BOOLEAN, fullscreen BOOLEAN, livestream BOOLEAN, '
    "label VARCHAR, muted BOOLEAN, paused BOOLEAN, playback_rate DOUBLE, quality VARCHAR, volume INTEGER)[]",
}

COLUMN_TYPES: dict[str, str] = {**ATOMIC_TYPES, **EVENT_TYPES, **ENTITY_TYPES}


def quoted(name: str) -> str:
    """`name` as an SQL identifier, whatever characters it holds."""
    return '"' + name.replace('"', '""') + '"'


def table_sql(relation: str, columns: dict[str, str], *, temporary: bool = False) -> str:
    """The CREATE TABLE of an events table with these columns (name to DuckDB type); `relation` is taken as it is."""
    lines = ",\n  ".join(f"{quoted(name)} {column_type}" for name, column_type in columns.items())
    return f"CREATE {'TEMPORARY ' if temporary else ''}TABLE {relation} (\n  {lines}\n)"
