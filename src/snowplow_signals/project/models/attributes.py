"""The models that compute and publish the attributes."""

from __future__ import annotations

from textwrap import wrap

from sqlglot import exp

from snowplow_signals.aggregates import BY_NAME, BY_STATE, ValuesAggregation
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.plan import Plan, PlannedAttribute
from snowplow_signals.project.models.layout import comma_lines, fill, in_parentheses
from snowplow_signals.project.models.leaves import rendered, window_flag

ATTRIBUTES_THIS_RUN = """\
{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}
{%- set limits = ref('${p}_base_new_event_limits') %}
{%- set as_of = signals_this_run(limits, 'as_of', 'day') %}
{%- set days_manifest = ref('${p}_daily_aggregation_manifest') %}
{%- set found = signals_published(signals_state('${p}_attributes'), '$identifier', [
    $output_names
]) %}
{%- set published, is_comparable = found.relation, found.is_comparable %}
{%- set removed = signals_state('${p}_removed_entities') %}
{%- set publication = signals_state('${p}_publication_manifest') %}
{%- set is_partial = is_comparable and publication is not none %}

with out_of_date as (

    -- nobody else's row can have changed since the last publication
    select distinct $identifier from {{ ref('${p}_entity_manifest') }}

),

days as (

    select
        $windows
    from {{ ref('${p}_daily_aggregates') }}
    where
        day <= date '{{ as_of }}'
        {%- if is_partial %}
        and $identifier in (select $identifier from out_of_date)
        {%- endif %}

),

merged as (

    select
        $merges
    from days
    group by $identifier

),

$value_ctes
computed as (

    select
        merged.${identifier},
        $finals
    from merged
    $joins

),

published as (

    {% if published is not none -%}
    select *
    from (
        select
            *,
            count(*) over (partition by $identifier) as signals_copies,
            row_number() over (partition by $identifier order by updated_at desc) as signals_copy
        from {{ published }}
        {%- if is_partial %}
        where $identifier in (select $identifier from out_of_date)
        {%- endif %}
    ) as numbered
    where signals_copy = 1
    {%- else -%}
    select *, cast(null as $timestamp) as updated_at, 1 as signals_copies from computed where false
    {%- endif %}

),

-- later than any change before it, whatever the clock says
now_publishing as (

    select
        greatest(
            $planned_at,
            $long_ago
            {%- if published is not none %},
            (
                select $after_change
                from {{ published }}
            )
            {%- endif %}
            {%- if removed is not none %},
            (
                select $after_removal
                from {{ removed }}
            )
            {%- endif %}
        ) as updated_at

),

compared as (

    select
        coalesce(computed.${identifier}, published.${identifier}) as $identifier,
        $computed_columns
        published.updated_at as signals_updated_at,
        now_publishing.updated_at as signals_now,
        case
            when published.${identifier} is null then 'new'
            when computed.${identifier} is null then 'removed'
            {%- if is_comparable %}
            when
                published.signals_copies > 1
                $differs
                then 'changed'
            else 'same'
            {%- else %}
            else 'changed'
            {%- endif %}
        end as change
    from computed
    full outer join published on published.${identifier} = computed.${identifier}
    cross join now_publishing

)

select
    $identifier,
    $names
    case when change = 'same' then signals_updated_at else signals_now end as updated_at,
    change,
    cast(null as $text_type) as signals_seen
from compared
{%- if is_partial %}
where change <> 'same'
{%- endif %}

union all

-- nobody: the row by which it is seen whether this is a comparison of all rows, and what has changed since
select
    null as $identifier,
    $no_values
    updated_at,
    '{{ 'partial' if is_partial else 'whole' }}' as change,
    {{ signals_seen(ref('${p}_entity_manifest'), days_manifest, limits) }} as signals_seen
from now_publishing
order by 1
"""


VALUES_CTE = """\
$merged as (

    select
        $identifier,
        value,
        sum(n) as n,
        max(last_tstamp) as last_tstamp,
        $last_event_id as last_event_id
    from {{ ref('${p}_daily_values') }}
    where
        slot = '$slot'
        and day <= date '{{ as_of }}'
        $window
        {%- if is_partial %}
        and $identifier in (select $identifier from out_of_date)
        {%- endif %}
    group by $identifier, value

),
"""


COLLECTED_CTE = """\
$name as (

    select
        $identifier,
        $collect
    from (
        select
            *,
            row_number() over (
                partition by $identifier, fitting is null
                order by $ranking
            ) as place
        from (
            select
                *,
                $fitting
            from $merged
        ) as fitted
    ) as ranked
    group by $identifier

),
"""


UNRANKED_CTE = """\
$name as (

    select
        $identifier,
        $collect
    from $merged
    group by $identifier

),
"""


def attributes_this_run(plan: Plan, dialect: Dialect) -> str:
    windows = [window for window in plan.windows if window.days is not None]
    flags = [f"{{{{ signals_in_window(limits, {window.days}) }}}} as in_{window.name}" for window in windows]
    names = [attribute.column for attribute in plan.attributes]
    return fill(
        ATTRIBUTES_THIS_RUN,
        p=plan.project_name,
        identifier=plan.identifier,
        timestamp=dialect.timestamp_type,
        planned_at=dialect.timestamp_literal("{{ signals_this_run(limits, 'planned_at', 'time') }}"),
        long_ago=dialect.timestamp_literal("1970-01-01 00:00:00"),
        output_names="\n".join(wrap(output_names(plan), 100, break_long_words=False)),
        windows=comma_lines(["*", *flags]),
        merges=comma_lines([plan.identifier, *_merges(plan, dialect)]),
        value_ctes=_value_ctes(plan, dialect),
        finals=comma_lines([_final(attribute, dialect) for attribute in plan.attributes]),
        joins="\n".join(_join(attribute, plan) for attribute in plan.attributes if _is_values(attribute)),
        computed_columns="\n".join(f"computed.{name}," for name in names),
        names="\n".join(f"{name}," for name in names),
        no_values="\n".join(f"null as {name}," for name in names),
        text_type=dialect.kind_type("text"),
        after_change=_after("updated_at", dialect),
        after_removal=_after("removed_at", dialect),
        differs="\n".join(f"or {_differs(attribute, dialect)}" for attribute in plan.attributes),
    )


def _after(column: str, dialect: Dialect) -> str:
    newest = exp.func("coalesce", exp.Max(this=exp.column(column)), dialect.timestamp("1970-01-01 00:00:00"))
    return dialect.sql(dialect.microsecond_after(newest))


def output_names(plan: Plan) -> str:
    names = [plan.identifier, *(attribute.column for attribute in plan.attributes), "updated_at"]
    return ", ".join(f"'{name}'" for name in names)


def _is_values(attribute: PlannedAttribute) -> bool:
    return attribute.slot.state == "values"


def _merges(plan: Plan, dialect: Dialect) -> list[str]:
    """Each slot merged over each window that some attribute asks for, once."""
    merges: dict[str, str] = {}
    for attribute in plan.attributes:
        if _is_values(attribute) or attribute.merged in merges:
            continue
        slot = attribute.slot
        columns = BY_STATE[slot.state].merge(slot, attribute.merged, window_flag(attribute.window), dialect)
        merges[attribute.merged] = comma_lines(
            [f"{rendered(column.expression, dialect)} as {column.name}" for column in columns]
        )
    return list(merges.values())


def _final(attribute: PlannedAttribute, dialect: Dialect) -> str:
    expression = BY_NAME[attribute.aggregation].final(attribute, dialect)
    return f"{rendered(expression, dialect)} as {attribute.column}"


def _join(attribute: PlannedAttribute, plan: Plan) -> str:
    name = attribute.collected
    return f"left join {name} on {name}.{plan.identifier} = merged.{plan.identifier}"


def _differs(attribute: PlannedAttribute, dialect: Dialect) -> str:
    old, new = (exp.column(attribute.column, table=table) for table in ("published", "computed"))
    type_name = "timestamp" if attribute.aggregation.startswith("time_since") else attribute.type
    differs = dialect.differs(old, new, type_name)
    sql = rendered(differs, dialect)
    return in_parentheses(sql) if isinstance(differs, exp.Connector) else sql


def _value_ctes(plan: Plan, dialect: Dialect) -> str:
    ctes: dict[str, str] = {}
    for attribute in plan.attributes:
        if not _is_values(attribute):
            continue
        ctes.setdefault(attribute.merged, _values_cte(attribute, plan, dialect))
        ctes[attribute.collected] = _collected(attribute, plan, dialect)
    return "\n".join(ctes.values())


def _values_cte(attribute: PlannedAttribute, plan: Plan, dialect: Dialect) -> str:
    days = attribute.window.days
    return fill(
        VALUES_CTE,
        p=plan.project_name,
        merged=attribute.merged,
        identifier=plan.identifier,
        slot=attribute.slot.name,
        last_event_id=dialect.sql(dialect.max_by(exp.column("last_event_id"), exp.column("last_tstamp"))),
        window="" if days is None else f"and {{{{ signals_in_window(limits, {days}) }}}}",
    )


def _collected(attribute: PlannedAttribute, plan: Plan, dialect: Dialect) -> str:
    aggregation = BY_NAME[attribute.aggregation]
    if not isinstance(aggregation, ValuesAggregation):
        raise TypeError(attribute.aggregation)
    ranking = aggregation.ranking(attribute, dialect)
    return fill(
        COLLECTED_CTE if ranking else UNRANKED_CTE,
        name=attribute.collected,
        identifier=plan.identifier,
        merged=attribute.merged,
        collect=f"{rendered(aggregation.collect(attribute, dialect), dialect)} as collected",
        ranking=", ".join(dialect.sql(item) for item in ranking),
        fitting=f"{rendered(aggregation.fitting(attribute, dialect), dialect)} as fitting",
    )
