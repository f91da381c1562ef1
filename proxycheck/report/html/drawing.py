"""The timeline as shapes in whole units of the drawing, made by us from numbers alone: more digits are not seen."""

import math
from typing import Literal

from msgspec import Struct

from proxycheck.model.report import StageName
from proxycheck.report.reading.timeline import Timeline, Track

WIDTH, ROW = 1000, 7
_MOST_TICKS = 6
_SHORTEST_S = 0.001
_MARGIN = 30.0
"""So near to an edge the label of a tick stands inside the drawing."""
_LEAST = 2
"""Width of the shortest span that is still seen."""


TONES: dict[StageName, str] = {
    **dict.fromkeys(("proxy_dns", "proxy_tcp", "proxy_greeting", "host_dns", "host_tcp"), "s1"),
    **dict.fromkeys(("connect",), "s2"),
    **dict.fromkeys(("auth", "identity"), "s3"),
    **dict.fromkeys(("tls", "tunnel"), "s4"),
    **dict.fromkeys(("http",), "s5"),
}
"""The class of each stage, which the style gives its colour."""


class Bar(Struct, frozen=True):
    """One stage: where it stands, and its class for the colour."""

    x: int
    width: int
    tone: str
    failed: bool
    hung: bool


class Line(Struct, frozen=True):
    """One endpoint's row."""

    y: int
    endpoint: str
    bars: tuple[Bar, ...]


class Tick(Struct, frozen=True):
    """A place on the axis, its seconds in as many digits as tell it from its neighbours, and where its label begins."""

    x: float
    seconds: str
    anchor: Literal["start", "middle", "end"]


class Drawing(Struct, frozen=True):
    """The whole timeline: `seconds` is its length, `ticks` are the axis."""

    width: int
    height: int
    lines: tuple[Line, ...]
    ticks: tuple[Tick, ...]
    seconds: str


def drawing(timeline: Timeline) -> Drawing:
    """The shapes of a timeline."""
    whole_s = max(timeline.duration_s, _SHORTEST_S)
    scale = WIDTH / whole_s
    step_s, digits = _step(whole_s)
    ticks = tuple(_tick(n * step_s * scale, f"{n * step_s:.{digits}f}") for n in range(int(whole_s / step_s) + 1))
    drawn = tuple(_line(number, track, scale) for number, track in enumerate(timeline.tracks))
    return Drawing(WIDTH, len(drawn) * ROW, drawn, ticks, f"{whole_s:.{digits + 1}f}")


def _step(whole_s: float) -> tuple[float, int]:
    """The smallest of 1, 2, 5, 10, 20, ... that needs no more than `_MOST_TICKS` steps, and the digits it has behind
    the point."""
    power = math.floor(math.log10(whole_s / _MOST_TICKS))
    step = next(each for each in (1, 2, 5, 10) if each * 10.0**power * _MOST_TICKS >= whole_s * (1 - 1e-9))
    return step * 10.0**power, max(0, -power - (step == 10))


def _tick(x: float, seconds: str) -> Tick:
    anchor: Literal["start", "middle", "end"] = "start" if x < _MARGIN else "end" if x > WIDTH - _MARGIN else "middle"
    return Tick(round(x, 1), seconds, anchor)


def _line(number: int, track: Track, scale: float) -> Line:
    bars = tuple(
        Bar(
            x=round(span.begin_s * scale),
            width=max(_LEAST, round((span.end_s - span.begin_s) * scale)),
            tone=TONES[span.stage],
            failed=span.outcome == "failed",
            hung=span.hung,
        )
        for span in track.spans
    )
    return Line(number * ROW, track.endpoint, bars)
