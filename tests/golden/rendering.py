"""Models as SQL, without dbt and without a database: what the macros would look up is made up."""

from typing import Any

from jinja2 import ChainableUndefined, Environment


class _Row(dict):
    """What a call in a model gives: shown as a condition, and with a value for whatever field is asked."""

    def __getattr__(self, name: str) -> Any:
        return {"planned_at": "2025-01-02 03:04:05", "as_of": "2025-01-02", "run_id": "run"}.get(name, 1)


def _value(columns: object, kind: str, column: str, typed: str, path: object = None, json: str | None = None) -> str:
    return typed


def rendered(text: str, is_first: bool) -> str:
    """The model's SQL, in a first run, when its tables are not there, or in a later one."""
    environment = Environment(undefined=ChainableUndefined, extensions=["jinja2.ext.do"])
    environment.globals.update(
        config=lambda **_: "",
        ref=lambda name: name,
        source=lambda *names: ".".join(names),
        signals_is_stored=lambda: not is_first,
        this="this_table",
        local_md5=lambda text: "md5",
        signals_events_columns=dict,
        signals_require=lambda *_: "",
        signals_check_definition=lambda *_: "",
        signals_new_types=lambda *_: [("type of column x", "text")],
        signals_text_literal=lambda text: f"'{text}'",
        signals_leaf=lambda *_: "text",
        signals_has=lambda *_: True,
        signals_say_what_is_missing=lambda *_: "",
        signals_value=_value,
        signals_state=lambda name: None if is_first else name,
        signals_has_columns=lambda relation, names: not is_first,
        signals_published=lambda relation, identifier, names: {"relation": relation, "is_comparable": not is_first},
        signals_seen=lambda *_: "'1'",
        signals_shift=lambda: 0,
        signals_begin_run=lambda *_: "",
        signals_definition_id=lambda: "md5",
        signals_run=_Row,
        signals_this_run=lambda limits, name, kind="text": _Row().__getattr__(name),
        signals_fingerprints=lambda columns, since, buckets, hashes: f"select bucket, 1 as fingerprint from {buckets}",
        signals_next_chunk=lambda _: 1,
        signals_start_date=lambda: "2025-01-01",
        signals_look_back_to=lambda _: "2025-01-01",
        signals_whole_number=lambda _: 1,
        signals_setting=lambda _: 1,
        signals_app_ids=list,
        signals_clock=lambda: "current_timestamp",
        signals_in=lambda columns, rows: f"{columns[0]} in (select {columns[0]} from {rows})",
        **dict.fromkeys(_CONDITIONS, lambda *_, **__: "true"),
    )
    return environment.from_string(text).render()


_CONDITIONS = (
    *("signals_loaded", "signals_taken", "signals_app_condition", "signals_in_window", "signals_between_days"),
    *(
        "signals_in_entity_days",
        "signals_in_days",
        "signals_moved_days",
        "signals_found_by",
        "signals_lasting_hash",
        "signals_quick_hash",
    ),
)
