"""What can be declared, and with which words the rest is refused. Criteria and attributes have their own files."""

import json
from datetime import UTC, datetime, timedelta

import hypothesis
import pytest
from hypothesis import assume
from hypothesis import strategies as st
from pydantic import ValidationError

from snowplow_signals import (
    AtomicProperty,
    Attribute,
    AttributeGroup,
    AttributeKey,
    BatchAttributeGroup,
    BatchSource,
    CalculatedProperty,
    Criterion,
    DefinitionError,
    Entity,
    EntityProperty,
    Event,
    EventProperty,
    ExternalBatchAttributeGroup,
    Field,
    PagePing,
    PageView,
    Service,
    StreamAttributeGroup,
    StructuredEvent,
    View,
    ViewReference,
    domain_sessionid,
    domain_userid,
    network_userid,
    session_attribute_key,
    session_entity,
    user_attribute_key,
    user_entity,
    user_id,
)
from snowplow_signals.definitions.atomic import ATOMIC_COLUMNS, COLUMN_KINDS
from snowplow_signals.definitions.fields import text_problem
from snowplow_signals.definitions.paths import parse_path, render_path
from snowplow_signals.definitions.properties import normal_path

PRODUCT = {"vendor": "com.acme", "name": "product", "major_version": 1}
SOURCE = BatchSource(name="crm", database="db", schema="public", table="users", timestamp_field="changed_at")

pytestmark = pytest.mark.filterwarnings("error")


def attribute(name="n", **changes):
    return Attribute(**{"name": name, "type": "int64", "aggregation": "counter", **changes})


def view(**changes):
    basis = {"name": "shop", "entity": user_entity, "attributes": [attribute()], "owner": "user@company.com"}
    return View(**{**basis, **changes})


def refusal(make, *args, **kwargs):
    with pytest.raises(DefinitionError) as caught:
        make(*args, **kwargs)
    return str(caught.value)


# ---- properties


def test_atomic_columns_are_those_of_the_canonical_event():
    assert len(ATOMIC_COLUMNS) == 129  # of the 131 fields of an enriched event all but three of JSON, and load_tstamp
    assert set(ATOMIC_COLUMNS.values()) == set(COLUMN_KINDS)
    assert ATOMIC_COLUMNS["load_tstamp"] == "timestamp"
    for name, kind in ATOMIC_COLUMNS.items():
        prop = AtomicProperty(name=name)
        assert (prop.column_kind, prop.value_kind) == (kind, kind)
        assert name.endswith("_tstamp") == (kind == "timestamp")


def test_an_unknown_atomic_column_is_refused_with_the_nearest():
    assert "'page_urlpth' is not an atomic column" in refusal(AtomicProperty, name="page_urlpth")
    assert "did you mean 'page_urlpath'?" in refusal(AtomicProperty, name="page_urlpth")
    assert "use EntityProperty" in refusal(AtomicProperty, name="contexts")
    assert "use EventProperty" in refusal(AtomicProperty, name="unstruct_event")


def test_the_older_spelling_of_a_column_is_accepted():
    assert AtomicProperty(name="refr_device_tstamp") == AtomicProperty(name="refr_dvce_tstamp")


def test_date_part_needs_a_date_time():
    assert AtomicProperty(name="derived_tstamp", date_part="hour_of_day").value_kind == "integer"
    assert AtomicProperty(name="se_label", date_part="active_week").value_kind == "text"
    assert "'br_viewwidth' is of kind integer" in refusal(AtomicProperty, name="br_viewwidth", date_part="active_day")
    assert "is not one of" in refusal(AtomicProperty, name="derived_tstamp", date_part="minute")


@pytest.mark.parametrize(
    ("path", "normal", "segments"),
    [
        ("price", "price", ("price",)),
        ("$.a.b[0].c", "a.b[0].c", ("a", "b", 0, "c")),
        ("a[0][12]", "a[0][12]", ("a", 0, 12)),
        ("a[007]", "a[7]", ("a", 7)),
        ('it\'s "odd" \U0001f600.{{ x }}', 'it\'s "odd" \U0001f600.{{ x }}', ('it\'s "odd" \U0001f600', "{{ x }}")),
        ("$x.0", "$x.0", ("$x", "0")),
        ("line\nbreak", "line\nbreak", ("line\nbreak",)),
        ("$amount", "$amount", ("$amount",)),
        ("$.a.$", "a.$", ("a", "$")),
        ("price:eur", "price:eur", ("price:eur",)),
        ('a["b.c"].d', 'a["b.c"].d', ("a", "b.c", "d")),
        ("$['b.c'][1]", '["b.c"][1]', ("b.c", 1)),
        ('$."b.c".d', '["b.c"].d', ("b.c", "d")),
        ("a['b']", "a.b", ("a", "b")),
        ('["$"]', '["$"]', ("$",)),
        (r"""a["x\"]\\."]""", r"""a["x\"]\\."]""", ("a", 'x"]\\.')),
    ],
)
@pytest.mark.parametrize("kind", [EventProperty, EntityProperty])
def test_paths(kind, path, normal, segments):
    prop = kind(**PRODUCT, path=path)
    assert (prop.path, normal_path(path), prop.segments) == (path, normal, segments)
    assert prop.to_json()["path"] == path
    assert kind(**PRODUCT, path=normal) == prop
    assert hash(kind(**PRODUCT, path=normal)) == hash(prop)


@pytest.mark.parametrize(
    "path",
    ["", "$", "$.", "$.$.a", ".a", "a.", "a..b", "[0]", "$[0]", "a[-1]", "a[x]", "a[0", "a]", "a[0]b", "a\0b", "a[b.c]",
     "a['b", "a['b'", 'a["b\']', "a['']", '""', '"a"b', "a[*]", r"a['\b']"],
)  # fmt: skip
def test_what_is_no_path_is_refused(path):
    assert "path" in refusal(EventProperty, **PRODUCT, path=path)
    assert "is invalid" in refusal(EventProperty, **PRODUCT, path=path)


@hypothesis.given(st.lists(st.text(min_size=1, max_size=6) | st.integers(0, 99), min_size=1, max_size=5))
def test_any_keys_have_one_path(segments):
    segments = ("a", *segments) if isinstance(segments[0], int) else tuple(segments)
    assume(not any(text_problem(step) for step in segments if isinstance(step, str)))
    for quote in ("'", '"'):
        text = render_path(segments, quote)
        assert parse_path(text) == segments
        assert parse_path(f"$.{text}" if not text.startswith("[") else f"${text}") == segments
    assert render_path(parse_path(render_path(segments, "'"))) == render_path(segments)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"vendor": "com acme"}, "vendor 'com acme' must be"),
        ({"vendor": "com.acme\n"}, "vendor"),
        ({"name": "pro.duct"}, "name 'pro.duct' must be"),
        ({"name": ""}, "name '' must be"),
        ({"major_version": 0}, "major_version 0"),
        ({"major_version": True}, "major_version"),
        ({"major_version": "1"}, "major_version"),
        ({"index": -1}, "index -1"),
        ({"index": "al"}, "index 'al' must be a whole number from 0, or 'all' or 'any'; did you mean 'all'?"),
        ({"index": True}, "index True must be a whole number from 0, or 'all' or 'any'"),
        ({"indx": 1}, "unknown argument 'indx'; did you mean 'index'?"),
    ],
)
def test_refused_schema_properties(changes, words):
    assert words in refusal(EntityProperty, **{**PRODUCT, "path": "a", **changes})


def test_identity_of_a_property_is_all_of_it():
    basis = EntityProperty(**PRODUCT, path="a.price")
    others = [
        EntityProperty(**PRODUCT, path="b.price"),
        EntityProperty(**PRODUCT, path="a.price", index=1),
        EntityProperty(**{**PRODUCT, "major_version": 2}, path="a.price"),
        EventProperty(**PRODUCT, path="a.price"),
        EntityProperty(**PRODUCT, path="a.price", date_part="active_day"),
        EntityProperty(**PRODUCT, path="a.price", index="all"),
        EntityProperty(**PRODUCT, path="a.price", index="any"),
    ]
    assert all(other != basis for other in others)
    assert len({basis, *others}) == 8


def test_every_element_belongs_where_it_means_something():
    every, some = (EntityProperty(**PRODUCT, path="price", index=word) for word in ("all", "any"))
    assert EntityProperty.from_json(every.to_json()) == every
    assert "use index='any'" in refusal(Criterion, property=every, operator="=", value=1)
    sums = {"name": "a", "type": "double", "aggregation": "sum"}
    assert "use index='all'" in refusal(Attribute, **sums, property=some)
    assert "such as index=0" in refusal(Entity, name="buyer", property=every)
    assert "properties[1]: index 'any'" in refusal(CalculatedProperty, operation="sum", properties=[basis(), some])
    assert Attribute(**sums, property=every).property == every


def basis() -> EntityProperty:
    return EntityProperty(**PRODUCT, path="price")


# ---- events


def test_built_in_events_are_plain_events():
    assert PageView() == Event(name="page_view", vendor="com.snowplowanalytics.snowplow", version="1-0-0")
    assert PagePing() == Event(name="page_ping", vendor="com.snowplowanalytics.snowplow", version="1-0-0")
    assert StructuredEvent() == Event(name="event", vendor="com.google.analytics", version="1-0-0")
    assert Event() != PageView()


@pytest.mark.parametrize("version", ["1", "1-0", "1-0-*", "v1-0-0", "1-0-0\n", ""])
def test_event_versions_are_full(version):
    assert "full schema version, such as '1-0-0'" in refusal(Event, version=version)


# ---- entities


def test_built_in_entities():
    assert (user_entity.name, user_entity.identifier) == ("user", "domain_userid")
    assert (session_entity.name, session_entity.identifier) == ("session", "domain_sessionid")
    for entity in (domain_userid, domain_sessionid, user_id, network_userid):
        assert entity.identifier == entity.name
        assert entity.source_property == AtomicProperty(name=entity.name)
    assert user_entity.source_property == AtomicProperty(name="domain_userid")
    assert (user_attribute_key, session_attribute_key, AttributeKey) == (user_entity, session_entity, Entity)


def test_any_property_can_identify():
    prop = EntityProperty(**PRODUCT, path="id")
    entity = Entity(name="product", key="product_id", property=prop)
    assert (entity.identifier, entity.source_property) == ("product_id", prop)
    assert Entity(name="visit", property=AtomicProperty(name="domain_sessionidx")).identifier == "visit"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"name": "All users"}, "such as 'all_users'"),
        ({"name": "user", "key": "a-b"}, "'a-b' must be letters, digits and _"),
        ({}, "name is required"),
        ({"property": EntityProperty(**PRODUCT, path="user-id")}, "'user-id' must be letters, digits and _"),
        (
            {"name": "a", "property": AtomicProperty(name="geo_latitude")},
            "is of kind number and cannot identify an entity",
        ),
        ({"name": "derived_tstamp"}, "is of kind timestamp and cannot identify an entity"),
        ({"name": "a", "property": AtomicProperty(name="derived_tstamp", date_part="active_day")}, "date_part"),
        ({"name": "a", "property": 7}, "must be an AtomicProperty"),
        ({"name": "a", "property": "domain_userd"}, "did you mean 'domain_userid'"),
        ({"name": "a", "owner": "me"}, "owner 'me' is not an e-mail address"),
        ({"name": "a", "ttl": timedelta(0)}, "not a positive duration"),
    ],
)
def test_refused_entities(arguments, words):
    assert words in refusal(Entity, **arguments)


def test_an_entity_without_a_source_says_so_when_it_is_asked():
    with pytest.raises(DefinitionError, match="did you mean 'domain_userid'"):
        _ = Entity(name="domain_userd").source_property


# ---- views


def test_names_of_a_view():
    assert (view(version=3).full_name, view(version=3).project_name) == ("shop_v3", "shop_3")


def test_what_a_view_is_unless_told():
    made = view()
    assert (made.version, made.offline, made.online, made.is_published) == (1, False, True, False)
    assert (made.fields, made.batch_source, made.description, made.ttl, made.backfill_since) == ((), *[None] * 4)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"attributes": [attribute("a"), attribute("b"), attribute("a")]}, "2 attributes are named 'a'"),
        ({"attributes": [attribute("domain_userid")]}, "identifier column"),
        ({"attributes": []}, "the view is empty"),
        ({"attributes": None}, "the view is empty"),
        ({"attributes": [], "fields": [Field(name="f", type="string")]}, "fields need a batch_source"),
        ({"fields": [Field(name="f", type="string")], "batch_source": SOURCE}, "attributes or fields, not both"),
        ({"attributes": 3}, "attributes 3 is invalid"),
        ({"attributes": [3]}, "attributes[0] must be of class Attribute"),
        ({"entity": Entity(name="shop_id")}, "'shop_id' is not an atomic column"),
        ({"entity": "user"}, "entity must be of class Entity"),
        ({"name": "The shop"}, "must be letters, digits and _, such as 'the_shop'"),
        ({"name": "x" * 129}, "128 at most"),
        ({"attributes": [attribute("a"), attribute("A")]}, "2 attributes are named 'a', whatever its case"),
        ({"attributes": [attribute("Domain_UserID")]}, "attribute 'Domain_UserID' has the name of the entity's"),
        ({"version": 0}, "version 0"),
        ({"version": True}, "version"),
        ({"owner": "nobody"}, "owner 'nobody' is not an e-mail address"),
        ({"owner": "Nobody <a@b.com>"}, "is not an e-mail address"),
        ({"owner": None}, "owner"),
        ({"offline": "yes"}, "offline"),
        ({"ttl": timedelta(seconds=-1)}, "not a positive duration"),
        ({"refresh_rate": "soon"}, "'soon' is not a duration"),
        ({"backfill_since": "yesterday"}, "not a date and time"),
        ({"ofline": True}, "unknown argument 'ofline'; did you mean 'offline'?"),
        ({"attribute_key": user_entity}, "the same argument"),
        ({"description": "a\0b"}, "NUL"),
        ({"description": "half \ud83d"}, "surrogate"),
    ],
)
def test_refused_views(changes, words):
    assert words in refusal(view, **changes)
    assert refusal(view, **changes).startswith("view ")


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (lambda **changes: Entity(name="user", **changes), "ttl"),
        (lambda **changes: attribute(**changes), "ttl"),
        (view, "ttl"),
        (view, "refresh_rate"),
    ],
    ids=["entity", "attribute", "view", "refresh_rate"],
)
def test_a_duration_is_bounded_where_it_is_declared(make, argument):
    """Later it is added to times, of which there are none after the year 9999."""
    century = timedelta(days=36_500)
    assert getattr(make(**{argument: century}), argument) == century
    for longer in (century + timedelta(microseconds=1), timedelta.max, "P36501D"):
        assert "is longer than a century, 36,500 days; leave it out for no bound" in refusal(make, **{argument: longer})
    for none in (timedelta(0), timedelta.min, "PT0S"):
        assert "is not a positive duration; use a timedelta above zero" in refusal(make, **{argument: none})


def test_missing_arguments_of_a_view():
    text = refusal(View, name="shop")
    assert "view 'shop': entity is required" in text
    assert "view 'shop': owner is required" in text


def test_all_problems_of_a_view_come_at_once():
    text = refusal(view, owner="x", version=0, attributes=[attribute("a"), attribute("a")])
    for words in ("owner 'x'", "version 0", "are named 'a'"):
        assert words in text


def test_problems_inside_plain_data_say_where_they_are():
    data = view().to_json()
    data["attributes"] = [{**attribute("fine").to_json()}, {"name": "bad", "type": "int64", "aggregation": "sums"}]
    data["attributes"][0]["criteria"] = {"all": [{"property": {"type": "atomic", "name": "x"}, "operator": "="}]}
    text = refusal(View.from_json, data)
    assert "view 'shop', attributes[1] 'bad': aggregation 'sums' is not one of" in text
    assert "view 'shop', attributes[0] 'fine', criteria, all[0], property: name 'x' is not an atomic column" in text
    with pytest.raises(ValidationError):
        View.model_validate(data)
    assert "is not valid JSON" in refusal(View.from_json, "{")
    assert refusal(View.from_json, "[]") == "view: must be an object, not []"


def test_the_later_spellings():
    attributes, owner = [attribute()], "user@company.com"
    common = {"name": "g", "attribute_key": domain_userid, "owner": owner}
    assert AttributeGroup is View
    batch = BatchAttributeGroup(**common, attributes=attributes)
    assert batch == View(name="g", entity=domain_userid, attributes=attributes, owner=owner, offline=True)
    assert StreamAttributeGroup(**common, attributes=attributes).offline is False
    external = ExternalBatchAttributeGroup(**common, fields=[Field(name="LTV", type="double")], batch_source=SOURCE)
    assert external.offline
    assert "means offline=True" in refusal(BatchAttributeGroup, **common, attributes=attributes, offline=False)
    assert "entity" in batch.to_json()
    assert "attribute_key" not in batch.to_json()


def test_an_external_view_needs_no_events():
    made = view(
        attributes=[], fields=[Field(name="f", type="string")], batch_source=SOURCE, entity=Entity(name="shop_id")
    )
    assert made.entity.identifier == "shop_id"


def test_backfill_since_is_utc():
    for given in ("2025-01-01T02:00:00+02:00", datetime(2025, 1, 1), datetime(2025, 1, 1, tzinfo=UTC), "2025-01-01"):
        made = view(backfill_since=given)
        assert made.backfill_since == datetime(2025, 1, 1, tzinfo=UTC)
        assert made.to_json()["backfill_since_tstamp"] == "2025-01-01T00:00:00Z"


# ---- batch sources and services


def test_a_batch_source_has_its_schema_by_that_name():
    assert SOURCE.schema_ == "public"
    assert SOURCE.to_json()["schema"] == "public"
    assert "schema='public'" in repr(SOURCE)
    assert "database '' must be" in refusal(BatchSource, **{**SOURCE.to_json(), "database": ""})
    assert "table 'a.b' must be" in refusal(BatchSource, **{**SOURCE.to_json(), "table": "a.b"})


def test_a_service_names_views():
    service = Service(name="s", views=[view(version=2), {"name": "other"}], owner="user@company.com")
    assert service.views == (ViewReference(name="shop", version=2), ViewReference(name="other", version=1))
    assert Service(name="s", attribute_groups=[view(version=2), {"name": "other"}], owner="user@company.com") == service
    assert "from 1 to 100 views" in refusal(Service, name="s", views=[], owner="user@company.com")
    assert "2 times" in refusal(Service, name="s", views=[view(), view()], owner="user@company.com")


# ---- what all share


EVERYTHING = [
    AtomicProperty(name="derived_tstamp", date_part="active_day"),
    EventProperty(**PRODUCT, path="a[0].b", date_part="day_of_week"),
    EntityProperty(**PRODUCT, path="a", index=2),
    PageView(),
    Event(),
    user_entity,
    Entity(name="p", property=EntityProperty(**PRODUCT, path="id"), ttl=timedelta(hours=36), owner="a@b.com"),
    SOURCE,
    Field(name="LTV", type="double", description="lifetime"),
    Service(name="s", views=[{"name": "v"}], owner="user@company.com", is_published=True),
    view(
        version=7,
        offline=True,
        online=False,
        description="'quoted' {{ braces }} \U0001f600",
        ttl=timedelta(days=1, hours=12),
        refresh_rate="PT2H",
        backfill_since=datetime(2025, 1, 1),
        batch_source=SOURCE,
    ),
]


@pytest.mark.parametrize("definition", EVERYTHING, ids=lambda definition: definition.noun)
def test_json_round_trip(definition):
    data = definition.to_json()
    again = type(definition).from_json(json.dumps(data))
    assert again == definition
    assert hash(again) == hash(definition)
    assert again.to_json() == data
    assert type(definition).model_validate(data) == definition
    assert type(definition)(**data) == definition


@pytest.mark.parametrize("definition", EVERYTHING, ids=lambda definition: definition.noun)
def test_immutable(definition):
    with pytest.raises(ValidationError, match="frozen"):
        definition.name = "other"


def test_repr_is_python_and_shows_what_was_set():
    assert repr(AtomicProperty(name="mkt_source")) == "AtomicProperty(name='mkt_source')"
    assert repr(Event()) == "Event()"
    names = {"View": View, "Entity": Entity, "Attribute": Attribute, "Event": Event}
    made = view(attributes=[attribute(events=[PageView()])])
    assert eval(repr(made), names) == made
    assert str(made) == repr(made)
    assert "offline" not in repr(made)
