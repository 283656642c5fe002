"""Templates to HTML. Everything that is put into them is escaped; what of a run or a person is text stays text."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from snowplow_signals.definitions import Attribute
from snowplow_signals.distribution import VERSION
from snowplow_signals.plain_text import plain
from snowplow_signals.server.console import charts
from snowplow_signals.server.console.asked import Page
from snowplow_signals.server.tokens import Rights

MENU = (
    ("/", "Overview"),
    ("/runs", "Runs"),
    ("/days", "Days"),
    ("/entities", "Entities"),
    ("/try", "Try it"),
    ("/service", "Service"),
)
LONGEST_VALUE = 2_000
_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60))


class Renderer:
    """Fills templates."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=PackageLoader("snowplow_signals.server.console"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {
            "number": number,
            "percent": percent,
            "moment": moment,
            "ago": ago,
            "day": day,
            "seconds": seconds,
            "value": value,
            "bytes": size,
            "said": said,
            "window": window,
        }
        self._templates.globals |= {
            "sparkline": charts.sparkline,
            "stacked": charts.stacked,
            "share": charts.share,
            "columns": charts.columns,
        }

    def page(
        self,
        page: Page,
        *,
        path: str,
        form_token: str,
        is_open: bool,
        is_logged_in: bool,
        rights: Rights,
        is_service: bool,
    ) -> str:
        """The page with the frame that all have."""
        return self._templates.get_template(page.template).render(
            **page.context,
            title=page.title,
            menu=MENU,
            here=_place_in_menu(path),
            form_token=form_token,
            is_open=is_open,
            is_logged_in=is_logged_in,
            may_read="read" in rights,
            may_write="write" in rights,
            is_service=is_service,
            refresh_seconds=page.refresh_seconds,
            version=VERSION,
        )


def _place_in_menu(path: str) -> str:
    first = f"/{path.split('/')[1]}"
    return "/" if first == "/views" else first


def number(value: float | None) -> str:
    """`12,345`; a dash where there is none."""
    if value is None:
        return "–"
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.4g}" if abs(value) < 1_000 else f"{value:,.1f}"


def percent(value: float | None) -> str:
    """`12.5 %` of a share; what is not all of it is never shown as 100 %."""
    if value is None:
        return "–"
    shown = f"{value:.1%}"
    text = "99.9%" if shown == "100.0%" and value < 1 else "0.1%" if shown == "0.0%" and value > 0 else shown
    return f"{text[:-1]} %"


def moment(value: datetime | None) -> Markup | str:
    """The time in UTC, which a script writes in the reader's zone as well."""
    if value is None:
        return "–"
    return Markup('<time datetime="{:%Y-%m-%dT%H:%M:%S}Z">{:%Y-%m-%d %H:%M} UTC</time>').format(value, value)


def ago(value: datetime | None) -> Markup | str:
    """How long ago it was, with the time itself as what is told of it."""
    if value is None:
        return "never"
    passed = (datetime.now(UTC).replace(tzinfo=None) - value).total_seconds()
    text = f"{_rough(passed)} ago" if passed >= 0 else f"in {_rough(-passed)}"
    return Markup(
        '<time class="ago" datetime="{:%Y-%m-%dT%H:%M:%S}Z" title="{:%Y-%m-%d %H:%M:%S} UTC">{}</time>'
    ).format(value, value, text)


def _rough(passed: float) -> str:
    if passed < 60:
        return f"{passed:.0f} s"
    unit, length = next((unit, length) for unit, length in _UNITS if passed >= length)
    return f"{passed / length:.0f} {unit}"


def day(value: date | None) -> str:
    return "–" if value is None else f"{value:%Y-%m-%d}"


def seconds(value: float | timedelta | None) -> str:
    """`0.4 s`, `3 min 20 s`."""
    if value is None:
        return "–"
    passed = value.total_seconds() if isinstance(value, timedelta) else float(value)
    if passed < 60:
        return f"{passed:.1f} s"
    if passed < 3_600:
        return f"{passed // 60:.0f} min {passed % 60:.0f} s"
    if passed < 86_400 * 2:
        return f"{passed / 3_600:.3g} h"
    return f"{passed / 86_400:.3g} days"


def window(attribute: Attribute) -> str:
    """`7 days`, `7 days, until 7 days ago`, `month to date`, `last month`, `month, 2 ago`; else `lifetime`."""
    period, offset = attribute.period, attribute.offset
    if period is None:
        return "lifetime"
    if isinstance(period, timedelta):
        return seconds(period) + (f", until {seconds(offset)} ago" if isinstance(offset, timedelta) else "")
    if offset is None:
        return f"{period} to date"
    return f"last {period}" if offset == 1 else f"{period}, {offset} ago"


def size(value: float) -> str:
    """`1.5 kB`."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1_000 or unit == "GB":
            return f"{value:,.0f} {unit}" if unit == "bytes" else f"{value:,.1f} {unit}"
        value /= 1_000
    raise AssertionError("the last unit takes everything")


def value(given: Any) -> Markup | str:
    """A value of an attribute, as somebody reads it; control characters are shown, not obeyed."""
    if given is None:
        return Markup('<span class="none">none</span>')
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, int | float | Decimal):
        return f"{given:,}"
    if isinstance(given, datetime):
        return moment(given)
    if isinstance(given, date):
        return day(given)
    text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False, default=_as_text)
    shown = plain(text)
    return shown if len(shown) <= LONGEST_VALUE else f"{shown[:LONGEST_VALUE]}… ({len(shown):,} characters)"


def said(text: str) -> Markup:
    """A sentence of ours or an engine's: what stands between `backticks` is shown as code."""
    parts = plain(text).split("`")
    if len(parts) % 2 == 0:  # one of them is no pair
        return escape(plain(text))
    pieces = (Markup("<code>{}</code>").format(part) if index % 2 else escape(part) for index, part in enumerate(parts))
    return Markup("").join(pieces)


def _as_text(given: Any) -> str:
    if isinstance(given, bytes):
        return given.decode("utf-8", "replace")
    return f"{given:%Y-%m-%d %H:%M:%S}" if isinstance(given, datetime) else str(given)
