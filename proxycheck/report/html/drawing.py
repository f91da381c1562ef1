"""The timeline as shapes: rectangles in units of the drawing, made by us from numbers alone."""

from msgspec import Struct

from proxycheck.report.reading.timeline import Timeline, Track

WIDTH, ROW = 1000.0, 7.0
_TICKS = 5
_LEAST = 1.5
"""Width of the shortest span that is still seen."""


class Bar(Struct, frozen=True):
    """One stage: where it stands, its class for the colour, and its words for those who point at it."""

    x: float
    width: float
    kind: str
    failed: bool
    hung: bool


class Line(Struct, frozen=True):
    """One endpoint's row."""

    y: float
    endpoint: str
    bars: tuple[Bar, ...]


class Drawing(Struct, frozen=True):
    """The whole timeline; `ticks` are positions and seconds of the axis."""

    width: float
    height: float
    lines: tuple[Line, ...]
    ticks: tuple[tuple[float, str], ...]


def drawing(timeline: Timeline) -> Drawing:
    """The shapes of a timeline."""
    scale = WIDTH / (timeline.duration_s or 1.0)
    ticks = tuple((round(WIDTH * n / _TICKS, 1), f"{timeline.duration_s * n / _TICKS:.1f}") for n in range(_TICKS + 1))
    drawn = tuple(_line(number, track, scale) for number, track in enumerate(timeline.tracks))
    return Drawing(WIDTH, len(drawn) * ROW, drawn, ticks)


def _line(number: int, track: Track, scale: float) -> Line:
    bars = tuple(
        Bar(
            x=round(span.begin_s * scale, 1),
            width=round(max(_LEAST, (span.end_s - span.begin_s) * scale), 1),
            kind=span.stage,
            failed=span.outcome == "failed",
            hung=span.hung,
        )
        for span in track.spans
    )
    return Line(number * ROW, track.endpoint, bars)
