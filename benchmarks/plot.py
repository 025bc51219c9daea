"""The percentile curve of a load run as SVG: latency over "one in so many requests is slower than this"."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

_WIDTH, _HEIGHT = 720, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 20, 50, 50
_TICKS: Final = (
    (50.0, "50 %"),
    (90.0, "90 %"),
    (99.0, "99 %"),
    (99.9, "99.9 %"),
    (99.99, "99.99 %"),
    (99.999, "99.999 %"),
)
_STYLE: Final = (
    "text{font:12px sans-serif;fill:#333}.title{font-weight:bold;font-size:14px}.grid{stroke:#ddd}"
    ".axis{stroke:#666}.curve{fill:none;stroke:#0b62a4;stroke-width:2}"
)

Point = tuple[float, float]
"""Percentile, 0 up to and without 100, and milliseconds."""


def percentile_curve(points: Sequence[Point], title: str) -> str:
    """The SVG document. ``points`` rise in both values; there must be one at least."""
    most_nines = max(_nines(percentile) for percentile, _ in points) or 1.0
    highest = _round_up(max(milliseconds for _, milliseconds in points))

    def x(percentile: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * _nines(percentile) / most_nines

    def y(milliseconds: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * milliseconds / highest

    curve = " ".join(f"{x(percentile):.1f},{y(milliseconds):.1f}" for percentile, milliseconds in points)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>{_escaped(title)}</title><style>{_STYLE}</style>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        f'<text class="title" x="{_LEFT}" y="24">{_escaped(title)}</text>',
        *(_vertical(x(percentile), label) for percentile, label in _TICKS if _nines(percentile) <= most_nines),
        *(_horizontal(y(highest * part / 4), f"{highest * part / 4:g}") for part in range(5)),
        f'<text x="{_LEFT - 60}" y="{_TOP - 10}">ms</text>',
        f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 12}" text-anchor="end">part of the requests that is faster</text>',
        f'<polyline class="curve" points="{curve}"/>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _nines(percentile: float) -> float:
    """0 for 0 %, 1 for 90 %, 2 for 99 %."""
    return -math.log10(1 - percentile / 100)


def _round_up(value: float) -> float:
    """To 1, 2, 4 or 8 times a power of ten, so that the four grid lines have short labels."""
    power = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return next(step * power for step in (1, 2, 4, 8, 10) if step * power >= value)


def _vertical(x: float, label: str) -> str:
    bottom = _HEIGHT - _BOTTOM
    return (
        f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{bottom}"/>'
        f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{label}</text>'
    )


def _horizontal(y: float, label: str) -> str:
    return (
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def curve_percentiles(count: int) -> Iterator[float]:
    """Percentiles that ``count`` values can tell apart, ten between each nine and the next."""
    steps = int(10 * math.log10(max(count, 10)))
    for step in range(steps + 1):
        yield 100 * (1 - 10 ** (-step / 10))
