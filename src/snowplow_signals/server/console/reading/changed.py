"""A view as it is to be tried: a published one with some things changed in a form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from snowplow_signals.definitions import CALENDAR_UNITS, View
from snowplow_signals.definitions.aggregations import LISTING, TYPES_OF, WITHOUT_PROPERTY
from snowplow_signals.errors import DefinitionError, Problem

PREFERRED = ("int64", "double", "string", "dict")
"""Which type an attribute gets when its own does not go with the aggregation, if no list of its own does."""


def changed(view: View, form: Mapping[str, str]) -> dict[str, Any]:
    """The view's JSON with each attribute's aggregation, its number, period in days and criteria as the form says.

    The fields of the attribute of index `n` are `use-n`, `aggregation-n`, `number-n`, `period-n` and `criteria-n`. The
    number is the `q` of a percentile, and the `n` of a list of first or last values. Raises DefinitionError for a
    number or JSON that is none; the rest is for whoever reads the definition.
    """
    problems: list[Problem] = []
    attributes, derived, is_whole = [], [], True
    for index, attribute in enumerate(view.to_json().get("attributes", [])):
        if "aggregation" not in attribute:
            derived.append(attribute)
            continue
        if form.get(f"use-{index}") != "on":
            is_whole = False
            continue
        where = f"attribute {attribute['name']!r}"
        aggregation = form.get(f"aggregation-{index}", attribute["aggregation"])
        if aggregation != attribute["aggregation"]:
            attribute |= _aggregated(attribute, aggregation)
        if (name := number_of(aggregation)) and (number := form.get(f"number-{index}", "").strip()):
            try:
                attribute[name] = json.loads(number)
            except (ValueError, RecursionError):
                problems.append(Problem(where, f"its {name} must be a number, not {number!r}"))
        days = form.get(f"period-{index}", "").strip()
        attribute.pop("period", None)
        if days.isdecimal() and 0 < int(days[:6]) <= 36_500:
            attribute["period"] = f"P{int(days[:6])}D"
        elif days in CALENDAR_UNITS:
            attribute["period"] = days
        elif days:
            problems.append(
                Problem(where, f"its period must be a number of days or a unit of the calendar, not {days!r}")
            )
        text = form.get(f"criteria-{index}", "").strip()
        attribute.pop("criteria", None)
        if text:
            try:
                attribute["criteria"] = json.loads(text)
            except (ValueError, RecursionError) as error:
                problems.append(Problem(where, f"its criteria are not valid JSON: {error}"))
        attributes.append({name: value for name, value in attribute.items() if value is not None})
    if problems:
        raise DefinitionError(problems)
    # what is computed from others is left out with any of them
    return view.to_json() | {"attributes": [*attributes, *(derived if is_whole else [])]}


def number_of(aggregation: str) -> str | None:
    """The field of a number that an aggregation takes."""
    return "q" if aggregation == "percentile" else "n" if aggregation in LISTING else None


def _aggregated(attribute: dict[str, Any], aggregation: str) -> dict[str, Any]:
    """What else has to change with the aggregation: None removes a field."""
    given: dict[str, Any] = {"aggregation": aggregation, "default_value": None}
    types = TYPES_OF.get(aggregation, ())
    if types and attribute["type"] not in types:
        own = (f"{attribute['type']}_list", attribute["type"].removesuffix("_list"), *PREFERRED)
        given["type"] = next((one for one in own if one in types), types[0])
    given["time_unit"] = (attribute.get("time_unit") or "d") if aggregation.startswith("time_since") else None
    given["q"] = 0.5 if aggregation == "percentile" else None
    given |= {"n": attribute.get("n") or 5} if aggregation in LISTING else {"n": None, "distinct": None}
    if aggregation in WITHOUT_PROPERTY:
        given["property"] = None
    return given
