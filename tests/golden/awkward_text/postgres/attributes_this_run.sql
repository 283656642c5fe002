-- Made by snowplow-batch-engine from view awkward_text, version 1. Change the view, not this file.
{{ config(materialized='signals_table', schema='scratch', tags=['signals_publish']) }}
{%- set limits = ref('awkward_text_1_base_new_event_limits') %}
{%- set as_of = signals_this_run(limits, 'as_of', 'day') %}
{%- set days_manifest = ref('awkward_text_1_daily_aggregation_manifest') %}
{%- set found = signals_published(signals_state('awkward_text_1_attributes'), 'domain_userid', [
    'domain_userid', 'quoted', 'braces', 'lines', 'of_keys', 'of_dots', 'with_default', 'updated_at'
]) %}
{%- set published, is_comparable = found.relation, found.is_comparable %}
{%- set removed = signals_state('awkward_text_1_removed_entities') %}
{%- set publication = signals_state('awkward_text_1_publication_manifest') %}
{%- set is_partial = is_comparable and publication is not none %}

with out_of_date as (

    -- nobody else's row can have changed since the last publication
    select distinct domain_userid from {{ ref('awkward_text_1_entity_manifest') }}

),

days as (

    select
        *
    from {{ ref('awkward_text_1_daily_aggregates') }}
    where
        day <= date '{{ as_of }}'
        {%- if is_partial %}
        and domain_userid in (select domain_userid from out_of_date)
        {%- endif %}

),

merged as (

    select
        domain_userid,
        sum(count_events_it_s_so) as count_events_it_s_so,
        sum(count_events_x_raw_c) as count_events_x_raw_c,
        sum(count_events_a_b) as count_events_a_b,
        (
            array_agg(last_transaction_we_ird_key_x_sku_code_3 order by day desc) filter(
                where last_transaction_we_ird_key_x_sku_code_3 is not null
            )
        )[1] as last_transaction_we_ird_key_x_sku_code_3,
        (
            array_agg(last_transaction_amount_price_eur_net_3d_secure order by day desc) filter(
                where last_transaction_amount_price_eur_net_3d_secure is not null
            )
        )[1] as last_transaction_amount_price_eur_net_3d_secure,
        (array_agg(last_page_urlpath order by day desc) filter(where last_page_urlpath is not null))[1] as last_page_urlpath
    from days
    group by domain_userid

),

computed as (

    select
        merged.domain_userid,
        case
            when nullif(merged.count_events_it_s_so, 0) is null then cast(0 as bigint)
            else cast(merged.count_events_it_s_so as bigint)
        end as quoted,
        case
            when nullif(merged.count_events_x_raw_c, 0) is null then cast(0 as bigint)
            else cast(merged.count_events_x_raw_c as bigint)
        end as braces,
        case
            when nullif(merged.count_events_a_b, 0) is null then cast(0 as bigint)
            else cast(merged.count_events_a_b as bigint)
        end as lines,
        merged.last_transaction_we_ird_key_x_sku_code_3 as of_keys,
        case
            when lower(merged.last_transaction_amount_price_eur_net_3d_secure) = 'true' then true
            when lower(merged.last_transaction_amount_price_eur_net_3d_secure) = 'false' then false
        end as of_dots,
        coalesce(merged.last_page_urlpath, cast('it''s {{ '{' }}{ x }}{{ '\n' }}' as text)) as with_default
    from merged

),

published as (

    {% if published is not none -%}
    select *
    from (
        select
            *,
            count(*) over (partition by domain_userid) as signals_copies,
            row_number() over (partition by domain_userid order by updated_at desc) as signals_copy
        from {{ published }}
        {%- if is_partial %}
        where domain_userid in (select domain_userid from out_of_date)
        {%- endif %}
    ) as numbered
    where signals_copy = 1
    {%- else -%}
    select *, cast(null as timestamp) as updated_at, 1 as signals_copies from computed where false
    {%- endif %}

),

-- later than any change before it, whatever the clock says
now_publishing as (

    select
        greatest(
            timestamp '{{ signals_this_run(limits, 'planned_at', 'time') }}',
            timestamp '1970-01-01 00:00:00'
            {%- if published is not none %},
            (
                select coalesce(max(updated_at), cast('1970-01-01 00:00:00' as timestamp)) + interval '1 microsecond'
                from {{ published }}
            )
            {%- endif %}
            {%- if removed is not none %},
            (
                select coalesce(max(removed_at), cast('1970-01-01 00:00:00' as timestamp)) + interval '1 microsecond'
                from {{ removed }}
            )
            {%- endif %}
        ) as updated_at

),

compared as (

    select
        coalesce(computed.domain_userid, published.domain_userid) as domain_userid,
        computed.quoted,
        computed.braces,
        computed.lines,
        computed.of_keys,
        computed.of_dots,
        computed.with_default,
        published.updated_at as signals_updated_at,
        now_publishing.updated_at as signals_now,
        case
            when published.domain_userid is null then 'new'
            when computed.domain_userid is null then 'removed'
            {%- if is_comparable %}
            when
                published.signals_copies > 1
                or published.quoted is distinct from computed.quoted
                or published.braces is distinct from computed.braces
                or published.lines is distinct from computed.lines
                or published.of_keys is distinct from computed.of_keys
                or published.of_dots is distinct from computed.of_dots
                or published.with_default is distinct from computed.with_default
                then 'changed'
            else 'same'
            {%- else %}
            else 'changed'
            {%- endif %}
        end as change
    from computed
    full outer join published on published.domain_userid = computed.domain_userid
    cross join now_publishing

)

select
    domain_userid,
    quoted,
    braces,
    lines,
    of_keys,
    of_dots,
    with_default,
    case when change = 'same' then signals_updated_at else signals_now end as updated_at,
    change,
    cast(null as text) as signals_seen
from compared
{%- if is_partial %}
where change <> 'same'
{%- endif %}

union all

-- nobody: the row by which it is seen whether this is a comparison of all rows, and what has changed since
select
    null as domain_userid,
    null as quoted,
    null as braces,
    null as lines,
    null as of_keys,
    null as of_dots,
    null as with_default,
    updated_at,
    '{{ 'partial' if is_partial else 'whole' }}' as change,
    {{ signals_seen(ref('awkward_text_1_entity_manifest'), days_manifest, limits) }} as signals_seen
from now_publishing
order by 1
