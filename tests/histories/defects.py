"""Deliberate defects: what a batch engine is likely to get wrong, switched in by changing a project's files.

Each says what is broken; the histories have to catch every one.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Files = dict[str, str]
Defect = Callable[[Files], Files]
HISTORY_MACROS = "macros/signals_history.sql"
REPLACING_MACROS = "macros/signals_replacing.sql"
STATES_MACROS = "macros/signals_states.sql"


def replaced(files: Files, name: str, old: str, new: str, times: int = 1) -> Files:
    """The files with `old` replaced in a macro file or in the model `name`; fails if it is not there so many times."""
    path = _path(files, name)
    text = files[path]
    assert text.count(old) == times, f"{path} holds {text.count(old)} times, not {times} times:\n{old}"
    return files | {path: text.replace(old, new)}


def one_maximum(files: Files) -> Files:
    """What is new is what was loaded after the newest row so far."""
    return replaced(
        files,
        "_base_new_event_limits",
        "        and coalesce(processed.bucket_rows <> counted.bucket_rows or processed.is_widened, true)",
        "        and counted.bucket > (select coalesce(max(bucket), timestamp '1970-01-01') from processed)",
    )


def older_hours_are_done(files: Files) -> Files:
    """How many rows the events table has is not compared with the ledger."""
    return replaced(files, "macros/signals_project.sql", "var('signals__run', {}).get('counts_rows', true)", "false")


def taken_hours_are_done(files: Files) -> Files:
    """An hour of load that was taken once is never taken again."""
    return replaced(
        files,
        "_base_new_event_limits",
        "coalesce(processed.bucket_rows <> counted.bucket_rows or processed.is_widened, true)",
        "processed.bucket is null",
    )


def marks_cleared_early(files: Files) -> Files:
    """A day counts as aggregated as soon as it is chosen, before its aggregates are replaced."""
    mark = "signals_mark_aggregated(ref('$_daily_aggregation_manifest'), signals_due(ref('$_days_out_of_date')))"
    mark = mark.replace("$", _project(files))
    counted = f'"{{{{ signals_count_pending({_ref(files, "daily_aggregation_manifest")}, this) }}}}"'
    files = replaced(files, "_daily_aggregates", f',\n        "{{{{ {mark} }}}}"\n', "\n")
    return replaced(
        files,
        "_days_out_of_date",
        f"post_hook={counted}",
        f'post_hook=[{counted}, "{{{{ {mark.replace(_ref(files, "days_out_of_date"), "this")} }}}}"]',
    )


def only_the_new_day_marked(files: Files) -> Files:
    """The day that an event leaves is not marked."""
    return replaced(files, "_daily_aggregation_manifest", "stored_day is not null", "false")


def only_the_new_entity_marked(files: Files) -> Files:
    """The entity that an event leaves is not marked."""
    return replaced(files, "_entity_day_manifest", "stored_day is not null", "false")


def marked_after_storing(files: Files) -> Files:
    """Days are marked after their events have changed, by what is then stored."""
    project = _project(files)
    files = replaced(
        files,
        "_filtered_events",
        f"-- depends_on: {{{{ ref('{project}_entity_day_manifest') }}}}",
        f"-- depends_on: {{{{ ref('{project}_chunk_manifest') }}}}",
    )
    return replaced(
        files,
        "_daily_aggregation_manifest",
        f"-- depends_on: {{{{ ref('{project}_chunk_manifest') }}}}",
        f"-- depends_on: {{{{ ref('{project}_incremental_manifest') }}}}",
    )


def last_copy_wins(files: Files) -> Files:
    """Of copies the newest wins."""
    files = replaced(
        files,
        "_base_events_this_run",
        "order by load_tstamp, collector",
        "order by load_tstamp desc, collector",
    )
    return replaced(
        files, "_base_events_this_run", "        ) < (\n            stored", "        ) > (\n            stored"
    )


def stored_copy_stays(files: Files) -> Files:
    """An event that is stored is never replaced by an earlier copy."""
    path = _path(files, "_base_events_this_run")
    start = files[path].index("    stored.event_id is null\n        or ")
    end = files[path].index(" as is_winner")
    return files | {path: files[path][:start] + "    stored.event_id is null" + files[path][end:]}


def emptied_are_kept(files: Files) -> Files:
    """States are merged by entity and day: those of an entity without events of the day stay."""
    return replaced(
        files,
        REPLACING_MACROS,
        "where {{ signals_computed_now(days, entity_days, identifier) }}",
        "where {{ signals_computed_now(days, entity_days, identifier) }}"
        " and {{ signals_in(['day', identifier], ref(model.package_name ~ '_filtered_events')) }}",
    )


def states_only_added(files: Files) -> Files:
    """States that a run that died has added already are added again."""
    condition = "{%- if signals_is_stored() and signals_writes() -%}\n  delete from {{ this }}"
    return replaced(files, REPLACING_MACROS, condition, "{%- if false -%}\n  delete from {{ this }}")


def replaced_where_they_are(files: Files) -> Files:
    """Only what leaves its day or its entity is recomputed, not what an earlier copy replaces there."""
    return replaced(
        files, "_daily_aggregation_manifest", "as is_left, true as is_replaced", "as is_left, false as is_replaced"
    )


def recomputed_by_half(files: Files) -> Files:
    """Of an entity where an event gave way only the states of the newest chunks are recomputed."""
    return replaced(files, STATES_MACROS, "recomputed.append((day, 0))", "recomputed.append((day, found.since[0][1]))")


def deferred_events_passed_over(files: Files) -> Files:
    """A day that becomes due is aggregated from the chunk on that made it due."""
    return replaced(
        files, "_daily_aggregation_manifest", "manifest.is_out_of_date then manifest", "false then manifest"
    )


def days_order_what_is_first(files: Files) -> Files:
    """Of states of one day any is the first, and any the last."""
    path = _path(files, "_attributes_this_run")
    text = re.sub(r"(arg_(?:min|max)\((\w+), )\(\2_tstamp, \2_event_id\)", r"\1day", files[path])
    assert text != files[path]
    return files | {path: text}


def window_off_by_a_day(files: Files) -> Files:
    """Windows begin a day early."""
    return replaced(
        files,
        "macros/signals_this_run.sql",
        "  day >= date '{{ days[0] }}'",
        "  day >= date '{{ days[0] - modules.datetime.timedelta(days=1) }}'",
    )


def calendar_that_ends_unseen(files: Files) -> Files:
    """When a month is over, its days are not known to have left the month to date."""
    return replaced(
        files,
        "macros/signals_this_run.sql",
        "{%- do edges.extend([(before[0], now[0]), (before[1], now[1])]) -%}",
        "{%- do edges.append((before[1], now[1])) -%}",
    )


def moved_days_off_by_one(files: Files) -> Files:
    """Of the days that enter or leave a window because time went on, the newest is forgotten."""
    return replaced(
        files,
        "macros/signals_this_run.sql",
        "' and day < date '\" ~ (edge | max) ~ \"')\"",
        "' and day < date '\" ~ ((edge | max) - days(days=1)) ~ \"')\"",
    )


def late_events_dropped(files: Files) -> Files:
    """Events that are too late at the limit are dropped instead of deferred."""
    lookback = "signals_setting('snowplow__late_event_lookback_days')"
    return replaced(
        files,
        "_filtered_events",
        "where events.is_winner",
        "where\n"
        "    events.is_winner\n"
        f"    and ({{{{ {lookback} }}}} < 0 or cast(events.load_tstamp as date) - events.day <= {{{{ {lookback} }}}})",
    )


def late_events_not_deferred(files: Files) -> Files:
    """Late events are brought in at once, whatever the limits."""
    return replaced(files, "_days_out_of_date", "    end as is_due\n", "    end or true as is_due\n")


def emptied_days_wait(files: Files) -> Files:
    """A day that an event left waits like one with late events."""
    return replaced(files, "_days_out_of_date", "when left_chunk > aggregated_chunk", "when false")


def lateness_of_the_run(files: Files) -> Files:
    """How late an event is counts from the newest load of the run."""
    newest = f"(select cast(max(bucket) as date) from {{{{ {_ref(files, 'incremental_manifest')} }}}})"
    own = "cast(events.load_tstamp as date) - events.day"
    return replaced(
        files,
        "_days_out_of_date",
        f"{own} as days_late",
        f"case when {own} > 0 then {newest} - events.day else 0 end as days_late",
    )


def ledger_before_events(files: Files) -> Files:
    """The ledger is written before the events are stored."""
    project = _project(files)
    files = replaced(
        files,
        "_incremental_manifest",
        f"-- depends_on: {{{{ ref('{project}_filtered_events') }}}}",
        f"-- depends_on: {{{{ ref('{project}_base_events_this_run') }}}}",
    )
    return replaced(
        files,
        "_chunk_manifest",
        "-- The accounting of a chunk",
        f"-- depends_on: {{{{ ref('{project}_incremental_manifest') }}}}\n-- The accounting of a chunk",
    )


def accounting_before_events(files: Files) -> Files:
    """A chunk counts as stored as soon as it was counted."""
    return replaced(files, "_chunk_manifest", "false as is_stored", "true as is_stored")


def killed_runs_forgotten(files: Files) -> Files:
    """The history holds only runs that ended well."""
    return replaced(
        files, "_run_history", "    where is_stored", "    where is_stored and run_id in (select run_id from this_run)"
    )


def entity_marks_cleared_early(files: Files) -> Files:
    """The marks on entities are cleared before the attributes are published."""
    clearing = f"\"{{{{ signals_clear(ref('{_project(files)}_entity_manifest')) }}}}\""
    files = replaced(files, "_publication_manifest", f",\n        {clearing}\n", "\n")
    return replaced(
        files,
        "_attributes_this_run",
        "materialized='signals_table', schema='scratch', tags=['signals_publish']",
        f"materialized='signals_table', schema='scratch', tags=['signals_publish'],\n    post_hook={clearing}\n",
    )


def no_entity_marks(files: Files) -> Files:
    """Which entities' rows may change is not remembered, but found out from the days of this run alone."""
    project = _project(files)
    return replaced(
        files,
        "_attributes_this_run",
        f"select distinct domain_userid from {{{{ ref('{project}_entity_manifest') }}}}",
        f"select distinct domain_userid from {{{{ ref('{project}_entity_days_to_process') }}}}",
    )


def as_of_forgotten(files: Files) -> Files:
    """As of which day the attributes were last published is not looked at."""
    return replaced(files, "_entity_manifest", "states is not none and publication is not none", "false")


def updated_at_of_all(files: Files) -> Files:
    """`updated_at` tells when a row was computed, not when its values changed."""
    return replaced(files, "_attributes_this_run", "else 'same'", "else 'changed'")


def removed_stay(files: Files) -> Files:
    """A row stays when its entity's last event is gone."""
    return replaced(
        files, "macros/signals_replacing.sql", "' is not null')", "\" is not null and change = 'changed'\")"
    )


def removals_not_taken_back(files: Files) -> Files:
    """An entity that returns stays among the removed."""
    return replaced(
        files,
        "macros/signals_this_run.sql",
        "on published.{{ identifier }} = removed.{{ identifier }}",
        "on published.{{ identifier }} = removed.{{ identifier }} and false",
    )


def future_days_counted(files: Files) -> Files:
    """Days after the one as of which a run computes count for lifetime attributes."""
    path = _path(files, "_attributes_this_run")
    text = files[path]
    assert "day <= date '{{ as_of }}'" in text
    return files | {path: text.replace("day <= date '{{ as_of }}'", "true")}


def early_days_not_marked(files: Files) -> Files:
    """Nobody is marked in the cache whose early days change."""
    return replaced(files, "_entity_history", "where day <= date '{{ history.changed_until }}'", "where false")


def marks_on_early_days_ignored(files: Files) -> Files:
    """The cached row of a marked entity is read all the same."""
    return replaced(files, HISTORY_MACROS, "{%- if history.is_marked %} and", "{%- if false %} and")


def marked_are_not_read(files: Files) -> Files:
    """The days of a marked entity are not read."""
    return replaced(files, HISTORY_MACROS, "{%- elif history.is_marked -%}", "{%- elif false -%}")


def early_days_counted_twice(files: Files) -> Files:
    """The last day of the cache is read as well."""
    return replaced(files, HISTORY_MACROS, "day > date '{{ history.before }}'", "day >= date '{{ history.before }}'", 2)


def cache_without_newer_days(files: Files) -> Files:
    """The cache is moved on, and the days since are left out."""
    old = "and {{ signals_after_history(history, 'domain_userid') }}\n    {%- if history.before %}"
    new = old.replace("and {{", "and {{ 'false' if history.before else").replace("else signals", "else signals")
    path = _path(files, "_entity_history")
    assert files[path].count(old) == 2
    return files | {path: files[path].replace(old, new)}


def cache_of_the_future(files: Files) -> Files:
    """The cache is used whichever day the attributes are computed for."""
    return replaced(files, HISTORY_MACROS, "{%- if history.before >= [", "{%- if false and history.before >= [")


def models_do_not_ask(files: Files) -> Files:
    """A model that is built by itself trusts that those before it did their part."""
    return replaced(
        files,
        "macros/signals_order.sql",
        "{%- if holding_back or in_order -%}",
        "{%- if true -%}",
    )


def _unasked(reason: str) -> Defect:
    """A model that is built by itself does not ask for one of the things that it needs."""

    def defect(files: Files) -> Files:
        assert reason in files[_path(files, "macros/signals_order.sql")], reason
        return replaced(
            files,
            "macros/signals_order.sql",
            "{%- if found[loop.index0] -%}",
            f"{{%- if found[loop.index0] and check[0] != '{reason}' -%}}",
        )

    defect.__doc__ = f"Nobody asks whether {reason}."
    return defect


UNASKED = {
    "a_chunk_accounted_for_twice": "the events of this chunk are already accounted for",
    "events_of_another_plan": "base_events_this_run does not hold the events of the chunk that base_new_event_limits"
    " planned",
    "a_chunk_stored_twice": "the events of this chunk are already stored",
    "days_not_marked": "daily_aggregation_manifest does not mark the days of this chunk",
    "entities_not_marked": "entity_day_manifest does not mark the entities of this chunk",
    "a_ledger_of_what_is_not_stored": "the events of this chunk are not stored",
    "states_of_unmarked_entities": "entity_manifest does not mark the entities of these days",
    "states_without_their_values": "daily_values does not hold these days",
    "windows_that_moved": "entity_manifest does not mark the entities whose windows moved",
    "removed_without_a_note": "removed_entities does not hold those whose rows go",
    "a_comparison_of_yesterday": "what attributes_this_run was computed from has changed since",
    "early_days_that_nobody_marked": "entity_history does not mark the entities whose earlier days change",
    "changes_not_published": "attributes does not hold the rows of attributes_this_run",
}

DEFECTS: dict[str, Defect] = {
    defect.__name__: defect
    for defect in (
        one_maximum,
        taken_hours_are_done,
        older_hours_are_done,
        marks_cleared_early,
        only_the_new_day_marked,
        only_the_new_entity_marked,
        marked_after_storing,
        last_copy_wins,
        stored_copy_stays,
        emptied_are_kept,
        states_only_added,
        replaced_where_they_are,
        recomputed_by_half,
        deferred_events_passed_over,
        days_order_what_is_first,
        window_off_by_a_day,
        moved_days_off_by_one,
        calendar_that_ends_unseen,
        late_events_dropped,
        late_events_not_deferred,
        emptied_days_wait,
        lateness_of_the_run,
        ledger_before_events,
        accounting_before_events,
        killed_runs_forgotten,
        entity_marks_cleared_early,
        no_entity_marks,
        as_of_forgotten,
        updated_at_of_all,
        removed_stay,
        removals_not_taken_back,
        future_days_counted,
        early_days_not_marked,
        marks_on_early_days_ignored,
        marked_are_not_read,
        early_days_counted_twice,
        cache_without_newer_days,
        cache_of_the_future,
        models_do_not_ask,
    )
} | {name: _unasked(reason) for name, reason in UNASKED.items()}


def _project(files: Files) -> str:
    return (
        next(path for path in files if path.endswith("_run_history.sql"))
        .split("/")[-1]
        .removesuffix("_run_history.sql")
    )


def _path(files: Files, name: str) -> str:
    """Of a model, given without the project's name, or of a file of macros."""
    ending = f"/{_project(files)}{name}.sql" if name.startswith("_") else name
    return next(path for path in files if path.endswith(ending))


def _ref(files: Files, model: str) -> str:
    return f"ref('{_project(files)}_{model}')"
