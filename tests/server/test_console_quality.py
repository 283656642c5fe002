"""The quality of a view on the pages: what is known of it, what needs attention, and that nothing is said without."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.server.console_site import HOSTILE, NOW, look, pages, view
from tests.unit.test_expectations import published
from tests.unit.test_flags import WORDS, history

from snowplow_signals import Attribute
from snowplow_signals.inspect.flags import Finding
from snowplow_signals.inspect.quality import ViewQuality, quality_of_attribute
from snowplow_signals.server.console.catalogue import KnownView
from snowplow_signals.server.console.charts import sparkline
from snowplow_signals.server.console.reading.attention import of_quality
from snowplow_signals.server.console.reading.distribution import of_publication
from snowplow_signals.server.console.reading.quality import quality_page
from snowplow_signals.server.console.rendering import percent

TITLE = {"type": "atomic", "name": "page_title"}
ATTRIBUTES = [
    {"name": "clicks", "type": "int64", "aggregation": "counter", "expect": {"max_null_rate": 0.05, "max_psi": 0.25}},
    {"name": "title", "type": "string", "aggregation": "last", "property": TITLE},
    {"name": "since", "type": "double", "aggregation": "time_since_last", "time_unit": "d"},
]
SHOP = view(attributes=ATTRIBUTES)
QUANTILES = {1: 0.0, 5: 0.0, 25: 0.0, 50: 3.0, 75: 10.0, 95: 40.0, 99: 60.0}
DECILES = (0.0, 0.0, 0.0, 1.0, 3.0, 5.0, 8.0, 15.0, 30.0)
NUMBERS: dict[str, Any] = {
    "entities": 1000, "null_values": 100, "quantiles": QUANTILES, "edges": DECILES, "smallest": 0.0, "largest": 900.0,
    "psi_baseline": 0.4,
}  # fmt: skip


def described(**more: Any) -> ViewQuality:
    """Of a view with a number that is not as expected, a text that is unusual, and one that nobody described."""
    numbers = [published(**NUMBERS | {"as_of": date(2026, 3, day), "mean": float(day)}) for day in (28, 29, 30)]
    words = history(frequent=(("a", 2000), ("b", 1000), (HOSTILE, 500), ("c", 200)))
    declared = {one.name: one for one in SHOP.attributes if isinstance(one, Attribute)}
    attributes = tuple(
        quality_of_attribute(declared[name], tuple(rows))
        for name, rows in (("clicks", numbers), ("title", words), ("since", []))
    )
    made = ViewQuality("shop_v1", date(2026, 3, 30), NOW, True, attributes, ())
    return replace(made, **more)


def seen(**more: Any) -> dict[str, Any]:
    return {"shop_1": look(quality=(described(**more).shortened,))}


def test_the_overview_counts_what_is_wrong_and_says_it_first(tmp_path: Path) -> None:
    with pages(tmp_path, (SHOP, view("cart")), {**seen(), "cart_1": look("cart_1")}) as site:
        html = site.get("/")
    [line] = re.findall(r'<a href="/views/shop_v1/quality"><span.*?</a>', html)
    assert "2 failed" in line
    assert "unusual" in line
    assert "not as expected: <code>clicks</code>: 10.00% of the entities have no value" in html
    assert "(and 1 more)" in html
    assert html.index("not as expected") < html.index("late events are deferred")
    assert '–<span class="unseen">not described</span>' in html, "of the cart nothing is known"


def test_what_is_of_a_publication_before_needs_no_attention(tmp_path: Path) -> None:
    with pages(tmp_path, (SHOP,), seen(is_current=False)) as site:
        assert "not as expected" not in site.get("/")
        assert "this is a publication before it, as of 2026-03-30" in site.get("/views/shop_v1/quality")
    known = KnownView(SHOP, None, False)
    assert not list(of_quality(known, described(is_current=False)))
    assert [one.level for one in of_quality(known, described())] == ["failing", "warning"]
    fine = ViewQuality("shop_v1", date(2026, 3, 30), NOW, True, (), ())
    assert not list(of_quality(known, fine))
    assert not list(of_quality(known, None))
    [found] = of_quality(known, replace(fine, flagged=(Finding("accounting", "half of the rows were incomplete"),)))
    assert (found.level, found.text) == ("warning", "unusual: half of the rows were incomplete")


def test_a_view_shows_each_attribute_as_it_is_and_went(tmp_path: Path) -> None:
    with pages(tmp_path, (SHOP,), seen(flagged=(Finding("accounting", "half of it"),))) as site:
        html = site.get("/views/shop_v1/quality")
        attributes = site.get("/views/shop_v1")
    clicks = html[html.index('id="clicks"') : html.index('id="title"')]
    title = html[html.index('id="title"') : html.index('id="since"')]
    assert "2 failed" in clicks
    assert "90.0 % of 1,000 have a value" in clicks
    assert "Histogram of clicks: from 0 to 60, mean 30" in clicks
    assert "Mean of 3 publications, 2026-03-28 to 2026-03-30: from 28 to 30, between 28 and 30" in clicks
    assert "Share with a value of 3 publications" in clicks
    assert "at most 5.00% without a value" in clicks
    assert '<th scope="row">95 %</th><td class="num">40</td>' in clicks
    assert '<th scope="row">PSI from baseline</th><td></td><td class="num">0.40</td>' in clicks
    assert "&lt;script&gt;" in title
    assert "Mean" not in title
    assert "<script>" not in html
    assert "Not described yet" in html[html.index('id="since"') :]
    assert "half of it" in html
    assert "Lines have a point for each day" in html
    assert 'aria-label="Quality of clicks: 2 failed, 0 unusual"' in attributes
    assert "90.0 %" in attributes


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"quality": ()}, "What is published was not described: <code>snowplow__attribute_statistics</code> is false"),
        ({"quality": (), "published": None}, "Nothing was published yet, so there is no quality to show."),
    ],
)
def test_a_project_without_statistics_says_so_once(tmp_path: Path, changed: dict[str, Any], text: str) -> None:
    with pages(tmp_path, (SHOP,), {"shop_1": look(**changed)}) as site:
        html = site.get("/views/shop_v1/quality")
        assert html.count('class="notice"') == 1
        assert text in html
        assert "With a value" not in site.get("/views/shop_v1")
        assert "not described" in site.get("/")


def test_a_first_publication_draws_no_lines(tmp_path: Path) -> None:
    declared = SHOP.attributes[0]
    first = ViewQuality("shop_v1", date(2026, 3, 30), NOW, True, (quality_of_attribute(declared, (published(),)),), ())
    with pages(tmp_path, (SHOP,), {"shop_1": look(quality=(first,))}) as site:
        html = site.get("/views/shop_v1/quality")
    assert "All publications so far are of one day, so nothing is drawn over time yet." in html
    assert 'class="spark"' not in html


def test_what_cannot_be_known_here(tmp_path: Path) -> None:
    alone = KnownView(SHOP, None, True)
    page = quality_page(alone, None)
    assert (page.cards, page.as_of) == ((), None)
    assert page.notice is not None
    nothing = ViewQuality("shop_v1", None, None, False, (), ())
    assert quality_page(alone, look(quality=(nothing,))).cards == ()


def test_few_numbers_are_counted_and_many_estimated() -> None:
    few = of_publication("n", published(entities=70, null_values=10, frequent=(("0", 40), ("3", 12), ("1", 8))))
    assert not few.is_estimate
    assert [(one.low, one.high, one.count) for one in few.bins] == [(0, 0, 40), (1, 1, 8), (2, 2, 0), (3, 3, 12)]
    many = of_publication("n", published(**NUMBERS))
    assert many.is_estimate
    assert (many.low, many.high, len(many.bins)) == (0, 60, 16)
    assert many.bins[0].count == 450, "half of 900 are from 0 to 3"
    assert abs(sum(one.count for one in many.bins) - 891) <= len(many.bins), "all but what is above the last percentile"
    even = {share: float(share) / 10 for share in QUANTILES}
    spread = of_publication(
        "n",
        published(entities=1000, null_values=0, smallest=0.0, largest=10.0, quantiles=even,
                  edges=tuple(float(one) for one in range(1, 10))),
    )  # fmt: skip
    assert {one.count for one in spread.bins} == {49}
    one = of_publication("n", published(smallest=7.5, largest=7.5, quantiles=dict.fromkeys(QUANTILES, 7.5), edges=()))
    assert [(bin.low, bin.high, bin.count) for bin in one.bins] == [(7.5, 7.5, 90)]
    words = of_publication("t", published(**WORDS | {"frequent": (("a", 3), ("b", 1))}))
    assert (words.bins, words.top) == ((), (("a", 3), ("b", 1)))


def test_what_hardly_moves_is_drawn_flat() -> None:
    def heights(html: str) -> list[float]:
        return [float(y) for y in re.findall(r"[ML][0-9.]+ ([0-9.]+)", html)]

    assert heights(sparkline([0.99, 1.0], "share")) == [24.0, 4.0]
    assert heights(sparkline([0.99, 1.0], "share", 0, 1)) == [4.2, 4.0]
    assert heights(sparkline([0.5, 3.0], "psi", 0, 0.25))[1] == 4.0


def test_nearly_all_is_not_all() -> None:
    assert [percent(one) for one in (1.0, 0.99999, 0.5, 0.00001, 0.0, None)] == [
        "100.0 %", "99.9 %", "50.0 %", "0.1 %", "0.0 %", "–",
    ]  # fmt: skip
