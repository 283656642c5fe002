"""How arrivals look as rows of the events table: one SQL expression per column that generated events fill."""

from snowplow_signals.events.loading import schema
from snowplow_signals.events.synthetic.random import PRIME, constant, draw
from snowplow_signals.events.synthetic.scenario import (
    ADD_TO_CART,
    CHECKOUT_STEP,
    CONSENT,
    END,
    LINK_CLICK,
    PAGE_PING,
    PAUSE,
    PLAY,
    PRODUCT_VIEW,
    REMOVE_FROM_CART,
    TRANSACTION,
    price,
)

SHOP_HOST, MAGAZINE_HOST = "www.field-and-fern.example", "magazine.field-and-fern.example"
_CURRENCY = "'GBP'"
_IS_SHOP_EVENT = f"a.kind BETWEEN {PRODUCT_VIEW} AND {TRANSACTION}"
_IS_MEDIA_EVENT = f"a.kind BETWEEN {PLAY} AND {END}"


def _time(milliseconds: str) -> str:
    return f"make_timestamp_ms({milliseconds})"


def _id_in_session(number: str) -> str:
    """SQL of a UUID for a page's moment `number` (0 for the page itself): the session's hash, stirred by both.

    Multiplying by a constant modulo a prime keeps different numbers different, at a tenth of the cost of an md5.
    """
    moment = f"(a.page::BIGINT * 256 + {number} + 1)"
    high, low = (f"({moment} * {constant(half)} % {PRIME})::UHUGEINT" for half in ("high half", "low half"))
    return f"xor(s.session_hash, ({high} << 97) | ({low} << 31))::UUID::VARCHAR"


def _event_columns() -> dict[str, str]:
    names = ("page_view", "page_ping", "link_click", *("snowplow_ecommerce_action",) * 5, "play_event", "pause_event",
             "end_event", "consent_preferences")  # fmt: skip
    vendors = (*("com.snowplowanalytics.snowplow",) * 3, *("com.snowplowanalytics.snowplow.ecommerce",) * 5,
               *("com.snowplowanalytics.snowplow.media",) * 3, "com.snowplowanalytics.snowplow")  # fmt: skip
    event_id = _id_in_session("a.number")
    versions = ("1-0-0", "1-0-0", "1-0-1", *("1-0-2",) * 5, *("1-0-0",) * 4)
    return {
        "app_id": "CASE WHEN a.page_type IN ('article', 'video') THEN 'magazine-web' ELSE 'shop-web' END",
        "platform": "'web'",
        "event": "CASE a.kind WHEN 1 THEN 'page_view' WHEN 2 THEN 'page_ping' ELSE 'unstruct' END",
        "event_id": f"CASE a.lacks WHEN 1 THEN NULL WHEN 2 THEN '' ELSE {event_id} END",
        "name_tracker": "'sp1'",
        "v_tracker": "'js-4.1.0'",
        "v_collector": "'ssc-3.2.1-kinesis'",
        "v_etl": "'snowplow-enrich-kinesis-5.1.0'",
        "event_vendor": f"{list(vendors)}[a.kind]",
        "event_name": f"{list(names)}[a.kind]",
        "event_format": "'jsonschema'",
        "event_version": f"{list(versions)}[a.kind]",
    }


def _time_columns() -> dict[str, str]:
    """A few browsers' clocks are set while an event waits, which moves its derived time days ahead."""
    ahead = "CASE WHEN a.clock_draw < 0.0002 THEN 86400000 ELSE 0 END"
    skew = f"CAST(floor(({draw('p.person_key', 'clock')} - 0.5) * 40000) AS BIGINT)"
    return {
        "dvce_created_tstamp": _time(f"a.happened_ms + {skew}"),
        "dvce_sent_tstamp": _time(f"a.collected_ms + {skew} - {ahead}"),
        "collector_tstamp": f"CASE WHEN a.lacks < 3 THEN {_time('a.collected_ms')} END",
        "derived_tstamp": f"CASE WHEN a.lacks < 3 THEN {_time(f'a.happened_ms + {ahead}')} END",
        "etl_tstamp": _time("a.ready_ms + 1400"),
        "load_tstamp": _time("a.loaded_ms"),
    }


def _person_columns() -> dict[str, str]:
    from_place = ("geo_country", "geo_region", "geo_region_name", "geo_city", "geo_zipcode", "geo_latitude",
                  "geo_longitude", "geo_timezone", "br_lang")  # fmt: skip
    return {
        "user_id": "CASE WHEN s.logs_in AND (a.page > 0 OR s.is_remembered) "
        "THEN 'u' || lpad((s.person + 1)::VARCHAR, 7, '0') END",
        "user_ipaddress": "p.user_ipaddress",
        "domain_userid": "s.domain_userid",
        "domain_sessionid": "s.domain_sessionid",
        "domain_sessionidx": "CASE WHEN s.domain_userid IS NOT NULL THEN s.session_index END",
        "network_userid": "p.network_userid",
        **{column: f"o.{column}" for column in from_place},
        "os_timezone": "o.geo_timezone",
        "useragent": "d.useragent",
        "br_name": "d.agent_name",
        "br_family": "d.agent_name",
        "br_version": "d.agent_version",
        "br_type": "d.agent_class",
        "br_cookies": "p.keeps_cookies",
        "br_colordepth": "'24'",
        "br_viewwidth": "d.screen_width - 15",
        "br_viewheight": "d.screen_height * 85 // 100",
        "os_name": "d.os_name",
        "os_family": "d.os_name",
        "os_manufacturer": "CASE WHEN d.device_brand = 'Unknown' THEN NULL ELSE d.device_brand END",
        "dvce_type": "d.dvce_type",
        "dvce_ismobile": "d.dvce_type IN ('Mobile', 'Tablet')",
        "dvce_screenwidth": "d.screen_width",
        "dvce_screenheight": "d.screen_height",
    }


_PATH = """CASE a.page_type WHEN 'home' THEN '/' WHEN 'category' THEN '/c/' || t.slug
    WHEN 'search' THEN '/search' WHEN 'product' THEN '/p/' || w.slug || '-' || lower(w.id) WHEN 'cart' THEN '/cart'
    WHEN 'checkout' THEN '/checkout' WHEN 'confirmation' THEN '/checkout/confirmation'
    WHEN 'article' THEN '/articles/' || t.slug ELSE '/watch/' || t.slug END"""
_TITLE = """CASE a.page_type WHEN 'product' THEN w.name || ' - Field & Fern' WHEN 'home' THEN 'Field & Fern'
    ELSE concat(upper(a.page_type[1]), a.page_type[2:], ' - Field & Fern') END"""


def _page_columns() -> dict[str, str]:
    """Campaigns are in the landing page's URL only. Pings report the part scrolled through since the last one."""
    speed, height = f"(90 + 500 * {draw('a.page_key', 'scroll')})", f"(1500 + 5000 * {draw('a.page_key', 'height')})"
    room = f"({height} - d.screen_height)"
    ping = f"a.kind = {PAGE_PING}"
    landing = "a.page = 0 AND v.mkt_medium IS NOT NULL"
    host = f"CASE WHEN a.page_type IN ('article', 'video') THEN '{MAGAZINE_HOST}' ELSE '{SHOP_HOST}' END"
    query = f"""CASE WHEN {landing} THEN concat('utm_source=', v.mkt_source, '&utm_medium=', v.mkt_medium,
        '&utm_campaign=', v.mkt_campaign) WHEN a.page_type = 'search' THEN 'q=garden' END"""
    campaign = ("mkt_medium", "mkt_source", "mkt_term", "mkt_content", "mkt_campaign", "mkt_network")
    paid = "a.page = 0 AND v.mkt_medium IN ('cpc', 'paid-social')"
    return {
        "page_urlscheme": "'https'",
        "page_urlhost": host,
        "page_urlport": "443",
        "page_urlpath": _PATH,
        "page_urlquery": query,
        "page_url": f"'https://' || {host} || {_PATH} || coalesce('?' || {query}, '')",
        "page_title": _TITLE,
        "page_referrer": f"CASE WHEN a.page > 0 THEN 'https://{SHOP_HOST}/' "
        "ELSE 'https://' || v.refr_urlhost || v.refr_urlpath END",
        "refr_urlscheme": "CASE WHEN a.page > 0 OR v.refr_urlhost IS NOT NULL THEN 'https' END",
        "refr_urlhost": f"CASE WHEN a.page > 0 THEN '{SHOP_HOST}' ELSE v.refr_urlhost END",
        "refr_urlpath": "CASE WHEN a.page > 0 THEN '/' ELSE v.refr_urlpath END",
        "refr_medium": "CASE WHEN a.page > 0 THEN 'internal' ELSE v.refr_medium END",
        "refr_source": "CASE WHEN a.page = 0 THEN v.refr_source END",
        **{column: f"CASE WHEN a.page = 0 THEN v.{column} END" for column in campaign},
        "mkt_clickid": f"CASE WHEN {paid} THEN md5(concat('click', s.session_key, '-', s.session_id))[:20] END",
        "pp_xoffset_min": f"CASE WHEN {ping} THEN 0 END",
        "pp_xoffset_max": f"CASE WHEN {ping} THEN 0 END",
        "pp_yoffset_min": f"CASE WHEN {ping} THEN CAST(floor(least({room}, (a.step - 1) * {speed})) AS INTEGER) END",
        "pp_yoffset_max": f"CASE WHEN {ping} THEN CAST(floor(least({room}, a.step * {speed})) AS INTEGER) END",
        "doc_charset": "'UTF-8'",
        "doc_width": "d.screen_width - 15",
        "doc_height": f"CAST(floor({height}) AS INTEGER)",
    }


def _self_describing_columns() -> dict[str, str]:
    actions = ["product_view", "add_to_cart", "remove_from_cart", "checkout_step", "transaction"]
    outcome = draw("s.session_key", "consent")
    return {
        schema.LINK_CLICK: f"""CASE WHEN a.kind = {LINK_CLICK} THEN {{'target_url': 'https://{SHOP_HOST}/c/'
            || ['tools', 'plants', 'furniture', 'lighting'][1 + a.page_key % 4], 'element_id':
            ['nav-main', 'footer', 'hero'][1 + a.page_key % 3], 'element_classes': ['link'],
            'element_target': ''}} END""",
        schema.ECOMMERCE_ACTION: f"""CASE WHEN {_IS_SHOP_EVENT}
            THEN {{'type': {actions}[a.kind - {PRODUCT_VIEW - 1}], 'name': NULL}} END""",
        schema.CONSENT: f"""CASE WHEN a.kind = {CONSENT} THEN {{
            'event_type': CASE WHEN {outcome} < 0.6 THEN 'allow_all' WHEN {outcome} < 0.8 THEN 'allow_selected'
                ELSE 'deny_all' END, 'basis_for_processing': 'consent', 'consent_url': 'https://{SHOP_HOST}/privacy',
            'consent_version': '2', 'consent_scopes': CASE WHEN {outcome} < 0.6
                THEN ['necessary', 'preferences', 'statistics', 'marketing'] WHEN {outcome} < 0.8
                THEN ['necessary', 'statistics'] ELSE ['necessary'] END,
            'domains_applied': ['https://{SHOP_HOST}'],
            'gdpr_applies': o.geo_country IN ('DE', 'FR', 'ES', 'NL', 'PL', 'IE')}} END""",
        **{
            column: f"CASE WHEN a.kind = {kind} THEN {{'label': t.slug}} END"
            for column, kind in ((schema.PLAY, PLAY), (schema.PAUSE, PAUSE), (schema.END, END))
        },
    }


def _product(source: str, quantity: str, cents: str, extra: str = "") -> str:
    return f"""{{'id': {source}.id, 'name': {source}.name, 'category': {source}.category, 'price': {cents} / 100.0,
        'list_price': {source}.list_cents / 100.0, 'quantity': {quantity}, 'currency': {_CURRENCY},
        'brand': {source}.brand, 'size': {source}.size{extra}}}"""


def _shop_columns() -> dict[str, str]:
    """The cart's value is that of the items in it after the event; a transaction's revenue is that of its products."""
    bought = "CASE WHEN s.removes_last THEN c.items[:len(c.items) - 1] ELSE c.items END"
    in_cart = f"CASE WHEN a.kind = {ADD_TO_CART} THEN c.items[:a.item] ELSE {bought} END"
    value = f"list_sum([x.cents * x.quantity for x in {in_cart}])::BIGINT / 100.0"
    return {
        schema.PRODUCT: f"""CASE WHEN a.kind = {PRODUCT_VIEW}
            THEN [{_product("w", "NULL::INTEGER", "a.cents", ", 'inventory_status': 'in_stock'")}]
            WHEN a.kind = {ADD_TO_CART} THEN [{
            _product("c.items[a.item].product", "c.items[a.item].quantity", "c.items[a.item].cents")
        }]
            WHEN a.kind = {REMOVE_FROM_CART} THEN [{
            _product("c.items[-1].product", "c.items[-1].quantity", "c.items[-1].cents")
        }]
            WHEN a.kind = {TRANSACTION}
            THEN [{_product("x.product", "x.quantity", "x.cents")} for x in {bought}] END""",
        schema.CART: f"""CASE WHEN a.kind IN ({ADD_TO_CART}, {REMOVE_FROM_CART}) THEN [{{
            'cart_id': md5(concat('cart', s.session_key, '-', s.session_id))[:12], 'total_value': {value},
            'currency': {_CURRENCY}}}] END""",
        schema.TRANSACTION: f"""CASE WHEN a.kind = {TRANSACTION} THEN [{{
            'transaction_id': 'T' || upper(md5(concat('order', s.session_key, '-', s.session_id))[:10]),
            'revenue': {value}, 'currency': {_CURRENCY},
            'payment_method': ['card', 'card', 'paypal', 'invoice'][1 + s.session_key % 4],
            'total_quantity': list_sum([x.quantity for x in {bought}])::INTEGER,
            'tax': floor(list_sum([x.cents * x.quantity for x in {bought}])::BIGINT / 6) / 100.0,
            'shipping': CASE WHEN {value} >= 50 THEN 0.0 ELSE 4.95 END,
            'discount_code': CASE WHEN s.session_key % 9 = 0 THEN 'SPRING' END, 'credit_order': false}}] END""",
        schema.CHECKOUT_STEP: f"""CASE WHEN a.kind = {CHECKOUT_STEP} THEN [{{'step': a.step::INTEGER,
            'shipping_postcode': o.geo_zipcode, 'account_type': CASE WHEN s.logs_in THEN 'existing' ELSE 'guest' END,
            'delivery_method': ['home', 'pickup'][1 + s.session_key % 2]}}] END""",
    }


def _context_columns() -> dict[str, str]:
    """What is attached to events of every kind, and the player of media events."""
    page_id = _id_in_session("0")
    return {
        schema.WEB_PAGE: f"[{{'id': {page_id}}}]",
        schema.SHOP_PAGE: f"""CASE WHEN {_IS_SHOP_EVENT} THEN [{{'type': a.page_type, 'language': o.br_lang[:2],
            'locale': o.br_lang}}] END""",
        schema.YAUAA: """[{'device_class': d.device_class, 'device_name': d.device_name,
            'device_brand': d.device_brand, 'operating_system_class': d.os_class, 'operating_system_name': d.os_name,
            'operating_system_version': d.os_version, 'agent_class': d.agent_class, 'agent_name': d.agent_name,
            'agent_version': d.agent_version}]""",
        schema.SPIDERS: """[{'spider_or_robot': p.is_bot,
            'category': CASE WHEN p.is_bot THEN 'SPIDER_OR_ROBOT' ELSE 'BROWSER' END,
            'reason': CASE WHEN p.is_bot THEN 'FAILED_UA_EXCLUDE' ELSE 'PASSED_ALL' END,
            'primary_impact': CASE WHEN p.is_bot THEN 'UNKNOWN' ELSE 'NONE' END}]""",
        schema.PLAYER: f"""CASE WHEN {_IS_MEDIA_EVENT} THEN [{{'current_time': a.step / 1000.0,
            'duration': (a.stay_ms * 7 // 10) / 1000.0, 'ended': a.kind = {END}, 'fullscreen': a.page_key % 5 = 0,
            'livestream': false, 'label': t.slug, 'muted': a.page_key % 3 = 0, 'paused': a.kind <> {PLAY},
            'playback_rate': 1.0, 'quality': '1080p', 'volume': 80}}] END""",
    }


def columns() -> dict[str, str]:
    """Column name to SQL expression, for every column that generated events fill; the others are null."""
    return {
        **_event_columns(),
        **_time_columns(),
        **_person_columns(),
        **_page_columns(),
        **_self_describing_columns(),
        **_shop_columns(),
        **_context_columns(),
    }


def in_order(first_ms: int, end_ms: int) -> str:
    """The arrivals loaded from `first_ms` until before `end_ms` as a narrow table, in the order of loading."""
    return f"""
CREATE OR REPLACE TEMPORARY TABLE ordered AS
SELECT arrivals.*, {price("products.product_key", "arrivals.week_key")} AS cents
FROM arrivals LEFT JOIN products ON arrivals.page_type = 'product' AND products.index = arrivals.subject
WHERE loaded_ms >= {first_ms} AND loaded_ms < {end_ms}
ORDER BY loaded_ms, session_id, page, number, copy"""


def select(chosen: list[str]) -> str:
    """The rows of the table `ordered`, in its order if the engine joins as it is written here."""
    made = columns()
    lines = ",\n  ".join(f"{made[name]} AS {schema.quoted(name)}" for name in chosen)
    return f"""
SELECT {lines}
FROM ordered AS a
JOIN sessions AS s ON s.session_id = a.session_id
JOIN people AS p ON p.person = s.person
JOIN places AS o ON o.index = p.place
JOIN devices AS d ON d.index = p.device
JOIN ways AS v ON v.index = s.arrival
LEFT JOIN baskets AS c ON c.session_id = a.session_id
LEFT JOIN products AS w ON a.page_type = 'product' AND w.index = a.subject
LEFT JOIN topics AS t ON t.page_type = a.page_type AND t.index = a.subject"""
