"""Data tests of a project that are more than a column's: one row of one event, accounting that adds up."""

from __future__ import annotations

from snowplow_signals.plan import Plan
from snowplow_signals.project.models.layout import fill

EVENTS_STORED_ONCE = """\
-- No event of this run is stored twice.
select event_id
from {{ ref('${p}_filtered_events') }}
where event_id in (select event_id from {{ ref('${p}_base_events_this_run') }})
group by event_id
having count(*) > 1
"""

STATES_KEPT_ONCE = """\
-- No entity has two states of one day.
select $identifier, day
from {{ ref('${p}_daily_aggregates') }}
where day in (select day from {{ ref('${p}_days_to_process') }})
group by $identifier, day
having count(*) > 1
"""

ACCOUNTING_ADDS_UP = """\
-- Every row that was read is accounted for once.
select *
from {{ ref('${p}_run_history') }}
where rows_read <> $parts
"""

STORED_EVENTS_ADD_UP = """\
-- What all chunks used, less the winners that gave way, is what is stored.
select used.rows_used - used.winners_replaced as rows_expected, stored.rows_stored
from (
    select coalesce(sum(rows_used), 0) as rows_used, coalesce(sum(winners_replaced), 0) as winners_replaced
    from {{ ref('${p}_chunk_manifest') }}
    where is_stored
) as used
cross join (select count(*) as rows_stored from {{ ref('${p}_filtered_events') }}) as stored
where used.rows_used - used.winners_replaced <> stored.rows_stored
"""

_PARTS = ("used", "duplicate", "seen_before", "incomplete", "before_start", "other_app", "no_entity", "irrelevant")


def checks(plan: Plan) -> dict[str, str]:
    """File name to text, in the project's tests folder."""
    parts = " + ".join(f"rows_{part}" for part in _PARTS)
    texts = {
        "events_stored_once": EVENTS_STORED_ONCE,
        "states_kept_once": STATES_KEPT_ONCE,
        "accounting_adds_up": ACCOUNTING_ADDS_UP,
        "stored_events_add_up": STORED_EVENTS_ADD_UP,
    }
    return {
        f"{plan.project_name}_{name}.sql": fill(text, p=plan.project_name, identifier=plan.identifier, parts=parts)
        for name, text in texts.items()
    }
