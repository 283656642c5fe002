"""The models that compute and publish the attributes."""

from __future__ import annotations

from textwrap import wrap

from sqlglot import exp

from snowplow_signals.aggregates import BY_NAME, BY_STATE, Percentile, ValuesAggregation
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.plan import Plan, PlannedAttribute, PlannedDerived
from snowplow_signals.project.models.beside import beside_days
from snowplow_signals.project.models.derived import derived_ctes
from snowplow_signals.project.models.history import empty_history, longest_reach
from snowplow_signals.project.models.layout import comma_lines, in_parentheses, skeleton
from snowplow_signals.project.models.leaves import jinja_window, rendered, window_flag
from snowplow_signals.project.models.states import last_event, merged_columns, value_keys
from snowplow_signals.project.models.views import columns_of_view, columns_read


def attributes_this_run(plan: Plan, dialect: Dialect) -> str:
    windows = [window for window in plan.windows if not window.is_lifetime]
    flags = [f"{{{{ signals_in_window(limits, {jinja_window(one)}) }}}} as in_{one.name}" for one in windows]
    names = [attribute.column for attribute in plan.outputs]
    base, derived = derived_ctes(plan, dialect)
    beside = beside_days(plan.attributes, plan.identifier, dialect)
    return skeleton(
        "attributes_this_run.sql",
        p=plan.project_name,
        identifier=plan.identifier,
        timestamp=dialect.timestamp_type,
        planned_at=dialect.timestamp_literal("{{ signals_this_run(limits, 'planned_at', 'time') }}"),
        long_ago=dialect.timestamp_literal("1970-01-01 00:00:00"),
        output_names="\n".join(wrap(output_names(plan), 100, break_long_words=False)),
        longest_reach=str(longest_reach(plan)),
        history_columns=comma_lines([f"'{column}'" for column in empty_history(plan, dialect)]),
        states=comma_lines([*merged_columns(plan, dialect), *flags]),
        is_state="slot is null and " if plan.value_slots else "",
        beside=beside.cte,
        rows=beside.rows,
        merges=comma_lines([plan.identifier, *merges(plan, dialect)]),
        value_ctes=_value_ctes(plan, dialect),
        base=base,
        derived="\n\n".join(f"{cte}," for cte in derived) + "\n" if derived else "",
        finals=comma_lines([final(attribute, dialect) for attribute in plan.attributes]),
        joins="\n".join(dict.fromkeys(_join(one, plan) for one in plan.attributes if _is_values(one))),
        computed_columns="\n".join([*(f"computed.{name}," for name in names), *_times_of_views(plan, dialect)]),
        returned=_returned(plan),
        names="\n".join(f"{name}," for name in value_names(plan)),
        no_values="\n".join(f"null as {name}," for name in value_names(plan)),
        text_type=dialect.kind_type("text"),
        after_change=after("updated_at", dialect),
        after_removal=after("removed_at", dialect),
        recorded=_recorded(plan, dialect),
        differs="\n".join(f"or {_differs(one, dialect)}" for one in plan.outputs),
    )


def after(column: str, dialect: Dialect) -> str:
    """The moment after the newest of a column of times, which may be empty."""
    newest = exp.func("coalesce", exp.Max(this=exp.column(column)), dialect.timestamp("1970-01-01 00:00:00"))
    return dialect.sql(dialect.microsecond_after(newest))


def _recorded(plan: Plan, dialect: Dialect) -> str:
    """Until when the history of the attributes has something, which may be after what is published was put back."""
    if not plan.keeps_history:
        return ""
    return skeleton("recorded_until.sql", p=plan.project_name, after_recorded=after("valid_from", dialect)).rstrip("\n")


def value_names(plan: Plan) -> list[str]:
    """The columns of the attributes table beside the identifier and the time of the last change."""
    return [*(one.column for one in plan.outputs), *(view.updated_at for view in plan.views)]


def output_columns(plan: Plan) -> list[str]:
    """The columns of the attributes table."""
    return [plan.identifier, *value_names(plan), "updated_at"]


def output_names(plan: Plan) -> str:
    return ", ".join(f"'{name}'" for name in output_columns(plan))


def _is_values(attribute: PlannedAttribute) -> bool:
    return attribute.slot.is_rows


def merges(plan: Plan, dialect: Dialect) -> list[str]:
    """Each slot merged over each window that some attribute asks for, once."""
    found: dict[str, str] = {}
    for attribute in plan.attributes:
        for slot, merged in attribute.states:
            if slot.is_rows or merged in found:
                continue
            columns = BY_STATE[slot.state].merge(slot, merged, window_flag(attribute.window), dialect)
            found[merged] = comma_lines(
                [f"{rendered(column.expression, dialect)} as {column.name}" for column in columns]
            )
    return list(found.values())


def final(attribute: PlannedAttribute, dialect: Dialect) -> str:
    """The attribute's column, over what is merged and collected for it."""
    expression = BY_NAME[attribute.aggregation].final(attribute, dialect)
    return f"{rendered(expression, dialect)} as {attribute.column}"


def _join(attribute: PlannedAttribute, plan: Plan) -> str:
    name = attribute.collected
    return f"left join {name} on {name}.{plan.identifier} = merged.{plan.identifier}"


def _times_of_views(plan: Plan, dialect: Dialect) -> list[str]:
    """Of each of several views, when one of its attributes last changed, or its first event came or went."""
    return [
        skeleton(
            "time_of_view.sql",
            first_event=view.first_event.column,
            updated_at=view.updated_at,
            timestamp=dialect.timestamp_type,
            reads=columns_read(plan, view, "attributes"),
            differs="\n".join(f"or {_differs(one, dialect)}" for _, one in columns_of_view(view)),
        ).rstrip("\n")
        for view in plan.views
    ]


def _returned(plan: Plan) -> str:
    """Entities that were removed before: of several views, also those that do not have the entity any more are told."""
    if not plan.views:
        return ""
    return (
        "{%- if removed is not none %}\n"
        f"left join {{{{ removed }}}} as gone on gone.{plan.identifier} = computed.{plan.identifier}\n"
        "{%- endif %}"
    )


def _differs(attribute: PlannedAttribute | PlannedDerived, dialect: Dialect) -> str:
    old, new = (exp.column(attribute.column, table=table) for table in ("published", "computed"))
    is_time = isinstance(attribute, PlannedAttribute) and attribute.time_unit is not None
    type_name = "timestamp" if is_time else attribute.type
    differs = dialect.differs(old, new, type_name)
    sql = rendered(differs, dialect)
    return in_parentheses(sql) if isinstance(differs, exp.Connector) else sql


def _value_ctes(plan: Plan, dialect: Dialect) -> str:
    ctes: dict[str, str] = {}
    for attribute in plan.attributes:
        if not _is_values(attribute):
            continue
        ctes.setdefault(attribute.merged, _values_cte(attribute, plan, dialect))
        ctes.setdefault(attribute.collected, collected_cte(attribute, plan.identifier, dialect))
    return "\n".join(ctes.values())


def _values_cte(attribute: PlannedAttribute, plan: Plan, dialect: Dialect) -> str:
    window = attribute.window
    return skeleton(
        "lifetime_values_cte.sql" if window.is_lifetime else "values_cte.sql",
        p=plan.project_name,
        merged=attribute.merged,
        identifier=plan.identifier,
        slot=attribute.slot.name,
        last_event=comma_lines(last_event(attribute.slot, dialect)),
        value_keys=value_keys(attribute.slot),
        window="" if window.is_lifetime else jinja_window(window),
    )


def collected_cte(attribute: PlannedAttribute, key: str, dialect: Dialect) -> str:
    """The query that collects the attribute's values, of each `key`: a column, or several with commas between."""
    aggregation = BY_NAME[attribute.aggregation]
    if not isinstance(aggregation, ValuesAggregation):
        raise TypeError(attribute.aggregation)
    if isinstance(aggregation, Percentile):
        return skeleton(
            "percentile_cte.sql",
            name=attribute.collected,
            identifier=key,
            merged=attribute.merged,
            collect=f"{rendered(aggregation.collect(attribute, dialect), dialect)} as collected",
            place=f"{rendered(aggregation.place(attribute, dialect), dialect)} as place",
            fitting=f"{rendered(aggregation.fitting(attribute, dialect), dialect)} as fitting",
        )
    ranking = aggregation.ranking(attribute, dialect)
    return skeleton(
        "collected_cte.sql" if ranking else "unranked_cte.sql",
        name=attribute.collected,
        identifier=key,
        merged=attribute.merged,
        collect=f"{rendered(aggregation.collect(attribute, dialect), dialect)} as collected",
        ranking=", ".join(dialect.sql(item) for item in ranking),
        fitting=f"{rendered(aggregation.fitting(attribute, dialect), dialect)} as fitting",
    )
