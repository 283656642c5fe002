"""What is computed: one value per entity, aggregated from the events that match."""

import builtins
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import TypeAdapter, ValidationError, model_validator

from snowplow_signals.definitions.aggregations import (
    LISTING,
    OF_EVENTS,
    OVER_ELEMENTS,
    TIME_UNITS,
    TIMING,
    TYPES_OF,
    WITHOUT_PROPERTY,
    Aggregation,
    AttributeType,
    TimeUnit,
)
from snowplow_signals.definitions.base import Definition, concerning, is_broken
from snowplow_signals.definitions.criteria import DEEPEST, Criteria, is_group
from snowplow_signals.definitions.defaults import DefaultValue, default_problem, fitted
from snowplow_signals.definitions.events import Event
from snowplow_signals.definitions.expectations import Expect
from snowplow_signals.definitions.fields import Duration, Length, Name, NoneIsEmpty, Share, Tags, Text
from snowplow_signals.definitions.names import sql_name
from snowplow_signals.definitions.properties import every_element
from snowplow_signals.definitions.property_syntax import PropertyOrText, with_property
from snowplow_signals.definitions.windows import Offset, Period, offset_problem, period_problem
from snowplow_signals.errors import either


class Attribute(Definition):
    """One value per entity: an aggregation over the events that match.

    - `name`: its column, in lower case; it is served as it is declared.
    - `type`: of the value that is served. What does not fit it is null, a list element that does not fit is dropped.
    - `aggregation`: `counter` counts events, whatever `property` says; `time_since_first` and `time_since_last` look at
      their times; `exists`, `rate` and `days_active` at which events match, and on how many days; all others aggregate
      the values of `property`, and skip events that have none. A property may be
      text, such as "page_urlpath" or "contexts_com_acme_user_1[0]:plan": Snowflake's way, or that of `property_syntax`.
      With `EntityProperty(..., index="all")` every element of an event has a value of its own, and `counter` counts
      those that have one.
    - `events`: patterns, any of which may match; none at all means every event. `criteria` narrow them down.
    - `period`: whole days before the day the attributes are computed for; or "week" (from Monday), "month", "quarter"
      or "year": the one that this day is in, to date; without one, the entity's lifetime. Views that are not offline,
      which are not computed here, may have any duration, and no calendar.
    - `offset`: how long ago the period ended: whole days, or a number of weeks, months, quarters or years, where 1 is
      the last complete one. 0 is none.
    - `default_value`: the value when no matching event had one, instead of 0 for counts and sums, an empty list
      or map, and null for all others. Must fit `type`: a `timestamp` is ISO 8601 text, a `dict` maps text to integers.
    - `time_unit` of `time_since_*`: "s", "min", "h" or "d".
    - `q` of `percentile`: from 0, the least value, to 1, the greatest; 0.5 is the median.
    - `n` of `first_n` and `last_n`: how many values are listed, at most 100; with `distinct` each value once, as it was
      first, or last, seen.
    - `ttl`: how long a value is served after it last changed.
    - `expect`: what its values have to be in each publication, as an `Expect`; no part of what is computed.
    """

    noun: ClassVar[str] = "attribute"

    name: Name
    type: AttributeType
    aggregation: Aggregation
    events: Annotated[tuple[Event, ...], NoneIsEmpty] = ()
    property: PropertyOrText | None = None
    criteria: Criteria | None = None
    period: Period | None = None
    offset: Offset = None
    default_value: DefaultValue = None
    description: Text | None = None
    time_unit: TimeUnit | None = None
    q: Share | None = None
    n: Length | None = None
    distinct: bool | None = None
    ttl: Duration | None = None
    tags: Tags | None = None
    expect: Expect | None = None

    @model_validator(mode="before")
    @classmethod
    def _read_text(cls, data: Any) -> Any:
        return with_texts(data)

    @builtins.property  # the class has a field named property
    def column(self) -> str:
        """Its column in generated SQL."""
        return sql_name(self.name)

    @concerning("type", "aggregation")
    def _type_problems(self) -> Iterator[str]:
        allowed = TYPES_OF[self.aggregation]
        if self.type not in allowed:
            yield f"type {self.type!r} cannot hold a {self.aggregation}; use {either(allowed)}"

    @concerning("type", "default_value")
    def _default_problems(self) -> Iterator[str]:
        if self.default_value is not None:
            problem = default_problem(self.type, self.default_value)
            if problem:
                yield f"default_value {self.default_value!r} does not fit type {self.type!r}: {problem}"

    @model_validator(mode="after")
    def _fit_default(self) -> Self:
        # Equal definitions must look equal wherever they are written: 0 and 0.0 of a double are one default.
        if not is_broken(self):
            self.__dict__["default_value"] = fitted(self.type, self.default_value)
        return self

    @concerning("aggregation", "property")
    def _property_problems(self) -> Iterator[str]:
        if self.aggregation not in WITHOUT_PROPERTY and self.property is None:
            yield f"aggregation {self.aggregation!r} needs a property, whose values it aggregates"
        if self.aggregation in OF_EVENTS and self.property is not None:
            yield (
                f"aggregation {self.aggregation!r} takes no property: it looks at which events match; for those that "
                "have a value use criteria=Criteria(all=[Criterion.is_not_null(property)])"
            )
        word = every_element(self.property)
        if word == "any":
            yield (
                "index 'any' of its property asks a question, as criteria do; to aggregate the values of every element "
                "use index='all'"
            )
        elif word == "all" and self.aggregation not in OVER_ELEMENTS:
            yield (
                f"aggregation {self.aggregation!r} does not aggregate the values of every element; give the place of "
                f"one, such as index=0, or use {either(OVER_ELEMENTS)}"
            )

    @builtins.property  # the class has a field named property
    def uses_property(self) -> bool:
        """Whether the value depends on the property: a `counter` of events does not look at it."""
        if self.property is None:
            return False
        return self.aggregation not in WITHOUT_PROPERTY or (
            self.aggregation == "counter" and every_element(self.property) is not None
        )

    @concerning("aggregation", "criteria")
    def _criteria_problems(self) -> Iterator[str]:
        if self.aggregation == "rate" and self.criteria is None:
            yield "aggregation 'rate' needs criteria: it is the share of its events that meet them"

    @concerning("type", "aggregation", "expect")
    def _expect_problems(self) -> Iterator[str]:
        if self.expect is None or is_broken(self.expect):
            return
        if self.type in ("string", "bool") and not self.aggregation.startswith("time_since"):
            for name in ("min", "max"):
                if getattr(self.expect, name) is not None:
                    yield f"expect: values of type {self.type!r} have no {name}; expect max_null_rate or max_psi"

    @concerning("period", "offset")
    def _offset_problems(self) -> Iterator[str]:
        problem = offset_problem(self.period, self.offset) if self.offset is not None else None
        if problem:
            yield problem

    def remarks(self) -> Iterator[str]:
        if self.aggregation == "counter" and self.property is not None and not self.uses_property:
            yield (
                "'counter' ignores its property: it counts events; to count those that have a value use "
                "criteria=Criteria(all=[Criterion.is_not_null(property)])"
            )

    def offline_problems(self) -> Iterator[tuple[str, str]]:
        """Field and reason, for what only a view that is not computed here may declare."""
        problem = period_problem(self.period) if self.period is not None else None
        if problem:
            yield "period", problem
        if self.aggregation in TIMING and self.property is not None:
            yield "property", f"aggregation {self.aggregation!r} takes no property: it looks at the times of the events"

    def stream_problems(self) -> Iterator[tuple[str, str]]:
        """Field and reason, for what only a view that is computed here may declare."""
        hint = "which only an offline view computes; set offline=True"
        if isinstance(self.period, str):
            yield "period", f"period {self.period!r} is one of the calendar, {hint}, or use a timedelta"
        if self.offset is not None:
            yield "offset", f"an offset is of days that are over, {hint}, or leave it out"

    @concerning("aggregation", "time_unit")
    def _time_unit_problems(self) -> Iterator[str]:
        measures_time = self.aggregation in TIMING
        if measures_time and self.time_unit is None:
            yield f"aggregation {self.aggregation!r} needs a time_unit: {either(TIME_UNITS)}"
        if not measures_time and self.time_unit is not None:
            yield f"time_unit belongs to time_since_first and time_since_last only, not to {self.aggregation!r}"

    @concerning("aggregation", "n", "distinct")
    def _list_problems(self) -> Iterator[str]:
        lists = self.aggregation in LISTING
        if lists and self.n is None:
            yield f"aggregation {self.aggregation!r} needs an n, how many values it lists, from 1 to 100"
        for name in ("n", "distinct"):
            if not lists and getattr(self, name) is not None:
                yield f"{name} belongs to first_n and last_n only, not to {self.aggregation!r}"

    @concerning("aggregation", "q")
    def _percentile_problems(self) -> Iterator[str]:
        if self.aggregation == "percentile" and self.q is None:
            yield "aggregation 'percentile' needs a q from 0 to 1: 0.5 is the median, 0.95 the 95th percentile"
        if self.aggregation != "percentile" and self.q is not None:
            yield f"q belongs to percentile only, not to {self.aggregation!r}"


_EVENTS: TypeAdapter[tuple[Event, ...]] = TypeAdapter(tuple[Event, ...])


def with_texts(data: Any) -> Any:
    """The arguments of an attribute, with properties parsed that are text, also in criteria that are plain data. Its
    events may show where in a column's name the vendor ends.
    """
    if not isinstance(data, Mapping):
        return data
    try:
        events = _EVENTS.validate_python(data.get("events") or ())
    except ValidationError:  # what is wrong with them is said with the rest of the attribute
        events = ()
    fields = with_property(data, events)
    if "criteria" in fields:
        fields["criteria"] = _with_texts_of_group(fields["criteria"], events, ("criteria",), 1)
    return fields


def _with_texts_of_group(group: Any, events: tuple[Event, ...], place: tuple[str | int, ...], depth: int) -> Any:
    """What is deeper than criteria may be is left alone: that is said with the rest of them."""
    if not isinstance(group, Mapping) or depth > DEEPEST:
        return group

    def read(one: Any, at: tuple[str | int, ...]) -> Any:
        return _with_texts_of_group(one, events, at, depth + 1) if is_group(one) else with_property(one, events, at)

    return {
        name: [read(one, (*place, name, number)) for number, one in enumerate(some)]
        if isinstance(some, list | tuple)
        else some
        for name, some in group.items()
    }
