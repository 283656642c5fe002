"""Small charts, drawn here as SVG: no script, colours by the page's own style, and a text for who cannot see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 120, 28


def sparkline(
    values: Sequence[float | None], label: str, least: float | None = None, most: float | None = None
) -> Markup:
    """A line through the values, oldest first, with its last point marked; gaps where a value is missing.

    It is as high as the values differ, or from `least` to `most` at least: what hardly moves is drawn flat.
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return Markup("")
    bounds = [bound for bound in (least, most) if bound is not None]
    low, high = min([*known, *bounds]), max([*known, *bounds])
    spread, step = (high - low) or 1, (WIDTH - 6) / (len(values) - 1)
    points = [
        None if value is None else (3 + index * step, HEIGHT - 4 - (value - low) / spread * (HEIGHT - 8))
        for index, value in enumerate(values)
    ]
    path, pen_is_down = "", False
    for point in points:
        if point is not None:
            path += f"{'L' if pen_is_down else 'M'}{point[0]:.1f} {point[1]:.1f}"
        pen_is_down = point is not None
    x, y = next(point for point in reversed(points) if point is not None)
    return Markup(
        '<svg class="spark" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{label}">'
        '<path d="{path}"/><circle cx="{x}" cy="{y}" r="2.5"/></svg>'
    ).format(w=WIDTH, h=HEIGHT, label=label, path=Markup(path), x=f"{x:.1f}", y=f"{y:.1f}")


@dataclass(frozen=True)
class Part:
    """A part of a whole: what it is, how large, and the name of its colour in the style sheet."""

    name: str
    value: int
    colour: str


def stacked(parts: Sequence[Part], label: str) -> Markup:
    """One bar whose pieces add up to the whole. A piece that is there is never too thin to be seen."""
    total = sum(part.value for part in parts)
    if not total:
        return Markup("")
    shown = [part for part in parts if part.value]
    least = 4.0
    widths = [max(part.value / total * 1000, least) for part in shown]
    scale = 1000 / sum(widths)
    pieces, x = Markup(""), 0.0
    for part, width in zip(shown, widths, strict=True):
        pieces += Markup('<rect class="c-{c}" x="{x}" y="0" width="{w}" height="24"><title>{t}</title></rect>').format(
            c=part.colour, x=f"{x * scale:.2f}", w=f"{width * scale:.2f}", t=f"{part.name}: {part.value:,}"
        )
        x += width
    return Markup(
        '<svg class="stacked" viewBox="0 0 1000 24" preserveAspectRatio="none" role="img" aria-label="{label}">'
        "{pieces}</svg>"
    ).format(label=label, pieces=pieces)


def share(value: float, label: str) -> Markup:
    """A bar that is filled from 0 to 1."""
    width = min(max(value, 0.0), 1.0) * 100
    return Markup(
        '<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{label}">'
        '<rect class="track" width="100" height="8"/><rect class="fill" width="{w}" height="8"/></svg>'
    ).format(label=escape(label), w=f"{width:.1f}")


def columns(values: Sequence[int], labels: Sequence[str], label: str) -> Markup:
    """A column for each value, such as the bins of a histogram; each has its label as a title."""
    if not values:
        return Markup("")
    most, step = max(values) or 1, 300 / len(values)
    bars = Markup("")
    for index, (value, text) in enumerate(zip(values, labels, strict=True)):
        height = value / most * 84
        if value:
            height = max(height, 1.5)
        bars += Markup('<rect x="{x}" y="{y}" width="{w}" height="{h}"><title>{t}</title></rect>').format(
            x=f"{index * step + 0.5:.2f}", y=f"{90 - height:.2f}", w=f"{max(step - 1, 0.6):.2f}",
            h=f"{height:.2f}", t=text,
        )  # fmt: skip
    return Markup(
        '<svg class="columns" viewBox="0 0 300 92" preserveAspectRatio="none" role="img" aria-label="{label}">{bars}'
        '<line x1="0" y1="90.5" x2="300" y2="90.5"/></svg>'
    ).format(label=label, bars=bars)
