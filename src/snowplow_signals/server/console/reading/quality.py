"""The quality of a view: each attribute as it is published now and went, what is expected of it, what is unusual."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from snowplow_signals.definitions import Expect, View
from snowplow_signals.inspect.flags import Finding
from snowplow_signals.inspect.look import Look
from snowplow_signals.inspect.quality import AttributeQuality, ViewQuality
from snowplow_signals.inspect.statistics import Statistics
from snowplow_signals.plan.planned import NUMERIC_TYPES
from snowplow_signals.server.console.catalogue import KnownView
from snowplow_signals.server.console.reading.distribution import Distribution, of_publication

UNKNOWN = "Nothing is known of its quality until the warehouse was read."
NOT_PUBLISHED = "Nothing was published yet, so there is no quality to show."
NOT_DESCRIBED = (
    "What is published was not described: `snowplow__attribute_statistics` is false, or no run has published since the "
    "project was generated with statistics."
)
OLDER = "What is published now was not described; this is a publication before it, as of {as_of}."

TIMES = ("timestamp", "unix_timestamp")


@dataclass(frozen=True)
class Expected:
    """One thing that is expected of an attribute, in words."""

    text: str
    found: str | None
    """What was found instead; None: it is met."""


@dataclass(frozen=True)
class AttributeCard:
    """One attribute. `last` and `distribution` are None where no publication of it was described."""

    name: str
    type: str
    last: Statistics | None
    distribution: Distribution | None
    measured: str
    """What is measured of its values, where that is not they themselves."""
    days: tuple[date, ...]
    """Of what publications were; the rest has an entry for each."""
    coverage: tuple[float, ...]
    means: tuple[float | None, ...]
    psi: tuple[float | None, ...]
    expected: tuple[Expected, ...]
    unusual: tuple[Finding, ...]

    @property
    def failed(self) -> int:
        """How many expectations are not met."""
        return sum(one.found is not None for one in self.expected)


@dataclass(frozen=True)
class QualityPage:
    """What a page says of a view. `notice` is there when something is missing; `cards` are empty if all is."""

    notice: str | None
    as_of: date | None
    cards: tuple[AttributeCard, ...]
    unusual: tuple[Finding, ...]
    """Of the rows that the last run read."""

    @property
    def has_course(self) -> bool:
        """Whether any attribute was published on more than one day."""
        return any(len(card.days) > 1 for card in self.cards)


def quality_of(known: KnownView, look: Look | None) -> ViewQuality | None:
    """What a look has seen of a view's quality; None where it has seen none."""
    found = (one for one in look.quality if one.view.lower() == known.view.store_name) if look is not None else ()
    return next((one for one in found if one.as_of is not None), None)


def quality_page(known: KnownView, look: Look | None) -> QualityPage:
    """The quality of a view, as the last look saw it."""
    found = quality_of(known, look)
    if found is None:
        is_published = look is not None and look.published is not None
        notice = UNKNOWN if look is None else NOT_DESCRIBED if is_published else NOT_PUBLISHED
        return QualityPage(notice, None, (), ())
    older = None if found.is_current else OLDER.format(as_of=found.as_of)
    return QualityPage(older, found.as_of, tuple(_card(one, known.view) for one in found.attributes), found.flagged)


def expectations(expect: Expect | None, failed: tuple[Finding, ...]) -> Iterator[Expected]:
    """Each thing that is expected, and whether it is met."""
    if expect is None:
        return
    found = {finding.rule: finding.text for finding in failed}
    if expect.max_null_rate is not None:
        yield Expected(f"at most {expect.max_null_rate:.2%} without a value", found.get("max_null_rate"))
    if expect.min is not None:
        yield Expected(f"at least {expect.min:,.6g}", found.get("min"))
    if expect.max is not None:
        yield Expected(f"at most {expect.max:,.6g}", found.get("max"))
    if expect.max_psi is not None:
        yield Expected(f"PSI from the baseline at most {expect.max_psi:.3f}", found.get("max_psi"))
    if expect.max_change is not None:
        text = f"a change of at most {expect.max_change:.1%} from the publication before"
        yield Expected(text, found.get("max_change"))


def _card(one: AttributeQuality, view: View) -> AttributeCard:
    return AttributeCard(
        name=one.attribute,
        type=one.type,
        last=one.last,
        distribution=of_publication(one.attribute, one.last) if one.last is not None else None,
        measured=_measured(one, view),
        days=tuple(level.as_of for level in one.levels),
        coverage=tuple(1 - level.null_rate for level in one.levels),
        means=tuple(level.mean for level in one.levels),
        psi=tuple(level.psi for level in one.levels),
        expected=tuple(expectations(one.expect, one.failed)),
        unusual=one.flagged,
    )


def _measured(one: AttributeQuality, view: View) -> str:
    """Times are described by their age, and what is large by its size."""
    declared = {part.column: getattr(part, "aggregation", "") for part in view.attributes}
    if one.last is None or not one.last.is_measured:
        return ""
    if one.type in TIMES or declared.get(one.column, "").startswith("time_since"):
        return "age in days"
    if one.type in NUMERIC_TYPES:
        return ""
    return "bytes" if one.type == "bytes" else "number of entries"
