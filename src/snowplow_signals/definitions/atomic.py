"""The atomic columns of the canonical Snowplow event, with the kind of value that each holds.

https://docs.snowplow.io/docs/fundamentals/canonical-event
"""

from typing import Literal, get_args

ColumnKind = Literal["text", "integer", "number", "boolean", "timestamp"]
COLUMN_KINDS: tuple[str, ...] = get_args(ColumnKind)

_INTEGER = """
txn_id domain_sessionidx page_urlport refr_urlport ti_quantity
pp_xoffset_min pp_xoffset_max pp_yoffset_min pp_yoffset_max
br_viewwidth br_viewheight dvce_screenwidth dvce_screenheight doc_width doc_height
"""

_NUMBER = """
geo_latitude geo_longitude se_value
tr_total tr_tax tr_shipping tr_total_base tr_tax_base tr_shipping_base ti_price ti_price_base
"""

_BOOLEAN = """
br_features_pdf br_features_flash br_features_java br_features_director br_features_quicktime
br_features_realplayer br_features_windowsmedia br_features_gears br_features_silverlight
br_cookies dvce_ismobile
"""

_TIMESTAMP = """
etl_tstamp collector_tstamp dvce_created_tstamp dvce_sent_tstamp refr_dvce_tstamp derived_tstamp true_tstamp load_tstamp
"""

_TEXT = """
app_id platform event event_id name_tracker v_tracker v_collector v_etl
user_id user_ipaddress user_fingerprint domain_userid network_userid domain_sessionid refr_domain_userid
geo_country geo_region geo_city geo_zipcode geo_region_name geo_timezone
ip_isp ip_organization ip_domain ip_netspeed
page_url page_title page_referrer page_urlscheme page_urlhost page_urlpath page_urlquery page_urlfragment
refr_urlscheme refr_urlhost refr_urlpath refr_urlquery refr_urlfragment refr_medium refr_source refr_term
mkt_medium mkt_source mkt_term mkt_content mkt_campaign mkt_clickid mkt_network
se_category se_action se_label se_property
tr_orderid tr_affiliation tr_city tr_state tr_country tr_currency
ti_orderid ti_sku ti_name ti_category ti_currency base_currency
useragent br_name br_family br_version br_type br_renderengine br_lang br_colordepth
os_name os_family os_manufacturer os_timezone dvce_type doc_charset
etl_tags event_vendor event_name event_format event_version event_fingerprint
"""

ATOMIC_COLUMNS: dict[str, ColumnKind] = {
    **dict.fromkeys(_TEXT.split(), "text"),
    **dict.fromkeys(_INTEGER.split(), "integer"),
    **dict.fromkeys(_NUMBER.split(), "number"),
    **dict.fromkeys(_BOOLEAN.split(), "boolean"),
    **dict.fromkeys(_TIMESTAMP.split(), "timestamp"),
}

# The enriched event names these three, but in a warehouse each schema in them is a column of its own.
JSON_COLUMNS: dict[str, str] = {
    "contexts": "EntityProperty",
    "derived_contexts": "EntityProperty",
    "unstruct_event": "EventProperty",
}

OLDER_NAMES: dict[str, str] = {"refr_device_tstamp": "refr_dvce_tstamp"}
