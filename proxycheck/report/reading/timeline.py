"""The run in time: every tunnel with its stages, where the time went, and what hung."""

from msgspec import Struct

from proxycheck.model.report import EndpointReport, Report, Stage, StageName, StageOutcome

HUNG_SHARE = 0.8
"""A stage that failed after this share of the longest wait of the run is taken to have hung."""
SHORTEST_HANG_S = 1.0


class Span(Struct, frozen=True):
    """One stage of one endpoint, in seconds from the start of the run."""

    stage: StageName
    outcome: StageOutcome
    begin_s: float
    end_s: float
    hung: bool


class Track(Struct, frozen=True):
    """One endpoint's stages, in order."""

    endpoint: str
    spans: tuple[Span, ...]

    @property
    def begin_s(self) -> float:
        """When it began."""
        return min(span.begin_s for span in self.spans)

    @property
    def end_s(self) -> float:
        """When it ended."""
        return max(span.end_s for span in self.spans)


class Timeline(Struct, frozen=True):
    """The tracks by their beginning; `spent_s` is the time of each stage over all of them, the longest first."""

    duration_s: float
    tracks: tuple[Track, ...]
    spent_s: tuple[tuple[StageName, float], ...]
    hung: tuple[str, ...]


def timeline(report: Report) -> Timeline:
    """The timeline of a report; without tracks where nothing was timed."""
    wait_s = report.run.options.get("timeout")
    longest = float(wait_s) if isinstance(wait_s, int | float) else _longest_failure(report)
    limit = max(SHORTEST_HANG_S, longest * HUNG_SHARE)
    tracks = [track for endpoint in report.endpoints if (track := _track(endpoint, limit)).spans]
    tracks.sort(key=lambda track: (track.begin_s, track.endpoint))
    spent: dict[StageName, float] = {}
    for track in tracks:
        for span in track.spans:
            spent[span.stage] = spent.get(span.stage, 0.0) + span.end_s - span.begin_s
    ends = [track.end_s for track in tracks]
    return Timeline(
        duration_s=max([report.run.duration_s, *ends]),
        tracks=tuple(tracks),
        spent_s=tuple(sorted(spent.items(), key=lambda each: -each[1])),
        hung=tuple(track.endpoint for track in tracks if any(span.hung for span in track.spans)),
    )


def _track(endpoint: EndpointReport, limit: float) -> Track:
    return Track(endpoint.id, tuple(_span(stage, limit) for stage in endpoint.stages if _timed(stage)))


def _timed(stage: Stage) -> bool:
    return stage.at_s is not None and stage.duration_s is not None and stage.at_s >= 0 and stage.duration_s >= 0


def _span(stage: Stage, limit: float) -> Span:
    begin, length = stage.at_s or 0.0, stage.duration_s or 0.0
    return Span(stage.stage, stage.outcome, begin, begin + length, stage.outcome == "failed" and length >= limit)


def _longest_failure(report: Report) -> float:
    return max((s.duration_s or 0.0 for e in report.endpoints for s in e.stages if s.outcome == "failed"), default=0.0)
