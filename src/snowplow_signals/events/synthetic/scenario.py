"""What happens, and when it arrives: the narrow tables that generated rows are made from.

    people -> visits -> sessions -> pages -> moments -> arrivals
                        baskets (of sessions that shop)

Each is a temporary table made by one statement. A moment is one event as it happens (`happened_ms`, since 1970);
an arrival is one copy of it in the lake, with the times at which it was collected and loaded.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from snowplow_signals.events.synthetic.catalogue import (
    ARRIVALS,
    ARTICLES,
    CATEGORIES,
    DEVICES,
    HOUR_WEIGHTS,
    PLACES,
    ROBOTS,
    VIDEOS,
    WEEKDAY_WEIGHTS,
    catalogue,
)
from snowplow_signals.events.synthetic.random import PRIME, child, constant, draw, first_key, pick, uuid

# A browser's cookie lives this long; then the same person is a new domain_userid whose sessions count from 1.
COOKIE_DAYS = 180
# No event is loaded later than this after its session began: four weeks late, and repeated some days after that.
LONGEST_DELAY_DAYS = 35
SESSIONS_A_DAY = 3
LONGEST_SESSION = 30
LONGEST_BASKET = 4

BOUNCE, BROWSE, READ, WATCH, SHOP = range(5)
(
    PAGE_VIEW,
    PAGE_PING,
    LINK_CLICK,
    PRODUCT_VIEW,
    ADD_TO_CART,
    REMOVE_FROM_CART,
    CHECKOUT_STEP,
    TRANSACTION,
    PLAY,
    PAUSE,
    END,
    CONSENT,
) = range(1, 13)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is asked for. Loads of the days from `first_load` until before `end`, of events since `first_event`."""

    seed: int
    users: int
    first_event: date
    first_load: date
    end: date
    late: float
    duplicates: float
    incomplete: float
    bots: float

    @property
    def first_session(self) -> date:
        """The first day whose sessions can have events among the loads asked for."""
        return max(self.first_event, self.first_load - timedelta(days=LONGEST_DELAY_DAYS))


def days(scenario: Scenario) -> list[tuple[int, date, int, int, float]]:
    """Rows (number, date, key, key of its week, weight) of each day that has sessions or counts towards their index."""
    first = scenario.first_session - timedelta(days=COOKIE_DAYS)
    return [
        (
            day.toordinal(),
            day,
            constant(f"{scenario.seed} day {day.toordinal()}"),
            constant(f"{scenario.seed} week {day.toordinal() // 7}"),
            WEEKDAY_WEIGHTS[day.weekday()],
        )
        for day in (first + timedelta(days=offset) for offset in range((scenario.end - first).days))
    ]


def people(scenario: Scenario) -> str:
    """A few people come every day, most once in a while. Two in three hundred browsers keep no cookie."""
    key = first_key(f"'{scenario.seed}|person|' || range")
    robots = len(DEVICES)
    return f"""
CREATE TEMPORARY TABLE people AS
WITH keyed AS (SELECT range::BIGINT AS person, {key} AS person_key FROM range({scenario.users})),
drawn AS (
    SELECT *, {draw("person_key", "bot")} < {scenario.bots} AS is_bot, {draw("person_key", "activity")} AS eagerness,
        {draw("person_key", "place")} AS place_draw, {draw("person_key", "device")} AS device_draw
    FROM keyed
)
SELECT person, person_key, is_bot,
    CASE WHEN is_bot THEN 0.12
        ELSE 0.025 + 0.65 * eagerness * eagerness * eagerness * eagerness * eagerness * eagerness END AS activity,
    CAST(floor(place_draw * place_draw * {len(PLACES)}) AS INTEGER) AS place,
    CASE WHEN is_bot THEN {robots} + {pick("person_key", "robot", len(ROBOTS))}
        ELSE CAST(floor(device_draw * device_draw * {robots}) AS INTEGER) END AS device,
    {pick("person_key", "cookie", COOKIE_DAYS)} AS cookie_phase,
    NOT is_bot AND {draw("person_key", "member")} < 0.35 AS is_member,
    {draw("person_key", "keeps cookies")} > 0.0067 AS keeps_cookies,
    {uuid(f"'{scenario.seed}|network'", "person")} AS network_userid,
    concat_ws('.', 20 + {pick("person_key", "ip1", 180)}, {pick("person_key", "ip2", 256)},
        {pick("person_key", "ip3", 256)}, 'x') AS user_ipaddress
FROM drawn"""


def visits(scenario: Scenario) -> str:
    """When people come: on every day asked for, and on those of a cookie's life before, which only count."""
    hours = ", ".join(str(hour) for hour, weight in enumerate(HOUR_WEIGHTS) for _ in range(weight))
    key = child("visit_key", "session", "number", SESSIONS_A_DAY)
    return f"""
CREATE TEMPORARY TABLE visits AS
WITH came AS (
    SELECT p.*, d.day, d.week_key, p.person_key * d.day_key % {PRIME} AS visit_key
    FROM people AS p CROSS JOIN days AS d
    WHERE {draw(f"(p.person_key * d.day_key % {PRIME})", "comes")} < p.activity * d.weight
),
numbered AS (
    SELECT *, unnest(CASE WHEN {draw("visit_key", "returns")} < 0.12 THEN [0, 1, 2]
        WHEN {draw("visit_key", "returns")} < 0.37 THEN [0, 1] ELSE [0] END)::BIGINT AS number
    FROM came
),
begun AS (
    SELECT v.*, {key} AS session_key, (v.day + v.cookie_phase) // {COOKIE_DAYS} AS cookie,
        (v.day * {scenario.users} + v.person) * {SESSIONS_A_DAY} + v.number AS session_id,
        (([{hours}]::BIGINT[])[{pick("session_key", "hour", sum(HOUR_WEIGHTS))} + 1] - o.utc_offset + 24) % 24 AS hour
    FROM numbered AS v JOIN places AS o ON o.index = v.place
)
SELECT *, (day - {date(1970, 1, 1).toordinal()}) * 86400000 + hour * 3600000
    + CAST(floor({draw("session_key", "moment")} * 3600000) AS BIGINT) AS start_ms
FROM begun"""


def sessions(scenario: Scenario) -> str:
    """Visits with what people want: to look around, read, watch or shop, and how far they go."""
    pages = f"""CASE WHEN is_bot THEN 3 + {pick("session_key", "bot pages", 20)}
        WHEN visit = {BOUNCE} THEN 1
        WHEN visit = {SHOP} THEN lead_pages + basket_size + [0, 1, 3, 4][reach + 1]
        ELSE 2 + CAST(floor({draw("session_key", "pages")} * {draw("session_key", "more pages")} * 9) AS INTEGER) END"""
    return f"""
CREATE TEMPORARY TABLE sessions AS
WITH counted AS (
    SELECT *, row_number() OVER (PARTITION BY person, cookie ORDER BY start_ms, number)::INTEGER AS session_index
    FROM visits
),
aimed AS (
    SELECT *, {draw("session_key", "visit")} AS aim, {draw("session_key", "reach")} AS zeal,
        1 + {pick("session_key", "lead", 3)} AS lead_pages,
        1 + CAST(floor({draw("session_key", "basket")} * {draw("session_key", "fuller basket")}
            * {LONGEST_BASKET}) AS INTEGER) AS basket_size
    FROM counted WHERE day >= {scenario.first_session.toordinal()}
),
intended AS (
    SELECT *, CASE WHEN is_bot THEN {BROWSE} WHEN aim < 0.30 THEN {BOUNCE} WHEN aim < 0.58 THEN {BROWSE}
            WHEN aim < 0.70 THEN {READ} WHEN aim < 0.78 THEN {WATCH} ELSE {SHOP} END AS visit,
        CASE WHEN zeal < 0.35 THEN 0 WHEN zeal < 0.55 THEN 1 WHEN zeal < 0.68 THEN 2 ELSE 3 END AS reach
    FROM aimed
)
SELECT session_id, session_key, person, day, week_key, session_index, start_ms, visit, reach, lead_pages,
    basket_size, is_bot, {pages} AS page_count,
    CASE WHEN is_bot THEN 2.0 ELSE 20 + 130 * {draw("session_key", "pace")} * {draw("session_key", "patience")}
        + CASE WHEN visit = {WATCH} THEN 90 ELSE 0 END END AS pace,
    CASE WHEN is_bot THEN 0 ELSE {pick("session_key", "arrival", len(ARRIVALS))} END AS arrival,
    visit = {SHOP} AND reach > 0 AND basket_size > 1 AND {draw("session_key", "removes")} < 0.3 AS removes_last,
    is_member AND {draw("session_key", "logs in")} < 0.7 AS logs_in,
    {draw("session_key", "remembered")} < 0.6 AS is_remembered,
    CASE WHEN keeps_cookies THEN {uuid(f"'{scenario.seed}|cookie'", "person", "cookie")} END AS domain_userid,
    md5_number(concat_ws('|', '{scenario.seed}|moments', session_id)) AS session_hash,
    CASE WHEN keeps_cookies THEN {uuid(f"'{scenario.seed}|session'", "session_id")} END AS domain_sessionid
FROM intended"""


def price(product_key: str, week_key: str) -> str:
    """One product in seven is on sale in any week, at 80 % of its price; everyone sees the same price."""
    return f"""CASE WHEN {draw(f"({product_key} * {week_key} % {PRIME})", "sale")} < 0.15
        THEN list_cents * 4 // 5 ELSE list_cents END"""


def _wanted(position: str) -> str:
    """The product in a basket's position: what the product page of a shopping session shows."""
    key = child("session_key", "basket", position, LONGEST_BASKET)
    size = len(catalogue())
    return f"CAST(floor({draw(key, 'product')} * {draw(key, 'popular')} * {size}) AS INTEGER)"


def baskets() -> str:
    """For each session that shops: what it puts into the cart, in order, as `items` with prices in cents."""
    quantity = child("session_key", "basket", "position", LONGEST_BASKET)
    return f"""
CREATE TEMPORARY TABLE baskets AS
WITH wanted AS (
    SELECT session_id, week_key, position, {_wanted("position")} AS product,
        CASE WHEN {draw(quantity, "quantity")} < 0.8 THEN 1 WHEN {draw(quantity, "quantity")} < 0.95 THEN 2 ELSE 4 END
            AS quantity
    FROM (SELECT *, unnest(range(basket_size))::INTEGER AS position FROM sessions WHERE visit = {SHOP})
)
SELECT session_id, list({{'product': product_row, 'quantity': quantity,
    'cents': {price("product_key", "week_key")}}} ORDER BY position) AS items
FROM wanted JOIN (SELECT *, products AS product_row FROM products) AS products ON products.index = wanted.product
GROUP BY session_id"""


def pages() -> str:
    """The pages of each session, in order, with how long each is looked at. `item` counts basket pages from 1."""
    return f"""
CREATE TEMPORARY TABLE pages AS
WITH numbered AS (SELECT *, unnest(range(page_count))::INTEGER AS page FROM sessions),
keyed AS (
    SELECT *, {child("session_key", "page", "page", LONGEST_SESSION)} AS page_key,
        CASE WHEN visit = {SHOP} AND page >= lead_pages AND page < lead_pages + basket_size
            THEN page - lead_pages + 1 ELSE 0 END AS item,
        CASE WHEN visit = {SHOP} THEN page - lead_pages - basket_size ELSE -1 END AS after_basket
    FROM numbered
),
typed AS (
    SELECT *, {draw("page_key", "type")} AS taste, CASE
        WHEN item > 0 THEN 'product'
        WHEN after_basket >= 0 THEN ['cart', 'checkout', 'checkout', 'confirmation'][after_basket + 1]
        WHEN visit = {SHOP} THEN ['home', 'category', 'search'][page + 1]
        WHEN visit = {READ} THEN 'article'
        WHEN visit = {WATCH} AND page > 0 THEN 'video'
        WHEN taste < 0.25 AND page = 0 THEN 'home'
        WHEN taste < 0.45 THEN 'category'
        WHEN taste < 0.85 THEN 'product'
        WHEN taste < 0.92 THEN 'search'
        ELSE 'article' END AS page_type
    FROM keyed
)
SELECT session_id, session_key, page, page_key, page_type, item, after_basket, visit, reach, basket_size,
    removes_last, is_bot, session_index, week_key,
    CASE WHEN item > 0 THEN {_wanted("(item - 1)")}
        WHEN page_type = 'product'
        THEN CAST(floor({draw("page_key", "product")} * {draw("page_key", "popular")} * {len(catalogue())}) AS INTEGER)
        WHEN page_type = 'category' THEN {pick("page_key", "category", len(CATEGORIES))}
        WHEN page_type = 'article' THEN {pick("page_key", "article", len(ARTICLES))}
        WHEN page_type = 'video' THEN {pick("page_key", "video", len(VIDEOS))} END AS subject,
    start_ms + CAST(floor(1000 * pace * (page + 0.6 * {draw("page_key", "start")})) AS BIGINT) AS start_ms,
    CAST(floor(1000 * pace * (1 - 0.6 * {draw("page_key", "start")}) * (0.45 + 0.5 * {draw("page_key", "stay")}))
        AS BIGINT) AS stay_ms
FROM typed"""


_PING_MS = 15_000
_MOST_PINGS = 8


def moments() -> str:
    """Every event, as it happens on its page. `step` is a ping's or checkout's number, or where a video is (ms)."""
    film = "CAST(floor(stay_ms * 0.7) AS BIGINT)"
    half = f"CAST(floor({film} * (0.2 + 0.6 * {draw('page_key', 'pause')})) AS BIGINT)"
    pauses, ends = f"{draw('page_key', 'pauses')} < 0.5", f"{draw('page_key', 'ends')} < 0.6"
    kinds = (
        (PAGE_VIEW, "0", "0", "true"),
        (LINK_CLICK, "stay_ms * 9 // 10", "0", f"{draw('page_key', 'clicks')} < 0.13"),
        (CONSENT, "1200 + stay_ms // 4", "0", "page = 0 AND session_index = 1 AND NOT is_bot"),
        (PRODUCT_VIEW, "400", "0", "page_type = 'product'"),
        (ADD_TO_CART, "500 + stay_ms * 6 // 10", "0", "item > 0"),
        (REMOVE_FROM_CART, "500 + stay_ms // 3", "0", "after_basket = 0 AND removes_last"),
        (CHECKOUT_STEP, "300", "after_basket", "after_basket IN (1, 2)"),
        (TRANSACTION, "350", "0", "after_basket = 3"),
        (PLAY, "1500", "0", "page_type = 'video' AND NOT is_bot"),
        (PAUSE, f"1500 + {half}", half, f"page_type = 'video' AND NOT is_bot AND {pauses}"),
        (PLAY, f"4500 + {half}", half, f"page_type = 'video' AND NOT is_bot AND {pauses} AND {ends}"),
        (END, f"4500 + {film}", film, f"page_type = 'video' AND NOT is_bot AND {ends}"),
    )
    selects = [
        f"SELECT *, {kind} AS kind, ({step})::BIGINT AS step, start_ms + ({after})::BIGINT AS happened_ms "
        f"FROM pages WHERE {condition}"
        for kind, after, step, condition in kinds
    ]
    selects.append(
        f"SELECT * EXCLUDE (n), {PAGE_PING} AS kind, n AS step, start_ms + n * {_PING_MS} AS happened_ms FROM ("
        f"SELECT *, unnest(range(1, 1 + least({_MOST_PINGS}, stay_ms // {_PING_MS})))::BIGINT AS n FROM pages "
        "WHERE NOT is_bot)"
    )
    # A play after a pause differs from the first one on its page by where the video is, so the number tells them apart.
    number = f"(kind * 16 + CASE WHEN kind = {PAGE_PING} THEN step WHEN kind = {PLAY} AND step > 0 THEN 1 ELSE 0 END)"
    key = f"(page_key * ({number} * {constant('moment')} % {PRIME}) % {PRIME})"
    return f"""
CREATE TEMPORARY VIEW moments AS
SELECT *, {number} AS number, {key} AS moment_key FROM (
{" UNION ALL ".join(selects)}
)"""


_BATCH_MS = 300_000
_MINUTE, _HOUR, _DAY = 60_000, 3_600_000, 86_400_000


def _between(purpose: str, low: int, high: int) -> str:
    return f"({low} + CAST(floor({draw('moment_key', purpose)} * {high - low}) AS BIGINT))"


def _loaded(ready: str) -> str:
    """When the micro-batch that takes what is ready at this time is loaded: 20 seconds to 9 minutes later."""
    batch = f"({ready} // {_BATCH_MS})"
    return f"(({batch} + 1) * {_BATCH_MS} + 20000 + {batch} * {constant('batch')} % {PRIME} % 240000)"


def _delay() -> str:
    """Hours for most of those that are late, days for some, weeks for a few."""
    return f"""CASE WHEN {draw("moment_key", "delay")} < 0.4 THEN {_between("late", 10 * _MINUTE, 3 * _HOUR)}
        WHEN {draw("moment_key", "delay")} < 0.7 THEN {_between("late", 3 * _HOUR, _DAY)}
        WHEN {draw("moment_key", "delay")} < 0.9 THEN {_between("late", _DAY, 6 * _DAY)}
        ELSE {_between("late", 6 * _DAY, 27 * _DAY)} END"""


def arrivals(scenario: Scenario) -> str:
    """Copies of events in the lake, of the loads asked for. `copy` is 0 for the first one.

    Late events wait in the browser until it is online again, or in the pipeline until someone mends it. Repeated
    ones are sent twice by the tracker, or loaded twice, at once or on another day.
    """
    repeat = draw("moment_key", "how repeated")
    first = f"epoch_ms(TIMESTAMP '{scenario.first_load} 00:00:00')"
    end = f"epoch_ms(TIMESTAMP '{scenario.end} 00:00:00')"
    return f"""
CREATE TEMPORARY TABLE arrivals AS
WITH sent AS (
    SELECT *, happened_ms + 40 + CAST(floor(1200 * {draw("moment_key", "network")} * {draw("page_key", "network")})
        AS BIGINT) AS prompt_ms,
        CASE WHEN {draw("moment_key", "is late")} < {scenario.late} THEN {_delay()} ELSE 0 END AS delay_ms,
        {draw("moment_key", "is offline")} < 0.7 AS is_offline
    FROM moments
),
ready AS (
    SELECT *, prompt_ms + CASE WHEN is_offline THEN delay_ms ELSE 0 END AS collected_ms,
        prompt_ms + delay_ms AS ready_ms
    FROM sent
),
copies AS (
    SELECT *, {_loaded("ready_ms")} AS loaded_ms, 0 AS copy FROM ready
    UNION ALL
    SELECT * REPLACE (CASE WHEN {repeat} >= 0.9 THEN collected_ms + {_between("retry", 2000, _HOUR)}
            ELSE collected_ms END AS collected_ms),
        CASE WHEN {repeat} < 0.3 THEN {_loaded("ready_ms")}
            WHEN {repeat} < 0.65 THEN {_loaded(f"(ready_ms + {_between('again', 10 * _MINUTE, _HOUR)})")}
            WHEN {repeat} < 0.9 THEN {_loaded(f"(ready_ms + {_between('again', _DAY, 4 * _DAY)})")}
            ELSE {_loaded(f"(ready_ms + {_between('retry', 2000, _HOUR)})")} END AS loaded_ms, 1 AS copy
    FROM ready WHERE {draw("moment_key", "is repeated")} < {scenario.duplicates}
)
SELECT session_id, page, page_key, page_type, item, subject, week_key, start_ms, stay_ms, kind, step, number,
    happened_ms, collected_ms, ready_ms, loaded_ms, copy,
    CASE WHEN {draw("moment_key", "is incomplete")} < {scenario.incomplete} THEN 1 + {pick("moment_key", "lacks", 4)}
        ELSE 0 END AS lacks,
    {draw("moment_key", "clock")} AS clock_draw, moment_key
FROM copies WHERE loaded_ms >= {first} AND loaded_ms < {end}"""
