"""Deliberate defects of changed definitions, each with a history that shows it: see `defects`."""

from __future__ import annotations

from tests.histories.by_hand import event
from tests.histories.defects import Defect, Files, replaced
from tests.histories.steps import Define, History, Load, Run, Step, Wait

CHANGES = "macros/signals_changes.sql"
ANEW = "macros/signals_anew.sql"


def filled_from_another_copy(files: Files) -> Files:
    """A property is filled in from any copy of the event."""
    path = next(path for path in files if path.endswith(ANEW))
    start = files[path].index("      and {{ one }}.load_tstamp = ")
    end = files[path].index("{%- endmacro %}", start)
    return files | {path: files[path][:start] + files[path][end:]}


def published_in_part(files: Files) -> Files:
    """After a change only rows of entities that had events are published."""
    return replaced(files, CHANGES, "{%- if publication is not none -%}", "{%- if false -%}")


def gone_events_stay(files: Files) -> Files:
    """Events that are out of scope now stay stored."""
    return replaced(files, CHANGES, "(change.properties or change.narrowed)", "change.properties")


def loads_not_taken_again(files: Files) -> Files:
    """Of events that are in scope only now, those that were loaded before are not taken."""
    return replaced(files, CHANGES, "{%- if change.added -%}", "{%- if false -%}")


def published_early(files: Files) -> Files:
    """A build that takes a day of load publishes before all loads are taken for what is in scope only now."""
    return replaced(
        files,
        "macros/signals_order.sql",
        "{%- if holding_back or in_order -%}{{ return(holding_back) }}{%- endif -%}",
        "{%- if in_order -%}{{ return(none) }}{%- endif -%}",
    )


ROWS = (
    event("e1", "ann", 0, label="a", value=2.5),
    event("e2", "ann", 0.1, label="b", value=4.0),
    event("e3", "bob", 1, label="a", value=0.1),
    event("e1", "bob", 2, loaded=3, label="c", value=9.0),  # again, later
    event("e4", "ann", 1) | {"event_name": "view", "event_version": "2-0-0"},
    event("e5", "cleo", 3) | {"event_name": "view", "event_version": "2-0-0"},
)
LATER = Load((event("e6", "bob", 4.2, label="d", value=3.0),))


def _of(view: str, *steps: Step) -> History:
    return History(view, (Load(ROWS), Wait(5 * 24), Run(), *steps))


CHANGED: dict[str, tuple[Defect, History]] = {
    "filled_from_another_copy": (filled_from_another_copy, _of("everything", Define("more"), Run())),
    "published_in_part": (published_in_part, _of("everything", Define("same-names"), Run())),
    "gone_events_stay": (gone_events_stay, _of("counts", Define("views"), Run(), Define("only-views"), Run())),
    "loads_not_taken_again": (loads_not_taken_again, _of("counts", Define("views"), Run())),
    "published_early": (published_early, _of("counts", Define("views"), Run(plain=True))),
}

OF_EVERY_ENGINE = _of(
    "counts",
    Define("every-kind"),
    Run(),
    LATER,
    Wait(24),
    Define("only-views"),
    Run(kill=("counts_2_definition", 8, "after")),
    Define("views"),
    Run(),
)
"""A short one with each kind of change, in which a run dies amid one."""

OF_ONE_CHANGE = _of("counts", Define("every-kind"), Run(kill=("counts_2_definition", 8, "after")))
"""The shortest: more events and more properties, and a run that dies amid that."""
